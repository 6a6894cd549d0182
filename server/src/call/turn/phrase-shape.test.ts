import { describe, expect, test } from "vitest";
import { countWords, describePhrase } from "./phrase-shape.ts";

type Expected = Partial<ReturnType<typeof describePhrase>>;
const complete: Expected = { ending: "complete", dictation: "none" };
const open: Expected = { ending: "open", dictation: "none" };
const neutral: Expected = { ending: "neutral", dictation: "none" };
const digits: Expected = { dictation: "digits" };
const email: Expected = { dictation: "email" };
const spelling: Expected = { dictation: "spelling" };
const short: Expected = { shortAnswer: true, ending: "complete", dictation: "none" };
const both: Expected = { shortAnswer: true, backchannel: true };
const listening: Expected = { backchannel: true };
const plain: Expected = { shortAnswer: false, backchannel: false };

describe("English", () => {
  const rows: [string, Expected][] = [
    ["Yes.", short],
    ["Yes", short],
    ["Yeah.", both],
    ["yeah", both],
    ["No", { shortAnswer: true, backchannel: false }],
    ["no thank you", short],
    ["Yes, please.", short],
    ["Okay.", both],
    ["ok", both],
    ["Sure", both],
    ["that's right", short],
    ["That works.", short],
    ["Correct.", short],
    ["yes sir", short],
    ["no no no", { shortAnswer: true, backchannel: false }],
    ["mm-hm", both],
    ["uh-huh", both],
    ["Mhm.", both],
    ["right", both],
    ["I see", listening],
    ["oh", { backchannel: true, shortAnswer: false }],
    ["hmm", { backchannel: true, shortAnswer: false, ending: "open" }],
    ["stop", plain],
    ["wait", plain],
    ["no but I want to change it", plain],
    ["yeah but", { shortAnswer: false, backchannel: false, ending: "open" }],
    ["ok so I need a cleaning", plain],
    ["I want to", open],
    ["I want to.", open],
    ["and", open],
    ["I would like to book a", open],
    ["my number is", open],
    ["My name is.", open],
    ["um", open],
    ["I was calling about the", open],
    ["well I need it because", open],
    ["on Monday or", open],
    ["for my daughter,", open],
    ["let me think", open],
    ["hold on", open],
    ["I think...", open],
    ["so basically", open],
    ["can you tell me", open],
    ["I'd like", open],
    ["book it for", open],
    ["Can you hear me?", complete],
    ["I need a cleaning.", complete],
    ["tomorrow at three pm", complete],
    ["next tuesday", complete],
    ["I want to come at nine thirty", complete],
    ["no I don't think so", complete],
    ["do you have anything on friday", complete],
    ["at 2:30", complete],
    ["that's all thank you", complete],
    ["book it please", complete],
    ["I need a cleaning", neutral],
    ["my tooth hurts", neutral],
    ["it broke yesterday when I ate an apple", neutral],
    ["John Miller", neutral],
    ["at ten thirty", { dictation: "none" }],
    ["for two people", { dictation: "none" }],
    ["in 2026", { dictation: "none" }],
    ["I am 35", { dictation: "none" }],
    ["it was 350 dollars", { dictation: "none" }],
    ["on June 5", { dictation: "none" }],
    ["oh one double five", digits],
    ["my number is five five five", digits],
    ["My number is 202.", digits],
    ["it's 202 555", digits],
    ["five five five", digits],
    ["zero one zero", digits],
    ["call me on plus two oh", digits],
    ["my phone number is 202-555", digits],
    ["my number is 202 555 0143", complete],
    ["my number is 555 123 4567", complete],
    ["my number is 555 123 456", digits],
    ["two oh two five five five oh one four three", complete],
    ["+1 202 555 0143", complete],
    ["the code is 48", digits],
    ["my email is", { dictation: "email", ending: "open" }],
    ["my email is sara", email],
    ["sara at gmail", email],
    ["sara at gmail dot", email],
    ["sara at gmail dot com", complete],
    ["my email is sara dot ali at example dot com", complete],
    ["sara@", email],
    ["sara@example", email],
    ["sara@example.com", complete],
    ["can you email me", { dictation: "none" }],
    ["email me the details please", complete],
    ["S A R", spelling],
    ["it's S-A-R", spelling],
    ["S. A. R. A.", spelling],
    ["it's spelled M", spelling],
    ["S as in Sam", spelling],
    ["B for Bravo", spelling],
    ["see you at 9 a.m.", { dictation: "none" }],
    ["so do I", { dictation: "none" }],
  ];
  test.each(rows)("%s", (text, expected) => {
    expect(describePhrase(text, "en-US")).toMatchObject(expected);
  });
});

