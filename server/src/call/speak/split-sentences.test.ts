import { describe, expect, test, vi } from "vitest";
import { createSentenceSplitter } from "./split-sentences.ts";

/** Work, counted where it is done: a clock on a busy machine tells nothing. */
const judged = vi.hoisted(() => ({ places: 0, longestText: 0 }));
vi.mock(import("./sentence-boundary.ts"), async (load) => {
  const real = await load();
  return {
    ...real,
    judgeBoundary: (text, at, context) => {
      judged.places++;
      judged.longestText = Math.max(judged.longestText, text.length);
      return real.judgeBoundary(text, at, context);
    },
  };
});

const options = { firstMinChars: 25, minChars: 30, maxChars: 200 };
const eager = { firstMinChars: 25, minChars: 1, maxChars: 200 };

function split(text: string, settings = eager): string[] {
  const splitter = createSentenceSplitter(settings);
  return [...splitter.push(text), ...splitter.flush()];
}

function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1664525 + 1013904223) % 4294967296;
    return state / 4294967296;
  };
}

describe("whole sentences", () => {
  const rows: [string, string[]][] = [
    ["It costs 3.50 today. Come by.", ["It costs 3.50 today.", "Come by."]],
    ["We open at 10:30 daily. See you.", ["We open at 10:30 daily.", "See you."]],
    ["Dr. Smith is in. Mrs. Jones is not.", ["Dr. Smith is in.", "Mrs. Jones is not."]],
    ["It is near St. Mark Street. Ok?", ["It is near St. Mark Street.", "Ok?"]],
    ["Bring papers, e.g. a card. Fine.", ["Bring papers, e.g. a card.", "Fine."]],
    ["Come at 9 a.m. on Monday. Bye.", ["Come at 9 a.m. on Monday.", "Bye."]],
    ["Come at 9 a.m. We are open.", ["Come at 9 a.m.", "We are open."]],
    ["Room No. 5 is free. Good.", ["Room No. 5 is free.", "Good."]],
    ["No. That is wrong.", ["No.", "That is wrong."]],
    ["Write to a.b@example.com. Thanks.", ["Write to a.b@example.com.", "Thanks."]],
    ["See https://example.com/?q=1&b=2 now. Done.", ["See https://example.com/?q=1&b=2 now.", "Done."]],
    ["J. R. Tolkien wrote it. Yes.", ["J. R. Tolkien wrote it.", "Yes."]],
    ["So do I. And you?", ["So do I.", "And you?"]],
    ["On Nov. 24 we close. Sorry.", ["On Nov. 24 we close.", "Sorry."]],
    ["Well... maybe later. Ok.", ["Well... maybe later.", "Ok."]],
    ["Well... Maybe later.", ["Well...", "Maybe later."]],
    ["Really?! Yes.", ["Really?!", "Yes."]],
    ['She said "yes." Then left.', ['She said "yes."', "Then left."]],
    ["1. Cleaning\n2. Filling\n", ["1. Cleaning", "2. Filling"]],
    ["Options: 1. Cleaning 2. Filling 3. Crown. Which?", ["Options: 1. Cleaning 2. Filling 3. Crown.", "Which?"]],
    ["We open at 9. Come early.", ["We open at 9.", "Come early."]],
    ["That is the 21st. See you.", ["That is the 21st.", "See you."]],
    ["Paid in full! Thank you.", ["Paid in full!", "Thank you."]],
    ["تمام. هنشوف الميعاد.", ["تمام.", "هنشوف الميعاد."]],
    ["د. أحمد موجود. تحب تحجز؟ طيب", ["د. أحمد موجود.", "تحب تحجز؟", "طيب"]],
    ["م. سامي في الفرع. شكرا", ["م. سامي في الفرع.", "شكرا"]],
    ["عايز ميعاد إمتى؟النهارده ولا بكرة؟", ["عايز ميعاد إمتى؟", "النهارده ولا بكرة؟"]],
    ["تمام.هنشوف بكرة.", ["تمام.", "هنشوف بكرة."]],
    ["السعر ٣.٥٠ جنيه. ماشي.", ["السعر ٣.٥٠ جنيه.", "ماشي."]],
    [
      "See [our page. It is new](http://x.com/a.html) now. Bye.",
      ["See [our page. It is new](http://x.com/a.html) now.", "Bye."],
    ],
  ];
  test.each(rows)("%s", (text, expected) => {
    expect(split(text)).toEqual(expected);
  });
});

