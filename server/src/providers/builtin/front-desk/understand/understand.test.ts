import { brightSmileArabic, brightSmileEnglish } from "@parley/contract/demo-business";
import { describe, expect, test } from "vitest";
import type { Expecting, Intent, Slots } from "./types.ts";
import { understand } from "./understand.ts";

const nowMs = Date.parse("2026-11-23T15:00:00Z"); // a Monday

function read(text: string, expecting?: Expecting) {
  const demo = /[\u0600-\u06FF]/.test(text) ? brightSmileArabic : brightSmileEnglish;
  const region = demo === brightSmileArabic ? "EG" : "US";
  return understand(text, {
    nowMs,
    timeZone: demo.timeZone,
    region,
    facts: demo.facts,
    ...(expecting ? { expecting } : {}),
  });
}

describe("intent and facts of a first utterance", () => {
  test.each<[string, Intent, Slots]>([
    [
      "hi i'd like to book an appointment for a cleaning tomorrow at half past two",
      "book",
      { service: "Cleaning", date: "2026-11-24", time: "14:30" },
    ],
    ["appoitnment for clening tommorow", "book", { service: "Cleaning", date: "2026-11-24" }],
    [
      "hi this is Karen calling to book an exam for tuesday at 9 am",
      "book",
      { service: "Check-up", date: "2026-11-24", time: "09:00", name: "Karen" },
    ],
    ["put me down for tuesday the first of december at nine thirty", "book", { date: "2026-12-01", time: "09:30" }],
    [
      "i think i need a root canal do you have anything on thursday",
      "book",
      { service: "Root canal", date: "2026-11-26" },
    ],
    ["got anything free this afternoon", "book", { date: "2026-11-23", partOfDay: "afternoon" }],
    ["i can't make it tomorrow can we do wednesday instead", "reschedule", { date: "2026-11-25" }],
    ["something came up can i come thursday instead of tomorrow", "reschedule", { date: "2026-11-26" }],
    ["i don't need the appointment anymore", "cancel", {}],
    ["how much would it cost me to get a tooth pulled", "ask-prices", { service: "Extraction" }],
    ["do you do braces", "ask-services", { service: "Braces consultation" }],
    ["how late are you open on saturday", "ask-hours", { date: "2026-11-28" }],
    ["is there parking nearby", "ask-location", {}],
    ["are you a robot", "ask-robot", {}],
    ["there's blood everywhere after my extraction", "emergency", { service: "Extraction" }],
    ["it's not an emergency, i want to book a check up", "book", { service: "Check-up" }],
    ["let me speak to a real person", "speak-to-human", {}],
    ["what's the capital of france", "unclear", {}],
    ["عايز أحجز appointment بكرة الساعة ٣", "book", { date: "2026-11-24", time: "15:00" }],
    [
      "عاوزه احجز تنظيف يوم الخميس الجاى الساعه تلاته ونص العصر",
      "book",
      { service: "تنضيف أسنان", date: "2026-11-26", time: "15:30" },
    ],
    ["أريد حجز موعد غداً الساعة العاشرة صباحاً", "book", { date: "2026-11-24", time: "10:00" }],
    [
      "انا مصطفى وكنت عايز احجز كشف بكره الساعة ١١ الصبح ورقمي ٠١٠٠١٢٣٤٥٦٧",
      "book",
      { service: "كشف", date: "2026-11-24", time: "11:00", name: "مصطفى", phone: "+201001234567" },
    ],
    ["ايه المواعيد المتاحة يوم الخميس", "book", { date: "2026-11-26" }],
    ["مش هقدر اجي بكرة ممكن نخليها الاربع", "reschedule", { date: "2026-11-25" }],
    ["كنت حاجز الاحد وعاوز ابدلها بالاتنين", "reschedule", { date: "2026-11-30" }],
    ["عايزه أأجل ميعادي لبعد بكره العصر", "reschedule", { date: "2026-11-25", partOfDay: "afternoon" }],
    ["انا مش عايز احجز انا عايز الغي", "cancel", {}],
    ["كم تكلفة حشو العصب", "ask-prices", { service: "حشو عصب" }],
    ["التبييض كام عندكم", "ask-prices", { service: "تبييض أسنان" }],
    ["لحد الساعة كام النهاردة", "ask-hours", { date: "2026-11-23" }],
    ["اجيلكم ازاي من المترو", "ask-location", {}],
    ["بتركبوا تقويم", "ask-services", { service: "تقويم" }],
    ["انت روبوت ولا بني ادم", "ask-robot", {}],
    ["بلغ الدكتور اني هتأخر شوية", "leave-message", { message: "هتأخر شوية" }],
    ["سناني بتوجعني جدا ومش قادر استحمل", "emergency", {}],
    ["محتاج دكتور يشوف ضرسي", "book", {}],
    ["عندكم دكتور تقويم بكام", "ask-prices", { service: "تقويم" }],
    ["الغوا الحجز", "cancel", {}],
    ["احجزلي تقويم لبنتي مريم يوم السبت الجاي", "book", { service: "تقويم", date: "2026-11-28", name: "مريم" }],
    ["اهلي ولا الزمالك كسب", "unclear", {}],
  ])("%s", (text, intent, slots) => {
    const heard = read(text);
    expect({ intent: heard.intent, slots: heard.slots }).toEqual({ intent, slots });
  });
});

