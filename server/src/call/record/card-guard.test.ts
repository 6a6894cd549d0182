import { describe, expect, test } from "vitest";
import { advanceCardGuard, asksForCard, type CardObservation, idleCardGuard } from "./card-guard.ts";

type Step = CardObservation extends infer O ? (O extends CardObservation ? Omit<O, "atMs"> : never) : never;

const agent = (text: string): Step => ({ type: "agent-says", text, isPhrase: false });
const phrase = (text: string): Step => ({ type: "agent-says", text, isPhrase: true });
const words = (text: string): Step => ({ type: "caller-words", text });
const turn = (text: string): Step => ({ type: "caller-turn", text });
const keys = (digits: string): Step[] => [...digits].map((digit) => ({ type: "keypad", digit }));
const starts: Step = { type: "caller-starts" };

/** One step a second; what the guard said after each. */
function follow(steps: readonly Step[]) {
  let state = idleCardGuard;
  return steps.map((step, index) => {
    state = advanceCardGuard(state, { ...step, atMs: index * 1000 } as CardObservation);
    return { isTaking: state.isTaking, sinceMs: state.takingSinceMs };
  });
}
const takings = (steps: readonly Step[]) => follow(steps).map((step) => step.isTaking);

describe("card guard", () => {
  test("from the agent's question until the agent has gone on", () => {
    const steps = [
      agent("Of course."),
      agent("May I have your card number?"),
      starts,
      words("it is 4111"),
      phrase("One moment."),
      turn("it is 4111 1111 1111 1111"),
      agent("Thank you, and the expiry date?"),
      turn("twelve twenty seven"),
      agent("And the three digits on the back?"),
      turn("one two three"),
      agent("All set, see you on Monday."),
      turn("Great."),
    ];
    expect(takings(steps)).toEqual([false, ...Array.from({ length: 9 }, () => true), false, false]);
    expect(follow(steps)[5]?.sinceMs).toBe(1000);
  });

  test("the agent repeating the number, or waiting, does not end it", () => {
    const steps = [
      agent("Your card number, please?"),
      agent("Take your time."),
      phrase("Are you still there?"),
      turn("4111 1111 1111 1111"),
      agent("I have 4111 1111 1111 1111, is that right?"),
      turn("yes"),
      agent("Thank you."),
    ];
    expect(takings(steps)).toEqual([true, true, true, true, true, true, false]);
  });

  test("a caller who gives no card: over when the agent has gone on", () => {
    const steps = [
      agent("What is your credit card number?"),
      turn("I would rather pay in cash"),
      agent("That is fine."),
    ];
    expect(takings(steps)).toEqual([true, true, false]);
  });

  test("nobody asked: known while it is said, and counted from the beginning of the caller's speech", () => {
    const steps = [agent("How can I help?"), starts, words("pay with 4111"), starts, words("pay with 4111 1111")];
    expect(follow(steps).at(-1)).toEqual({ isTaking: true, sinceMs: 1000 });
    expect(takings([starts, words("خد رقم الفيزا ٤١١١ ١١١١")]).at(-1)).toBe(true);
    expect(takings([starts, words("three seven eight two, eight two two four six three")]).at(-1)).toBe(false);
    expect(takings([starts, words("3782 822463")]).at(-1)).toBe(true);
  });

  test("other numbers are none: telephones, dates, prices, names of streets", () => {
    const others = [
      "my number is 212 555 0142",
      "call me on 0100 123 4567",
      "رقمي صفر عشرة اتنين تلاتة أربعة خمسة ستة سبعة تمانية",
      "the 21st of November 2026 at 10 30",
      "it was 4500 dollars in 2024",
      "plus 44 7911 123456",
    ];
    for (const text of others) expect([text, takings([starts, words(text)]).at(-1)]).toEqual([text, false]);
  });

  test("a number typed on the keypad, in one go", () => {
    expect(takings(keys("41111111")).at(-1)).toBe(true);
    expect(takings(keys("4111111")).at(-1)).toBe(false);
    expect(takings(keys("02125550142")).at(-1)).toBe(false);
    expect(takings([agent("Type your card number, please."), ...keys("1")]).at(-1)).toBe(true);
  });
});

test("questions for a card, and what only sounds like one", () => {
  const asked = [
    "Could you give me the card number?",
    "What's the long number on the front of your card?",
    "And the CVV?",
    "When does your Visa expire? I need the expiry date.",
    "ممكن رقم الكارت؟",
    "قول لي رقم الفيزا لو سمحت",
    "من فضلك أملِ عليّ رقم البطاقة",
    "وتاريخ الانتهاء؟",
    "والتلات أرقام اللي ورا؟",
    "محتاج نمرة الفيزا",
  ];
  const not = [
    "What is your phone number?",
    "Do you have an insurance card number?",
    "Shall I put you down for two?",
    "You can pay by card at the desk.",
    "ممكن رقم التليفون؟",
    "رقم البطاقة الشخصية كام؟",
  ];
  expect(asked.filter((text) => !asksForCard(text))).toEqual([]);
  expect(not.filter(asksForCard)).toEqual([]);
});
