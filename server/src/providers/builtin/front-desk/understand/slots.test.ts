/** Names that are none, days beside clock times, moved appointments, and the forms a service's word takes. */
import { brightSmileArabic, brightSmileEnglish } from "@parley/contract/demo-business";
import { describe, expect, test } from "vitest";
import type { Expecting, Slots } from "./types.ts";
import { understand } from "./understand.ts";

function read(text: string, expecting?: Expecting): Slots {
  const demo = /[\u0600-\u06FF]/.test(text) ? brightSmileArabic : brightSmileEnglish;
  return understand(text, {
    nowMs: Date.parse("2026-11-23T15:00:00Z"), // a Monday
    timeZone: demo.timeZone,
    region: demo === brightSmileArabic ? "EG" : "US",
    facts: demo.facts,
    ...(expecting ? { expecting } : {}),
  }).slots;
}

const noNames = `i'm stuck in traffic
it's urgent
i'm pregnant is that a problem
this is ridiculous
i'm outside the building
it's about my filling
call me asap
call me whenever you can
i'm allergic to latex
this is an emergency
i'm in pain
it's for my mother
i'm retired and free all week
i'm flexible on times
it's noisy here
i'm on my way
under the weather today
انا تايه
انا مسافر بكرة
انا في الشارع
انا لسه واصل
انا حامل ينفع اعمل اشعة
انا زبون قديم
انا بسأل بس
انا فاضي بعد العصر
انا خايف من الخلع
انا سايق دلوقتي
انا معايا كارت
انا قدام العيادة
انا كلمتكم امبارح
معاك دقيقة
انا ساكن قريب`.split("\n");

test.each(noNames)("no name in: %s", (line) => expect(read(line).name).toBeUndefined());

test.each([
  "hold on a second",
  "how much is it",
  "one moment please",
  "why do you need it",
  "what do you mean",
  "i already told you",
  "never mind",
  "ثانية واحدة",
  "ليه",
  "استنى شوية",
  "هو بكام",
])("asked for a name: %s", (line) => expect(read(line, "name").name).toBeUndefined());

test.each<[string, string]>([
  ["hi i'm karen i'd like a cleaning", "Karen"],
  ["my name is zainab el sayed", "Zainab El Sayed"],
  ["this is omar speaking", "Omar"],
  ["انا محمد عايز احجز", "محمد"],
  ["اسمي شريهان", "شريهان"],
  ["الحجز باسم كريم عادل", "كريم عادل"],
])("a name in: %s", (line, name) => expect(read(line).name).toBe(name));

describe("days and times", () => {
  test.each<[string, Slots]>([
    ["tuesday half three", { date: "2026-11-24", time: "15:30" }],
    ["next week tuesday half three", { date: "2026-12-01", time: "15:30" }],
    ["maybe friday at quarter past four", { date: "2026-11-27", time: "16:15" }],
    ["any time on thursday around three", { date: "2026-11-26", time: "15:00" }],
    ["half nine on wednesday morning", { date: "2026-11-25", time: "09:30" }],
    ["يوم التلات تلاتة ونص", { date: "2026-11-24", time: "15:30" }],
    ["الخميس الساعة خمسة وربع", { date: "2026-11-26", time: "17:15" }],
    ["السبت سبعة بالليل", { date: "2026-11-28", time: "19:00" }],
    ["move my three o'clock on monday to wednesday morning", { date: "2026-11-25", partOfDay: "morning" }],
    ["can i swap my tuesday slot for friday at ten", { date: "2026-11-27", time: "10:00" }],
    ["my appointment is thursday at two can we make it four", { time: "16:00" }],
    ["reschedule my appointment on friday", {}],
    ["change it from the third at two to the fifth at quarter to four", { date: "2026-12-05", time: "15:45" }],
    ["i'm booked for tuesday at two can we do friday at nine instead", { date: "2026-11-27", time: "09:00" }],
    ["انقل ميعادي من الاتنين الساعة تلاتة للاربع الصبح", { date: "2026-11-25", partOfDay: "morning" }],
    ["غير ميعادي من الساعة تلاتة للساعة خمسة", { time: "17:00" }],
    ["حاجز الساعة تسعة وعايز عشرة بدالها", { time: "10:00" }],
    ["عايز ميعاد الخميس بدل الاتنين", { date: "2026-11-26" }],
    ["عايز أأجل ميعاد بكرة", {}],
  ])("%s", (line, slots) => {
    const { date, time, partOfDay } = read(line);
    expect({ date, time, partOfDay }).toEqual({ date: undefined, time: undefined, partOfDay: undefined, ...slots });
  });
});

test.each<[string, string]>([
  ["Whitening", "to get my teeth whitened|teeth whitenings|i want whiter teeth|whiten my teeth|bleach my teeth"],
  [
    "Filling",
    "i need two fillings|fill a tooth|get it filled|i have a cavity|cavities|my filling fell out|refill my tooth",
  ],
  [
    "Extraction",
    "extractions|get a tooth pulled|have my wisdom teeth out|take a tooth out|remove my molar|extract a tooth|pull out a tooth",
  ],
  ["Cleaning", "cleanings|get my teeth cleaned|clean my teeth|a scale and polish|descaling|see the hygienist"],
  ["Root canal", "root canals|nerve treatment|a root canal treatment"],
  ["Braces consultation", "get braces|straighten my teeth|my teeth straightened|see an orthodontist|invisalign"],
  ["Check-up", "checkups|get checked out|an examination|have my teeth checked|examine my teeth|a checkup"],
  ["تنضيف أسنان", "انضف سناني|تنظيف|عايز تنضيفة|سناني محتاجة تتنضف|ازالة الجير|شيل الجير"],
  ["تقويم", "اركب تقويم|تقويمات|تقويم سنان|التقويم|سلك تقويم"],
  ["حشو", "احشي ضرسي|حشوات|حشوتين|يحشيلي سنة|الحشوة وقعت|عندي سوسة|ضرسي مسوس"],
  ["خلع", "اخلع ضرس|يخلعلي سنة|خلع ضروس|اشيل ضرس العقل|عايز اقلع ضرسي|ضرس عقل"],
  ["تبييض أسنان", "ابيض سناني|تبيض|تبييضات|سناني تتبيض"],
  ["حشو عصب", "اعصاب|حشو العصب|علاج العصب|اسحب العصب"],
  ["كشف", "اكشف|كشوفات|يكشف على سناني|افحص سناني|كشف عادي"],
])("forms of %s", (service, forms) => {
  const wrong = forms.split("|").filter((form) => read(form).service !== service);
  expect(wrong).toEqual([]);
});
