/** What callers do to a booking that is under way, found by simulated ones. */
import { brightSmileArabic, brightSmileEnglish } from "@parley/contract/demo-business";
import { describe, expect, test } from "vitest";
import { simulateCall } from "../../../testing/simulate-call.ts";
import { readAlternatives, readNeed } from "./dialogue/refusals.ts";
import { startState } from "./dialogue/state.ts";
import { createFrontDesk } from "./front-desk.ts";
import type { Expecting, UnderstandContext } from "./understand/types.ts";
import { understand } from "./understand/understand.ts";

const nowMs = Date.parse("2026-11-20T12:00:00Z");

function hear(text: string, expecting: Expecting) {
  const demo = /[\u0600-\u06FF]/.test(text) ? brightSmileArabic : brightSmileEnglish;
  const region = demo === brightSmileArabic ? "EG" : "US";
  const context: UnderstandContext = { nowMs, timeZone: demo.timeZone, region, facts: demo.facts, expecting };
  return understand(text, context);
}

test.each([
  ["No, the last four digits are 0143", "0143"],
  ["Sorry, it ends in zero one four three", "0143"],
  ["No, the last digit is seven, not five", "7"],
  ["معلش، آخره 2448", "2448"],
  ["لا، آخر رقم تمانية مش سبعة", "8"],
])("only the end of a number is corrected, and no time is read from it: %s", (text, end) => {
  const { slots, intent } = hear(text, "confirmation");
  expect(slots).toEqual({ phoneEnd: end });
  expect(["correction", "inform"]).toContain(intent);
});

test.each([
  ["my name is elena rossi r o s s i", "Elena Rossi"],
  ["Sarah Miller, that's M-I-L-L-E-R", "Sarah Miller"],
  ["It's Shawn Rosi, R O S S I", "Shawn Rossi"],
  ["omar patel p t e l", "Omar Patel"],
  ["okay daniel harris please", "Daniel Harris"],
  ["يوسف غانم ي و س ف", "يوسف غانم"],
  ["آية صلاح", "آية صلاح"],
  ["أنا باسم سليمان", "باسم سليمان"],
  // Also a practitioner's.
  ["اسمي أحمد فؤاد", "أحمد فؤاد"],
])("a name: %s", (text, name) => {
  expect(hear(text, "name").slots.name).toBe(name);
});

test("a practitioner is asked for by the title", () => {
  expect(hear("عايز أحجز مع دكتور أحمد فؤاد", "task").slots).toEqual({ practitioner: "د. أحمد فؤاد" });
});

test.each([
  ["let me see perfect yes", "yes"],
  ["ممم تمام كده", "yes"],
  ["ثانية واحدة، أيوه", "yes"],
  ["okay, no", "no"],
])("what callers say while they think is no answer: %s", (text, intent) => {
  const heard = hear(text, "confirmation");
  expect(heard).toMatchObject({ intent, slots: {} });
});

test("pauses between the pieces of a number are no digits", () => {
  expect(hear("it's 305 okay 555 let me see 0176", "phone").slots.phone).toBe("+13055550176");
  expect(hear("رقمي 010 ثانية واحدة 1234 بص 5678", "phone").slots.phone).toBe("+201012345678");
});

test("asking what is free on a day tells the day; asking for the hours does not", () => {
  expect(hear("عندكم إيه فاضي يوم السبت 28 نوفمبر", "date")).toMatchObject({ intent: "inform" });
  expect(hear("What are your opening hours on Tuesday?", "date").intent).toBe("ask-hours");
});

test("an appointment that cannot be kept is moved, not made", () => {
  const heard = hear("I can't make my appointment, could we do November 27th at 9:00 am instead?", "task");
  expect(heard).toMatchObject({ intent: "reschedule", slots: { date: "2026-11-27", time: "09:00" } });
});

describe("what a tool says against a deed", () => {
  const demo = brightSmileEnglish;
  const desk = {
    ...{ facts: demo.facts, nowMs, timeZone: demo.timeZone, region: "US" as const, language: "en" as const },
    ...{ tools: new Set<string>(), handoffs: [], question: "", passages: [] },
  };

  test("the times that are free instead are read", () => {
    const told =
      "That time is taken. Free instead: Friday 27 November at 9:00 AM; Monday 4 January at 2:30 PM. Say: later.";
    expect(readAlternatives(told, desk)).toEqual(["2026-11-27T09:00:00-05:00", "2027-01-04T14:30:00-05:00"]);
    expect(readAlternatives("This cannot be done.", desk)).toBeUndefined();
  });

  test("what it wants to know is asked", () => {
    expect(readNeed("name: ask for the full name that the appointment was made under.")).toBe("name");
    expect(readNeed("There are 2 coming appointments under this number: … Ask which one is meant, and …")).toBe(
      "which",
    );
    expect(readNeed("That time is taken.")).toBeUndefined();
    expect(startState(desk).needs.size).toBe(0);
  });
});

const failures = {
  which:
    "There are 2 coming appointments under this number: Cleaning on Tuesday; Filling on Friday. Ask which one is meant, and give its present time as currentStartsAt.",
  name: "name: ask for the full name that the appointment was made under.",
  none: "There is no coming appointment under this phone number.",
};

/** A tool that refuses for the reason until it is told what it wants. */
async function change(reason: keyof typeof failures, lines: readonly string[]) {
  const call = simulateCall({
    ...{ channel: "text", recogniser: false, voice: false },
    model: (clock) => createFrontDesk({ clock }),
    tools: ({ call: { input } }) => {
      const { name, service } = input as { name?: string; service?: string };
      const isTold = (reason === "which" && service !== undefined) || (reason === "name" && name !== undefined);
      return isTold
        ? { outcome: { status: "ok", output: { appointmentId: "a1" } } }
        : { outcome: { status: "failed", publicMessage: failures[reason] } };
    },
    plan: {
      instructions: brightSmileEnglish.instructions,
      tools: [{ name: "cancel_appointment", description: "", inputSchema: { type: "object" }, effect: "write" }],
    },
  });
  await call.advance(10);
  for (const line of lines) {
    call.line.type(line);
    await call.advance(500);
  }
  return {
    said: call.of("reply-finished").map(({ content }) => content.heard),
    inputs: call.toolRunner.requests.map((request) => request.call.input),
    refused: call.of("tool-refused").length,
  };
}

const cancelling = ["Please cancel my appointment", "617 555 0142", "yes"];

test("which of several appointments is meant is asked, and told to the tool", async () => {
  const { said, inputs, refused } = await change("which", [...cancelling, "the filling", "yes"]);
  expect(said.join(" ")).toMatch(/more than one appointment/);
  expect(inputs.at(-1)).toEqual({ phone: "+16175550142", service: "Filling" });
  expect(said.at(-1)).toMatch(/cancelled/);
  expect(refused).toBe(0);
});

test("the name is asked where the owner wants it checked", async () => {
  const { said, inputs, refused } = await change("name", [...cancelling, "Mona Adel", "yes"]);
  expect(said.join(" ")).toMatch(/your name/);
  expect(inputs.at(-1)).toEqual({ phone: "+16175550142", name: "Mona Adel" });
  expect(said.at(-1)).toMatch(/cancelled/);
  expect(refused).toBe(0);
});

test("that there is none under the number is said in words", async () => {
  const { said } = await change("none", cancelling);
  expect(said.at(-1)).toMatch(/can't find a coming appointment.*leave a message/);
});
