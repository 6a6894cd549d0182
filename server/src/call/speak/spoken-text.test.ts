import { describe, expect, test } from "vitest";
import { toSpokenText } from "./spoken-text.ts";

const now = new Date("2026-11-20T10:00:00Z");
const english = (text: string) => toSpokenText(text, { language: "en-US", timeZone: "America/New_York", now });
const arabic = (text: string) => toSpokenText(text, { language: "ar-EG", timeZone: "Africa/Cairo", now });

const englishRows: [string, string][] = [
  ["**Sure!** I can help.", "Sure! I can help."],
  ["## Our services\n- Cleaning\n- *Whitening*\n- `Implants`", "Our services. Cleaning. Whitening. Implants"],
  ["1. Cleaning\n2. Filling", "one, Cleaning. two, Filling"],
  ["| Service | Price |\n|---|---|\n| Cleaning | $50 |", "Service, Price. Cleaning, fifty dollars"],
  ["See [our site](https://example.com/a) now.", "See our site now."],
  ["Great 😀👍🏽 see you! 🎉", "Great see you!"],
  ["<think>hidden</think>Hello <b>there</b>.<br>Bye.", "Hello there. Bye."],
  ["Hello [laughs] there.", "Hello there."],
  ["It costs $1,250.50 today.", "It costs one thousand two hundred fifty dollars and fifty cents today."],
  ["That is 350 EGP.", "That is three hundred fifty Egyptian pounds."],
  ["€20 or £1 or $0.99", "twenty euros or one pound or ninety-nine cents"],
  [
    "SAR 200, about $1.5 million, $3k",
    "two hundred Saudi riyals, about one point five million dollars, three thousand dollars",
  ],
  ["A 15% discount, 2.5% tax", "A fifteen percent discount, two point five percent tax"],
  ["On 2026-11-24 at 14:30.", "On November twenty-fourth at two thirty PM."],
  ["On 24/11/2027.", "On November twenty-fourth, twenty twenty-seven."],
  ["On 11/12/2026", "On November twelfth"],
  [
    "On Nov 24th we close. Nov. 3, 2027 too.",
    "On November twenty-fourth we close. November third, twenty twenty-seven too.",
  ],
  ["the 24th of November", "the November twenty-fourth"],
  ["2026-11-24T14:30:00-05:00", "November twenty-fourth two thirty PM"],
  ["2026-11-24T19:30:00Z", "November twenty-fourth two thirty PM"],
  ["2026-13-45 is no date", "twenty twenty-six-thirteen-forty-five is no date"],
  ["at 2:30pm or 9 a.m. on Monday", "at two thirty PM or nine AM on Monday"],
  ["Come at 2 p.m.", "Come at two PM."],
  ["Come at 2 p.m. We wait.", "Come at two PM. We wait."],
  ["at 10:05, 10:00 or 00:15", "at ten oh five, ten o'clock or twelve fifteen AM"],
  ["We open 10:00–14:00.", "We open ten AM to two PM."],
  ["from 9-5, 2-4pm, 9am-5pm", "from nine to five, two to four PM, nine AM to five PM"],
  ["Mon-Fri 9-5", "Monday to Friday nine to five"],
  ["3-5 days, $50-$100, 10-15%", "three to five days, fifty dollars to one hundred dollars, ten to fifteen percent"],
  ["Call (202) 555-0143.", "Call two zero two, five five five, zero one four three."],
  ["Call +20 100 123 4567 now", "Call plus two zero, one zero zero, one two three, four five six seven now"],
  ["Call 555-0143", "Call five five five, zero one four three"],
  ["Call 2025550143", "Call two zero two, five five five, zero one four three"],
  ["Write to sara.ali22@example.com.", "Write to sara dot ali two two at example dot com."],
  ["Go to https://www.example.com/book?x=1.", "Go to example dot com slash book."],
  ["Go to example.com, then call.", "Go to example dot com, then call."],
  [
    "It is 76°F, 5 km away, take 250 mg.",
    "It is seventy-six degrees Fahrenheit, five kilometers away, take two hundred fifty milligrams.",
  ],
  ["-5°C and 1 kg", "minus five degrees Celsius and one kilogram"],
  ["the 1st, 2nd, 3rd, 21st and 40th", "the first, second, third, twenty-first and fortieth"],
  ["Your code is 4821, ref 90210477", "Your code is four eight two one, ref nine zero two one zero four seven seven"],
  ["Code AB1234 and MP3", "Code AB one two three four and MP three"],
  ["in 2026, 1,500 people, 3.14", "in twenty twenty-six, one thousand five hundred people, three point one four"],
  ["We are open 24/7.", "We are open twenty-four seven."],
  ["1/2 a tablet", "one half a tablet"],
  ["Tom & Ann, #5, and/or", "Tom and Ann, number five, and or or"],
  ["٣٥ people", "thirty-five people"],
  ["Call us on 1-800-555-0199.", "Call us on one, eight zero zero, five five five, zero one nine nine."],
  ["the 90s, ratio 3:1, Nov 24–26", "the nineties, ratio three to one, November twenty-fourth to twenty-sixth"],
  ["our snake_case word __bold__", "our snake case word bold"],
];

