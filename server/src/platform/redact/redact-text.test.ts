import { expect, test } from "vitest";
import { maskCardNumbers } from "../../call/record/redact.ts";
import { type RedactedKind, redactText, redactValue } from "./redact-text.ts";

const everything: readonly RedactedKind[] = ["card", "national-id", "iban", "email", "phone"];
const redact = (text: string, country?: string, kinds = everything) =>
  redactText(text, { kinds, maskCards: maskCardNumbers, country });

test.each([
  ["My number is 536-22-8726, thanks.", "My number is [national id], thanks."],
  ["National insurance QQ 12 34 56 C", "National insurance QQ 12 34 56 C"],
  ["National insurance AB 12 34 56 C.", "National insurance [national id]."],
  ["الرقم القومي 29001011234567 يا فندم", "الرقم القومي [national id] يا فندم"],
  ["الرقم القومي ٢٩٠٠١٠١١٢٣٤٥٦٧", "الرقم القومي [national id]"],
  ["month thirteen is none: 29013011234567", "month thirteen is none: 29013011234567"],
  ["Pay to GB29 NWBK 6016 1331 9268 19 please", "Pay to [account number] please"],
  ["EG380019000500000000263180002", "[account number]"],
  ["a wrong check: GB29 NWBK 6016 1331 9268 18", "a wrong check: GB29 NWBK 6016 1331 9268 18"],
  ["write to sara.o'neil+x@mail.example.co.uk.", "write to [e-mail address]."],
  ["البريد سارة@مثال.مصر", "البريد [e-mail address]"],
  ["ring +44 7911 123456 or ٠١٠٠١٢٣٤٥٦٧", "ring [phone number] or [phone number]"],
  ["card 4111 1111 1111 1111 then 0100 123 4567", "card [card number] then [phone number]"],
  [
    "on the 12th of March 2026 at 10:30 for 250 pounds, order 12345",
    "on the 12th of March 2026 at 10:30 for 250 pounds, order 12345",
  ],
])("%s", (text, expected) => {
  expect(redact(text, "EG")).toBe(expected);
});

test("only the kinds that are asked for; anywhere in a value; what is no string stays", () => {
  const text = "sara@mail.example, +447911123456";
  expect(redact(text, undefined, ["email"])).toBe("[e-mail address], +447911123456");
  expect(redact(text, undefined, [])).toBe(text);
  const value = { a: ["call +447911123456", 7, null, true], card: 4111111111111111, b: { c: "none" } };
  const redacted = { a: ["call [phone number]", 7, null, true], card: "[card number]", b: { c: "none" } };
  expect(redactValue(value, { kinds: everything, maskCards: maskCardNumbers })).toEqual(redacted);
});

test("a long word is read once: no text makes it slow", () => {
  const text = `${"a".repeat(200_000)} and sara@mail.example`;
  const startedAt = performance.now();
  expect(redact(text, undefined, ["email"])).toBe(`${"a".repeat(200_000)} and [e-mail address]`);
  // From each of its letters it would take minutes.
  expect(performance.now() - startedAt).toBeLessThan(2000);
});