describe("the first segment", () => {
  test("is a clause once it is long enough", () => {
    expect(split("Sure, I can help with that today, what time suits you best on Monday?")).toEqual([
      "Sure, I can help with that today,",
      "what time suits you best on Monday?",
    ]);
  });
  test("is a clause in Arabic too", () => {
    expect(split("أكيد، أقدر أساعدك في الحجز النهارده، تحب الساعة كام؟")).toEqual([
      "أكيد، أقدر أساعدك في الحجز النهارده،",
      "تحب الساعة كام؟",
    ]);
  });
  test("does not break a date, a range or a number", () => {
    expect(split("The appointment is on April 5, 2026 at noon")).toEqual([
      "The appointment is on April 5, 2026 at noon",
    ]);
    expect(split("We are open every day from 9 - 5 and more")).toEqual(["We are open every day from 9 - 5 and more"]);
    expect(split("That whole treatment costs 1,250 pounds in all")).toEqual([
      "That whole treatment costs 1,250 pounds in all",
    ]);
  });
  test("comes as soon as the character after it is seen", () => {
    const splitter = createSentenceSplitter(options);
    expect(splitter.push("Yes, of course")).toEqual([]);
    expect(splitter.push("!")).toEqual([]);
    expect(splitter.push(" Wh")).toEqual(["Yes, of course!"]);
    expect(splitter.push("at time?")).toEqual([]);
    expect(splitter.flush()).toEqual(["What time?"]);
  });
  test("a dot at the end of a delta waits for what follows", () => {
    const splitter = createSentenceSplitter(options);
    expect(splitter.push("It is 3.")).toEqual([]);
    expect(splitter.push("50 pounds")).toEqual([]);
    expect(splitter.flush()).toEqual(["It is 3.50 pounds"]);
  });
  test("does not wait for punctuation for ever", () => {
    const splitter = createSentenceSplitter(options);
    const out = splitter.push("word ".repeat(25));
    expect(out.length).toBe(1);
    expect(out[0]!.length).toBeLessThanOrEqual(100);
  });
});

test("short later sentences are joined, long text is cut at a space", () => {
  expect(split("Fine. One. Two. This one is long enough to be spoken.", options)).toEqual([
    "Fine.",
    "One. Two. This one is long enough to be spoken.",
  ]);
  const long = split(`Hi. ${"abcdefghi ".repeat(60)}`, options);
  for (const segment of long) expect(segment.length).toBeLessThanOrEqual(200);
  expect(long.every((segment) => /(^Hi\.|abcdefghi)$/.test(segment))).toBe(true);
  expect(split("x".repeat(1000), options).every((segment) => segment.length <= 200)).toBe(true);
});

test("nothing is lost or doubled, and the deltas' sizes do not matter", () => {
  const random = seededRandom(7);
  const pieces = [
    "Dr. ",
    "Hello",
    ", ",
    ". ",
    "? ",
    "…",
    "...",
    "3.50",
    "10:30",
    " ",
    "\n",
    "1. ",
    "د. ",
    "أحمد",
    "؟",
    "، ",
    "**",
    "[a](b) ",
    "- ",
    "😀",
    "e.g. ",
    "word ",
    "No. ",
    "a@b.co ",
  ];
  for (let round = 0; round < 300; round++) {
    let text = "";
    for (let index = 0; index < 40; index++) text += pieces[Math.floor(random() * pieces.length)];
    const whole = split(text, options);
    const splitter = createSentenceSplitter(options);
    const parts: string[] = [];
    for (let at = 0; at < text.length; ) {
      const size = 1 + Math.floor(random() * 6);
      parts.push(...splitter.push(text.slice(at, at + size)));
      at += size;
    }
    parts.push(...splitter.flush());
    expect(parts).toEqual(whole);
    expect(parts.join("").replace(/\s+/g, "")).toBe(text.replace(/\s+/g, ""));
  }
});

test("work is linear in the text", () => {
  const sentence = "This is one sentence of ordinary length, with a clause. ";
  const workOf = (count: number) => {
    judged.places = 0;
    judged.longestText = 0;
    const splitter = createSentenceSplitter(options);
    for (const char of sentence.repeat(count)) splitter.push(char);
    splitter.flush();
    return { ...judged };
  };
  const short = workOf(200);
  const long = workOf(1600);
  expect(short.places).toBeGreaterThan(sentence.length * 200 * 0.9);
  expect(long.places).toBeLessThan(short.places * 8 * 1.01);
  expect(long.longestText).toBe(short.longestText);
});
