import { describe, expect, test } from "vitest";
import { cardMask, maskCardNumbers, maskContent, maskDigits, passesLuhn } from "./redact.ts";

describe("card numbers", () => {
  test.each([
    ["It is 4111 1111 1111 1111.", `It is ${cardMask}.`],
    ["4111-1111-1111-1111, thanks", `${cardMask}, thanks`],
    ["5555555555554444 and 378282246310005", `${cardMask} and ${cardMask}`],
    ["five five five five, five five five five, five five five five, four four four four", cardMask],
    ["forty one eleven eleven eleven eleven eleven eleven eleven", cardMask],
    ["four triple one, double one double one, one one one one, one one one one", cardMask],
    ["رقمها ٤١١١ ١١١١ ١١١١ ١١١١ تمام", `رقمها ${cardMask} تمام`],
    ["أربعة واحد واحد واحد، واحد واحد واحد واحد، واحد واحد واحد واحد، واحد واحد واحد واحد", cardMask],
    ["4111 1111 1111 1111 12 27 and the code is 123", `${cardMask} 12 27 and the code is 123`],
  ])("%s", (said, masked) => {
    expect(maskCardNumbers(said)).toBe(masked);
  });

  test.each([
    "4111 1111 1111 1112", // the check digit does not fit
    "+20 100 123 4567",
    "00 20 100 123 4567",
    "my number is two one two five five five oh one four two",
    "on 2026-11-21 at 10:30 for 4 people, 1200 pounds",
    "أنا عايز معاد يوم الاتنين الساعة خمسة",
    "order 1234567890123",
  ])("left as it is: %s", (said) => {
    expect(maskCardNumbers(said)).toBe(said);
  });

  test("anywhere in an event's content, as text or as a number", () => {
    const content = { input: { card: "4111111111111111", amount: 1200, list: [4111111111111111, "ok"] }, none: null };
    expect(maskContent(content, maskCardNumbers)).toEqual({
      input: { card: cardMask, amount: 1200, list: [cardMask, "ok"] },
      none: null,
    });
  });

  test("while a card is read out every longer run of digits goes, short numbers stay", () => {
    expect(maskDigits("four one one one, then twelve twenty seven. I will come at ten", 3)).toBe(
      `${cardMask}. I will come at ten`,
    );
    expect(maskDigits("الكود تلاتة اتنين واحد", 3)).toBe(`الكود ${cardMask}`);
    expect(maskDigits("at 5", 3)).toBe("at 5");
  });

  test("the check digit", () => {
    expect(["4111111111111111", "378282246310005", "6011000990139424", "79927398713"].every(passesLuhn)).toBe(true);
    expect(["4111111111111112", "79927398710"].some(passesLuhn)).toBe(false);
  });
});
