import { describe, expect, test } from "vitest";
import { receptionist } from "./brain.ts";
import { keyWords } from "./caller-line.ts";
import type { BrainTurn } from "./model-types.ts";
import { splitTokens } from "./tokens.ts";

const properties = { date: { type: "string" }, time: { type: "string" }, name: { type: "string" } };
const tools = ["book_appointment", "check_availability", "end_call", "transfer_call"].map((name) => ({
  name,
  description: "",
  schema: { type: "object", properties: name === "end_call" ? {} : properties, required: ["date", "time"] },
}));

function ask(...turns: (BrainTurn | string)[]) {
  const said = turns.map((turn): BrainTurn => (typeof turn === "string" ? { role: "user", text: turn } : turn));
  const replies = receptionist({ model: "m", system: "Today is 2026-11-20.", turns: said, tools, toolChoice: "auto" });
  return {
    text: replies.map((each) => each.text ?? "").join(""),
    calls: replies.flatMap((each) => each.toolCalls ?? []),
  };
}

const free: BrainTurn = { role: "tool", toolCallId: "1", name: "check_availability", text: '{"free":true}' };
const booked: BrainTurn = { role: "tool", toolCallId: "2", name: "book_appointment", text: '{"ok":true}' };

describe("the receptionist", () => {
  const heard = [
    "Do you repair dentures",
    "My filling is broken and it hurts",
    "ضرسي بيوجعني من امبارح",
    "How much is whitening",
  ];
  test.each(heard)("echoes: %s", (line) => {
    const { text, calls } = ask(line);
    for (const word of keyWords(line, 3)) expect(text).toContain(word);
    expect(calls).toEqual([]);
    expect(splitTokens(text).length).toBeGreaterThan(20);
    expect(splitTokens(text).length).toBeLessThan(60);
    expect(splitTokens(text).join("")).toBe(text);
  });

  test("books when asked with day and time, in one line or in several", () => {
    const input = { date: "2026-11-24", time: "15:00" };
    expect(ask("Book me a cleaning on Tuesday at three").calls).toEqual([{ name: "book_appointment", input }]);
    expect(ask("I want to book a cleaning", "on Tuesday", "at three p m").calls).toEqual([
      { name: "book_appointment", input },
    ]);
    expect(ask("عايز أحجز كشف", "يوم التلات الساعة تلاتة").calls).toEqual([{ name: "book_appointment", input }]);
    expect(ask("I want to book a cleaning on Tuesday").calls).toEqual([]);
  });

  test("checks first when asked what is free, and books on a yes", () => {
    const input = { date: "2026-11-21", time: "10:30" };
    expect(ask("Do you have anything tomorrow at 10:30?").calls).toEqual([{ name: "check_availability", input }]);
    expect(ask("Do you have anything tomorrow at 10:30?", free, "yes please").calls).toEqual([
      { name: "book_appointment", input },
    ]);
  });

  test("does not book twice", () => {
    expect(ask("Book Tuesday at three", booked, "thank you, which floor are you on").calls).toEqual([]);
    expect(ask("Book Tuesday at three", booked).text).toMatch(/is booked/);
    expect(ask("Book Tuesday at three", { ...booked, text: '{"error":"taken"}' }).text).toMatch(/did not work/);
  });

  test("puts through who asks for a person", () => {
    expect(ask("Can I talk to a real person please").calls.map((call) => call.name)).toEqual(["transfer_call"]);
    expect(ask("عايز اتكلم مع حد حقيقي").calls.map((call) => call.name)).toEqual(["transfer_call"]);
  });

  test("hangs up on a goodbye", () => {
    expect(ask("ok that's all, bye").calls.map((call) => call.name)).toEqual(["end_call"]);
    expect(ask("شكرا، مع السلامة").calls.map((call) => call.name)).toEqual(["end_call"]);
  });
});