describe("Arabic", () => {
  const rows: [string, Expected][] = [
    ["أيوه", both],
    ["ايوه.", both],
    ["أيوا", both],
    ["آه", both],
    ["اه", both],
    ["لا", { shortAnswer: true, backchannel: false, ending: "complete" }],
    ["لأ", { shortAnswer: true, backchannel: false }],
    ["لا شكرا", short],
    ["ماشي", both],
    ["تمام", both],
    ["تمام.", both],
    ["تمام كده", short],
    ["حاضر", both],
    ["أوكي", both],
    ["اكيد", both],
    ["طبعًا", short],
    ["ان شاء الله", short],
    ["أيوه يا فندم", both],
    ["صح", both],
    ["مظبوط", both],
    ["نعم", both],
    ["ممم", { backchannel: true, shortAnswer: false, ending: "open" }],
    ["امم", listening],
    ["طيب", both],
    ["استنى", plain],
    ["اقف", plain],
    ["لا أنا عايز حاجة تانية", plain],
    ["أيوه بس", { shortAnswer: false, backchannel: false, ending: "open" }],
    ["خلاص", { backchannel: false }],
    ["و", open],
    ["بس", open],
    ["عشان", open],
    ["يعني", open],
    ["طب", open],
    ["أنا عايز", open],
    ["رقمي", { ending: "open" }],
    ["اسمي", open],
    ["عايز احجز", open],
    ["عايز ميعاد في", open],
    ["أنا كنت", open],
    ["اسمي هو", open],
    ["عايز أغيّر الميعاد عشان", open],
    ["يوم الحد أو", open],
    ["بكرة،", open],
    ["ثانية واحدة", open],
    ["لحظة", open],
    ["كنت عايز أسأل على", open],
    ["لو سمحت ممكن", open],
    ["مش عارف يعني", open],
    ["مع دكتور أحمد و", open],
    ["أنا عايز.", open],
    ["عايز أحجز كشف بكرة", complete],
    ["عندكم ميعاد إمتى؟", complete],
    ["الكشف بكام", complete],
    ["شكرا", { ending: "complete" }],
    ["لو سمحت", { ending: "complete" }],
    ["عايز ميعاد الخميس", complete],
    ["مع السلامة", complete],
    ["فاتحين لحد امتى", complete],
    ["ممكن أحجز كشف مع الدكتور أحمد", complete],
    ["ضرسي بيوجعني.", complete],
    ["بكرة الصبح", complete],
    ["الساعة تلاتة ونص", complete],
    ["ضرسي بيوجعني", neutral],
    ["محمد أحمد", neutral],
    ["عايز تنضيف أسنان", neutral],
    ["زيرو واحد", digits],
    ["صفر واحد صفر", digits],
    ["رقمي ٠١٠", digits],
    ["رقمي زيرو عشرة", digits],
    ["رقم الموبايل صفر واحد", digits],
    ["٠١٠٠ ١٢٣", digits],
    ["خمسة خمسة سبعة", digits],
    ["رقمي 0100 123 45", digits],
    ["٠١٠٠١٢٣٤٥٦٧", complete],
    ["رقمي 0100 123 4567", complete],
    ["زيرو واحد زيرو زيرو واحد اتنين تلاتة أربعة خمسة ستة سبعة", complete],
    ["+20 100 123 4567", complete],
    ["الساعة تلاتة", { dictation: "none" }],
    ["احنا تلاتة", { dictation: "none" }],
    ["الساعة عشرة ونص", { dictation: "none" }],
    ["٣٥٠ جنيه", { dictation: "none" }],
    ["الايميل بتاعي", { dictation: "email" }],
    ["ايميلي sara", email],
    ["سارة آت جيميل", email],
    ["سارة آت جيميل دوت", email],
    ["سارة آت جيميل دوت كوم", complete],
    ["س ا ر", spelling],
    ["سين ألف راء", spelling],
    ["ميم نون", spelling],
  ];
  test.each(rows)("%s", (text, expected) => {
    expect(describePhrase(text, "ar-EG")).toMatchObject(expected);
  });
});

test("empty text and marks have no shape", () => {
  for (const text of ["", "  ", "...", "?", "—"]) {
    expect(describePhrase(text, "en-US")).toMatchObject({
      words: 0,
      shortAnswer: false,
      backchannel: false,
      dictation: "none",
    });
  }
});

test("words are counted as they are heard", () => {
  expect(countWords("Hello — my number is 555-0100, okay?")).toBe(6);
  expect(countWords("  أيوه ، تمام ؟ ")).toBe(2);
  expect(countWords("")).toBe(0);
  expect(describePhrase("one two three four", "en-US").words).toBe(4);
  const long = "word ".repeat(500);
  expect(describePhrase(long, "en-US").words).toBe(500);
});

test("a shape costs well under 50 microseconds", () => {
  const texts = [
    "so I was calling because my tooth has been hurting since last week and I would like to see somebody on Monday or",
    "my number is two oh two five five five oh one four three",
    "رقمي زيرو واحد زيرو زيرو واحد اتنين تلاتة أربعة خمسة",
    `${"a long story about a tooth ".repeat(60)}and then`,
  ];
  const best = texts.map((text) => {
    let fastest = Number.POSITIVE_INFINITY;
    for (let round = 0; round < 20; round++) {
      const startedAt = performance.now();
      for (let index = 0; index < 50; index++) describePhrase(text, "ar-EG");
      fastest = Math.min(fastest, (performance.now() - startedAt) / 50);
    }
    return fastest * 1000;
  });
  expect(Math.max(...best)).toBeLessThan(100);
});