const arabicRows: [string, string][] = [
  ["**تمام!** هحجزلك.", "تمام! هحجزلك."],
  ["السعر ٣٥٠ جنيه", "السعر تلتمية وخمسين جنيه"],
  ["السعر 150 جنيه", "السعر مية وخمسين جنيه"],
  ["السعر 100 EGP", "السعر ميت جنيه"],
  ["السعر 1,250.50 ج.م", "السعر ألف ميتين وخمسين جنيه ونص"],
  ["السعر 20.75 جنيه", "السعر عشرين جنيه وخمسة وسبعين قرش"],
  ["$5 و 200 ريال", "خمسة دولار وميتين ريال"],
  ["خصم ١٥٪", "خصم خمستاشر في المية"],
  ["الساعة 3:30", "الساعة تلاتة ونص"],
  ["الساعة 14:30", "الساعة اتنين ونص الضهر"],
  ["الساعة 10:45 الصبح", "الساعة حداشر إلا ربع الصبح"],
  ["الساعة 5 م", "الساعة خمسة العصر"],
  ["الساعة 10:20 ص", "الساعة عشرة وتلت الصبح"],
  ["من 10:00–14:00", "من عشرة الصبح لحد اتنين الضهر"],
  ["من 9-5", "من تسعة لحد خمسة"],
  ["يوم 24/11/2026", "يوم أربعة وعشرين نوفمبر"],
  ["يوم 24/11", "يوم أربعة وعشرين نوفمبر"],
  ["2027-01-05", "خمسة يناير ألفين سبعة وعشرين"],
  ["يوم 24 نوفمبر", "يوم أربعة وعشرين نوفمبر"],
  ["كلمنا على ٠١٠٠١٢٣٤٥٦٧", "كلمنا على صفر واحد صفر صفر، واحد اتنين تلاتة، أربعة خمسة ستة سبعة"],
  ["كلمنا على 01001234567.", "كلمنا على صفر واحد صفر صفر، واحد اتنين تلاتة، أربعة خمسة ستة سبعة."],
  ["ابعت على sara@example.com", "ابعت على sara آت example دوت com"],
  ["الموقع example.com/book", "الموقع example دوت com سلاش book"],
  ["عندي 3 مواعيد و 5 أيام", "عندي تلات مواعيد وخمس أيام"],
  ["خد 250 مجم", "خد ميتين وخمسين ملليجرام"],
  ["الحرارة 38.5°م", "الحرارة تمانية وتلاتين درجة مئوية ونص"],
  ["على بعد 5 كم", "على بعد خمسة كيلو"],
  ["كود التأكيد رقم 4821", "كود التأكيد رقم أربعة تمانية اتنين واحد"],
  ["25", "خمسة وعشرين"],
  ["3.5", "تلاتة ونص"],
  ["125 و 1001 و 11000", "مية خمسة وعشرين وألف وواحد وحداشر ألف"],
  ["3000 و 100000", "تلات آلاف وميت ألف"],
  ["بـ500 جنيه أو ب٣٥٠ج.م، 1.5 مليون جنيه", "بخمسميت جنيه أو بتلتمية وخمسين جنيه، مليون ونص جنيه"],
  ["من الساعة 9 ص لـ 5 م", "من الساعة تسعة الصبح لخمسة العصر"],
  ["عندنا 12 دكتور و4 فروع", "عندنا اتناشر دكتور وأربع فروع"],
  ["- تنضيف\n- حشو", "تنضيف. حشو"],
];

describe("English", () => {
  test.each(englishRows)("%s", (text, expected) => {
    expect(english(text)).toBe(expected);
  });
});

describe("Arabic, as Egyptians say it", () => {
  test.each(arabicRows)("%s", (text, expected) => {
    expect(arabic(text)).toBe(expected);
  });
});

