/** The built-in front desk in whole calls: what it does is what its callers asked for, and nothing of it is refused. */
import { brightSmileArabic, brightSmileEnglish } from "@parley/contract/demo-business";
import { expect, test } from "vitest";
import { createFrontDesk } from "../../providers/builtin/front-desk/index.ts";
import { simulateCall } from "../../testing/simulate-call.ts";
import type { ToolSpec } from "../ports.ts";

const tool = (name: string, effect: ToolSpec["effect"] = "write"): ToolSpec => ({
  name,
  description: name,
  inputSchema: { type: "object" },
  effect,
});
const tools = [
  tool("check_availability", "read"),
  ...["book_appointment", "reschedule_appointment", "cancel_appointment"].map((name) => tool(name)),
];

/** Every half hour from nine to five is free, in the business's zone. */
function slotsOf(date: string, offset: string) {
  return Array.from({ length: 16 }, (_, index) => {
    const time = `${String(9 + Math.floor(index / 2)).padStart(2, "0")}:${index % 2 === 0 ? "00" : "30"}`;
    return `${date}T${time}:00${offset}`;
  });
}

async function talkTo(demo: typeof brightSmileEnglish, lines: readonly string[], timeZone: string) {
  const offset = timeZone === "Africa/Cairo" ? "+02:00" : "-05:00";
  const call = simulateCall({
    ...{ channel: "text", recogniser: false, voice: false },
    model: (clock) => createFrontDesk({ clock, timeZone }),
    tools: ({ call: { name, input } }) => {
      const {
        date = "",
        startsAt,
        newStartsAt,
      } = (input ?? {}) as { date?: string; startsAt?: string; newStartsAt?: string };
      const output =
        name === "check_availability"
          ? { slots: slotsOf(date, offset) }
          : { appointmentId: "a1", startsAt: startsAt ?? newStartsAt };
      return { outcome: { status: "ok", output } };
    },
    plan: { tools, instructions: demo.instructions, language: demo.language, timeZone },
  });
  await call.advance(10);
  for (const line of lines) {
    call.line.type(line);
    await call.advance(500);
  }
  const deeds = call.toolRunner.requests
    .map(({ call: { name } }) => name)
    .filter((name) => name !== "check_availability");
  return { deeds, refused: call.of("tool-refused").map(({ content }) => content.input) };
}

const english: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  [
    "a booking",
    ["I'd like to book a cleaning on Tuesday at ten.", "Mona Adel", "617 555 0142", "Yes, that's right."],
    ["book_appointment"],
  ],
  [
    "no word for booking",
    [
      "My tooth hurts, can someone have a look on Monday?",
      "a check-up",
      "at half past nine",
      "Sarah Miller",
      "six one seven five five five oh one four two",
      "yep",
    ],
    ["book_appointment"],
  ],
  [
    "a corrected number",
    [
      "Book me a cleaning tomorrow week, Tuesday at 2 pm",
      "Nour Hassan",
      "617 555 0143",
      "No, the number is 617 555 0142.",
      "Yes.",
    ],
    ["book_appointment"],
  ],
  [
    "a changed mind",
    [
      "I need a filling on Wednesday at eleven",
      "Actually make it Thursday at three",
      "My name is John Smith",
      "617-555-0199",
      "correct",
    ],
    ["book_appointment"],
  ],
  ["a cancellation", ["I can't make it, please cancel my appointment", "617 555 0142", "yes"], ["cancel_appointment"]],
  [
    "a move",
    ["I want to move my appointment", "617 555 0142", "to Thursday at 4 pm", "yes please"],
    ["reschedule_appointment"],
  ],
  [
    "book, then cancel",
    ["Book a cleaning on Tuesday at ten", "Mona Adel", "617 555 0142", "yes", "Oh, please cancel that.", "yes"],
    ["book_appointment", "cancel_appointment"],
  ],
];
const arabic: typeof english = [
  ["حجز", ["عايز احجز تنضيف يوم التلات الساعة عشرة", "منى عادل", "01012345678", "ايوه صح"], ["book_appointment"]],
  [
    "حجز بالكلام",
    [
      "سناني وجعاني عايزة حد يشوفها بكرة",
      "كشف",
      "الساعة أربعة",
      "سارة محمود",
      "صفر واحد صفر واحد اتنين تلاتة اربعة خمسة ستة سبعة تمانية",
      "تمام",
    ],
    ["book_appointment"],
  ],
  ["إلغاء", ["لو سمحت عايز الغي الميعاد", "01012345678", "ايوه"], ["cancel_appointment"]],
  ["نقل", ["عايز اغير ميعادي", "01012345678", "يوم الخميس الساعة اربعة العصر", "اه تمام"], ["reschedule_appointment"]],
];

test.each(english)("English: %s", async (_name, lines, deeds) => {
  expect(await talkTo(brightSmileEnglish, lines, "America/New_York")).toEqual({ deeds, refused: [] });
});

test.each(arabic)("Arabic: %s", async (_name, lines, deeds) => {
  expect(await talkTo(brightSmileArabic, lines, "Africa/Cairo")).toEqual({ deeds, refused: [] });
});
