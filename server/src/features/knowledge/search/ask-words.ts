/**
 * What a question asks for without naming it: who says "how much" looks for a price. Keys and values in the spelling of `kernel/search-words.ts`;
 * the words are looked for besides the question's own and weigh less.
 */
const price = ["price", "cost", "fee", "سعر", "اسعار", "تكلفه", "رسوم", "جنيه", "ثمن"];
const time = ["hour", "open", "time", "مواعيد", "ساعه", "يفتح"];
const place = ["address", "street", "located", "عنوان", "شارع", "يقع", "موقع"];

/** Of one word or of two that follow each other. */
const asksFor: Readonly<Record<string, readonly string[]>> = {
  "how much": price,
  "what time": time,
  afford: price,
  expensive: price,
  charge: price,
  where: place,
  when: time,
  "get there": place,
  بكام: price,
  بكم: price,
  "كام جنيه": price,
  غالي: price,
  فين: place,
  اين: place,
  امتي: time,
  متي: time,
  "ساعه كام": time,
  فاتحين: time,
  بتفتحوا: time,
  بتقفلوا: [...time, "يغلق", "نغلق"],
  ميعاد: ["موعد", "مواعيد"],
  موعد: ["ميعاد", "مواعيد"],
  تليفون: ["هاتف", "رقم"],
  موبايل: ["هاتف", "رقم"],
  عربيه: ["سياره", "سيارات"],
  عربيتي: ["سياره", "سيارات"],
  اركن: ["موقف", "سيارات", "انتظار"],
  عيال: ["اطفال", "طفل"],
  عيل: ["طفل", "اطفال"],
  دكتور: ["طبيب"],
  دكتوره: ["طبيبه", "طبيب"],
  كشف: ["فحص", "كشف"],
  فلوس: ["مبلغ", "مال", "رسوم"],
  ادفع: ["دفع", "سداد"],
  شنطه: ["حقيبه", "امتعه"],
  مراكب: ["قوارب", "سفن"],
  شباك: ["نافذه", "شباك"],
  مشوار: ["رحله"],
};

export function wordsAskedFor(spelled: readonly string[]): readonly string[] {
  const pairs = spelled.map((word, index) => `${word} ${spelled[index + 1] ?? ""}`);
  return [...new Set([...spelled, ...pairs].flatMap((key) => asksFor[key] ?? []))];
}
