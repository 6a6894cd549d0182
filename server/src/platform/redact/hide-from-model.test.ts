import { describe, expect, test } from "vitest";
import { maskCardNumbers } from "../../call/record/redact.ts";
import { createHiding } from "./hide-from-model.ts";

const hiding = (country = "GB") =>
  createHiding({ kinds: ["card", "national-id", "email", "phone"], maskCards: maskCardNumbers, country });

describe("what a model reads", () => {
  test("has names for numbers and addresses, the same for every spelling, and nothing at all of cards and ids", () => {
    const call = hiding();
    expect(call.hide("I am on 07911 123456 or sara@mail.example, card 4111 1111 1111 1111")).toBe(
      "I am on [phone-1] or [email-1], card [card number]",
    );
    expect(call.hide("+44 7911 123456, SARA@mail.example, +44 7911 123457, NI AB 12 34 56 C")).toBe(
      "[phone-1], [email-1], [phone-2], NI [national id]",
    );
    expect(call.hideValue({ slots: ["2026-11-23T10:00:00-05:00"], contact: { phone: "+447911123457" }, n: 7 })).toEqual(
      {
        slots: ["2026-11-23T10:00:00-05:00"],
        contact: { phone: "[phone-2]" },
        n: 7,
      },
    );
  });

  test("has no beginning of a number that the agent was cut in", () => {
    const call = hiding();
    call.hide("ring +447911123456");
    expect(call.hide("I will ring you on +44791112")).toBe("I will ring you on [phone-1]");
    expect(call.hide("In 1 or 2 days")).toBe("In 1 or 2 days");
  });

  test("finds Arabic digits too, and gives them back as they were said", () => {
    const call = hiding("EG");
    expect(call.hide("رقمي ٠١٠٠١٢٣٤٥٦٧ يا فندم")).toBe("رقمي [phone-1] يا فندم");
    expect(call.reveal("هتصل بحضرتك على [phone-1]")).toBe("هتصل بحضرتك على ٠١٠٠١٢٣٤٥٦٧");
  });
});

describe("what a model says", () => {
  test("becomes what was hidden, also where the name is written a little differently; a name of nobody stays", () => {
    const call = hiding();
    call.hide("07911 123456, sara@mail.example");
    expect(call.reveal("[Phone-1], [email_1], [phone 1] and [phone-9]")).toBe(
      "07911 123456, sara@mail.example, 07911 123456 and [phone-9]",
    );
    expect(call.revealValue({ phone: "[phone-1]", list: [{ to: "<[email-1]>" }], card: "[card number]" })).toEqual({
      phone: "07911 123456",
      list: [{ to: "<sara@mail.example>" }],
      card: "[card number]",
    });
  });

  test("is put together from pieces, wherever they are torn; other brackets are not held", () => {
    const call = hiding();
    call.hide("07911 123456");
    const text = "Is it [phone-1]? See [the note] and [1], [phone";
    for (let cut = 1; cut < text.length; cut++) {
      for (let second = cut; second < text.length; second++) {
        const pieces = call.revealPieces();
        const parts = [text.slice(0, cut), text.slice(cut, second), text.slice(second)];
        const said = parts.map((piece) => pieces.push(piece)).join("") + pieces.end();
        expect(said).toBe("Is it 07911 123456? See [the note] and [1], [phone");
      }
    }
    const pieces = call.revealPieces();
    expect([pieces.push("one [two three"), pieces.push(" four")]).toEqual(["one [two three", " four"]);
  });
});
