/** Callers who want somebody else: put through, handed to another agent, or a message when neither can be. */
import { brightSmileArabic, brightSmileEnglish, type DemoBusiness } from "@parley/contract/demo-business";
import { describe, expect, test } from "vitest";
import type { ConversationMessage, ModelPart, ToolSpec } from "../../../call/ports.ts";
import type { Clock } from "../../../kernel/clock.ts";
import { createFrontDesk } from "./front-desk.ts";

const nowMs = Date.parse("2026-11-23T15:00:00Z");
const clock: Clock = { now: () => 0, wallNow: () => nowMs, setTimer: () => () => undefined };
const tool = (name: string, more: Partial<ToolSpec> = {}): ToolSpec => ({
  ...{ name, description: "", inputSchema: {}, effect: "write" },
  ...more,
});
const takeMessage = tool("take_message");
const transfer = tool("transfer_call");
const handoff = (agents: Readonly<Record<string, string>>) =>
  tool("handoff_to_agent", {
    description: `Hands the call over.\n${Object.entries(agents)
      .map(([name, when]) => `${name}: ${when}`)
      .join("\n")}`,
    inputSchema: { type: "object", properties: { agent: { type: "string", enum: Object.keys(agents) } } },
  });

async function answer(
  demo: DemoBusiness,
  tools: readonly ToolSpec[],
  lines: readonly (string | ConversationMessage)[],
) {
  const messages: ConversationMessage[] = [
    { role: "agent", text: demo.greeting },
    ...lines.map((line) => (typeof line === "string" ? { role: "caller" as const, text: line } : line)),
  ];
  const request = { instructions: demo.instructions, context: "", messages, tools, language: demo.language };
  const parts: ModelPart[] = [];
  const { signal } = new AbortController();
  for await (const part of createFrontDesk({ clock }).generate({ ...request, maxOutputTokens: 300, signal }))
    parts.push(part);
  return {
    text: parts.map((part) => (part.type === "text" ? part.text : "")).join(""),
    call: parts.flatMap((part) => (part.type === "tool-call" ? [part.call] : []))[0],
  };
}

const refused = (output: unknown, failed = false): ConversationMessage[] => [
  { role: "agent", text: "", toolCalls: [{ id: "desk-1", name: "transfer_call", input: {} }] },
  { role: "tool", toolCallId: "desk-1", name: "transfer_call", output, failed },
];

describe("a caller who wants a person", () => {
  test.each([
    [brightSmileEnglish, "I want to talk to a person"],
    [brightSmileEnglish, "can you put me through to the receptionist please"],
    [brightSmileEnglish, "[keypad] 0"],
    [brightSmileArabic, "عايز أكلم حد"],
    [brightSmileArabic, "حولني على حد من خدمة العملاء"],
  ])("%# is put through where the line can be", async (demo, line) => {
    const { call, text } = await answer(demo, [takeMessage, transfer], [line]);
    expect({ name: call?.name, text }).toEqual({ name: "transfer_call", text: "" });
  });

  test.each([
    [brightSmileEnglish, "I want to talk to a person", /call you back.*name/i],
    [brightSmileArabic, "عايز أكلم حد", /يكلمك|يتصلوا.*اسم/],
  ])("%# is called back where it cannot", async (demo, line, words) => {
    const { call, text } = await answer(demo, [takeMessage], [line]);
    expect(call).toBeUndefined();
    expect(text).toMatch(words);
  });

  test("is put through in the middle of a booking too", async () => {
    const lines = ["I'd like to book a cleaning tomorrow", "actually let me speak to a real person"];
    expect((await answer(brightSmileEnglish, [takeMessage, transfer], lines)).call?.name).toBe("transfer_call");
  });

  test.each([[{ transferred: false, say: "…" }, false] as const, [{ error: "no line" }, true] as const])(
    "leaves a message when it did not work, and is not sent round again (%#)",
    async (output, failed) => {
      const asked = "I want to talk to a person";
      const tools = [takeMessage, transfer];
      const after = await answer(brightSmileEnglish, tools, [asked, ...refused(output, failed)]);
      expect(after.call).toBeUndefined();
      expect(after.text).toMatch(/call you back.*name/i);
      const again = [asked, ...refused(output, failed), { role: "agent" as const, text: after.text }, asked];
      expect((await answer(brightSmileEnglish, tools, again)).call).toBeUndefined();
    },
  );
});

describe("another agent's matter", () => {
  const others = handoff({
    Nadia: "The caller asks about an invoice or a payment.",
    Sales: "The caller wants to buy whitening products.",
  });
  const arabicOthers = handoff({ نادية: "المتصل بيسأل عن الفواتير أو الدفع." });

  test.each([
    [others, "I have a question about my invoice", "Nadia"],
    [others, "can I speak to somebody about buying your products", "Sales"],
    [others, "let me talk to Nadia please", "Nadia"],
    [arabicOthers, "عندي سؤال عن الفاتورة والدفع", "نادية"],
  ])("%# goes to that agent", async (tools, line, agent) => {
    const demo = tools === arabicOthers ? brightSmileArabic : brightSmileEnglish;
    const { call, text } = await answer(demo, [takeMessage, transfer, tools], [line]);
    expect(call).toMatchObject({ name: "handoff_to_agent", input: { agent } });
    expect(text).not.toBe("");
  });

  test.each([
    ["what are your opening hours", undefined],
    ["I'd like to book a cleaning tomorrow at three", undefined],
    ["I want to talk to a person", "transfer_call"],
    ["florb the gnarl", undefined],
  ])("nothing else does: %s", async (line, name) => {
    const { call } = await answer(brightSmileEnglish, [transfer, others], [line]);
    expect(call?.name).toBe(name);
  });
});