describe("answers to a question", () => {
  test.each<[Expecting, string, Intent, Slots]>([
    ["name", "s a r a", "inform", { name: "Sara" }],
    ["name", "yeah it's michael o'connor", "inform", { name: "Michael O'Connor" }],
    ["name", "اسمي محمد علي", "inform", { name: "محمد علي" }],
    ["phone", "it's 617 triple five oh one four two", "inform", { phone: "+16175550142" }],
    ["phone", "زيرو عشرة", "inform", { phonePart: "010" }],
    ["phone", "رقمي زيرو حداشر عشرين تلاتين اربعين خمسين", "inform", { phone: "+201120304050" }],
    ["time", "quarter to four", "inform", { time: "15:45" }],
    ["time", "تلاتة إلا تلت", "inform", { time: "14:40" }],
    ["time", "عشرة ونص وخمسة الصبح", "inform", { time: "10:35" }],
    ["date", "الجمعة اللي بعد الجاية", "inform", { date: "2026-12-04" }],
    ["date", "خمسة وعشرين نوفمبر الساعة ستة", "inform", { date: "2026-11-25", time: "18:00" }],
    ["date", "december 3rd at 3 15 pm", "inform", { date: "2026-12-03", time: "15:15" }],
    ["date", "a week from thursday", "inform", { date: "2026-12-03" }],
    ["confirmation", "no, at four", "correction", { time: "16:00" }],
    ["confirmation", "لا مش الساعة تلاتة الساعة أربعة", "correction", { time: "16:00" }],
    ["confirmation", "no my name is Adam", "correction", { name: "Adam" }],
    ["confirmation", "لا الاسم غلط انا اسمي علي", "correction", { name: "علي" }],
    ["confirmation", "ايوه تمام", "yes", {}],
    ["confirmation", "لا", "no", {}],
  ])("asked for %s: %s", (expecting, text, ...[intent, slots]) => {
    const heard = read(text, expecting);
    expect({ intent: heard.intent, slots: heard.slots }).toEqual({ intent, slots });
  });
});

test("a turn costs little", () => {
  const lines = ["عايز احجز تنضيف يوم الخميس الجاي الساعة تلاتة ونص", "can i book a cleaning on december 3rd at 3 pm"];
  for (let warm = 0; warm < 50; warm++) for (const line of lines) read(line);
  const startedAt = performance.now();
  for (let round = 0; round < 50; round++) for (const line of lines) read(line);
  expect((performance.now() - startedAt) / 100).toBeLessThan(5);
});
