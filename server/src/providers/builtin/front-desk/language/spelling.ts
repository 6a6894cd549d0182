/** Mends typing and recogniser errors of one or two letters in words that matter, and in no others. */

const keywords =
  `appointment appointments booking schedule reschedule rescheduling cancel cancelling cancellation available availability
tomorrow monday tuesday wednesday thursday friday saturday sunday morning afternoon evening january february september october november
december cleaning whitening filling extraction checkup consultation implant dentures braces emergency bleeding breathing address location
directions located parking message receptionist services treatments price prices morning human person robot operator
النهارده بكره السبت الاتنين التلات الاربع الخميس الجمعه الصبح الضهر العصر المغرب ميعاد مواعيد احجز العنوان عنوان الطواري تنضيف تبييض تقويم
استشاره السعر اسعار التكلفه رساله الغاء الغي تاجيل كنسل خدمات نزيف موضف بتفتحوا بتقفلوا شغالين فاتحين العياده الدكتور عايز عاوز الساعه`.split(
    /\s+/,
  );

const ordinaryWords = new Set(
  `about after again already always another answer anyone anything around before being better between bring build bye call called
caller calling cannot change check clean clinic close closed closing come coming could course daughter dentist different doctor does
doing doctors done early earlier either enough even every family feel filled find fine first free from friend front give going good great
have having hear heard hello help here house human hurts husband instead just keep know last late later leave like line little long look
looking make many maybe mean might mind more most mother move moved much must name need needs never next nice night nothing number office
okay only open opening other people personal phone place please position prince problem push question quick quite rather really repeat right said same
second seen send service sister some someone something somewhere soon sorry speak start started still stop sure take talk tell
thank thanks that their them then there these they thing think this those three time today together tonight tooth teeth
treatment under until very visit wait want week weekend well were what whatever when where which while white will wife with without
wonder working works would wrong year years your yours sunny mondays fridays address operation opera roberta prices pricing pricey
العصب العصاير العروض الخلع الكشف الحشو الجير زراعه تركيبه ضروسي ضرسي اسناني سناني الاسنان متاحه فاضيه الاربعه الجامعه الجماعه السبب الصباح العربيه messages percent persons parked parks market cancer canceled cancelled`.split(
    /\s+/,
  ),
);

const byLength = new Map<number, string[]>();
for (const word of keywords) byLength.set(word.length, [...(byLength.get(word.length) ?? []), word]);
const known = new Set(keywords);

/** Edits between two words, a swap of neighbours counting as one; stops caring above `limit`. */
export function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min((previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (previous[j - 1] ?? 0) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, (before[j - 2] ?? 0) + 1);
      row.push(cost);
    }
    if (Math.min(...row) > limit) return limit + 1;
    before = previous;
    previous = row;
  }
  return previous[b.length] ?? limit + 1;
}

function correctWord(word: string): string {
  if (word.length < 5 || word.length > 16 || known.has(word) || ordinaryWords.has(word) || /\d/.test(word)) return word;
  const isArabic = /[\u0600-\u06FF]/.test(word);
  if (isArabic && known.has(word.replace(/^[وفبل]/, "").replace(/(?:ي|نا|ها|ه|كم|كو|هم)$/, ""))) return word;
  if (isArabic && known.has(word.replace(/^[وفبل]/, ""))) return word;
  const limit = word.length >= 8 ? 2 : 1;
  let best = word;
  let bestCost = limit + 1;
  for (let length = word.length - limit; length <= word.length + limit; length++) {
    for (const candidate of byLength.get(length) ?? []) {
      if (candidate[0] !== word[0] || (isArabic && candidate.length < 5)) continue;
      const cost = editDistance(word, candidate, limit);
      if (cost < bestCost) [best, bestCost] = [candidate, cost];
    }
  }
  return best;
}

/** Works on normalised words. Only the first hundred words are looked at. */
export function correctSpelling(normalized: string): string {
  return normalized
    .split(" ")
    .map((word, index) => (index < 100 ? correctWord(word) : word))
    .join(" ");
}