test("what is already spoken passes unchanged", () => {
  const texts = [
    "Sure, I can do that. Would ten thirty work for you?",
    "We are on Main St., near the park, e.g., the gate.",
    "It's a well-known clinic — really; isn't it?",
    'She said "yes", and left (quietly).',
    "Well... maybe. Dr. Smith is in at nine AM.",
  ];
  for (const text of texts) expect(english(text)).toBe(text);
  for (const text of ["أيوه يا فندم، الميعاد الساعة تلاتة ونص. تحب أحجزه؟", "تمام… هشوف."])
    expect(arabic(text)).toBe(text);
});

test("only markup is nothing to say", () => {
  for (const text of [
    "",
    "  \n",
    "**",
    "---",
    "```\n```",
    "😀 🎉",
    "<br>",
    "| | |\n|---|---|",
    "#",
    "...",
    "[](http://x.com)",
  ]) {
    expect([text, english(text)]).toEqual([text, ""]);
    expect([text, arabic(text)]).toEqual([text, ""]);
  }
});

describe("numbers that are dialled", () => {
  test.each([
    ["Please ring 911 now.", "Please ring nine one one now."],
    ["Hang up and call 123 right away.", "Hang up and call one two three right away."],
    ["Dial 112 or 999.", "Dial one one two or nine nine nine."],
    ["The ambulance is on 997.", "The ambulance is on nine nine seven."],
    ["911", "nine one one"],
    [
      "We saw 999 patients at 123 Main Street.",
      "We saw nine hundred ninety-nine patients at one hundred twenty-three Main Street.",
    ],
    ["It costs $112 for 112 people.", "It costs one hundred twelve dollars for one hundred twelve people."],
  ])("%s", (written, spoken) => expect(english(written)).toBe(spoken));

  test.each([
    ["اقفل وكلم 123 حالا.", "اقفل وكلم واحد اتنين تلاتة حالا."],
    ["اتصل بـ١١٢ أو ٩٩٩.", "اتصل بواحد واحد اتنين أو تسعة تسعة تسعة."],
    ["الإسعاف على 997.", "الإسعاف على تسعة تسعة سبعة."],
    ["رقم الطوارئ 911", "رقم الطوارئ تسعة واحد واحد"],
    ["عندنا 123 مريض.", "عندنا مية تلاتة وعشرين مريض."],
  ])("%s", (written, spoken) => expect(arabic(written)).toBe(spoken));
});

test("other languages lose their markup and keep their figures", () => {
  expect(toSpokenText("**Hola**, son 350 € 😀", { language: "es-ES", timeZone: "Europe/Madrid", now })).toBe(
    "Hola, son 350 €",
  );
});

test("spoken twice is spoken once, and no digit is left", () => {
  let state = 11;
  const random = () => {
    state = (state * 1664525 + 1013904223) % 4294967296;
    return state / 4294967296;
  };
  const pieces = [
    "$",
    "12",
    "3.5",
    "%",
    " ",
    " ",
    "-",
    "–",
    ":",
    "30",
    "pm",
    " a.m. ",
    "2026-11-24",
    "24/11",
    "٣٥٠",
    " جنيه ",
    "sara_x@ex-1.co",
    "http://a.b/c_d?e",
    "**",
    "_",
    "`",
    "# ",
    "\n",
    "- ",
    "1. ",
    "😀",
    "+20 100 123 4567",
    "°F",
    " km",
    "word",
    "كلمة",
    "،",
    "؟",
    "!",
    ".",
    ",",
    "(",
    ")",
    "[x](y)",
    "|",
    "&",
    "@",
    "/",
    "st",
    "Nov 3rd",
    "#7",
    "~",
    "<b>",
    "=",
    "½",
    "5",
  ];
  for (let round = 0; round < 3000; round++) {
    let text = "";
    for (let index = 0; index < 9; index++) text += pieces[Math.floor(random() * pieces.length)];
    for (const speak of [english, arabic]) {
      const once = speak(text);
      expect([text, speak(once)]).toEqual([text, once]);
      expect(/\d/.test(once), text).toBe(false);
    }
  }
});

test("a long text full of near misses takes no time", () => {
  for (const piece of ["1-", "1.", "1 ", "[", "((", "a.", "1:", "*", "_", "-", "9,", "$1", "1 - "]) {
    const startedAt = performance.now();
    english(piece.repeat(2000));
    expect([piece, performance.now() - startedAt < 300]).toEqual([piece, true]);
  }
});
