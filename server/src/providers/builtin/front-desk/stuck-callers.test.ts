/** Calls that once went round in circles. */
import { brightSmileArabic, brightSmileEnglish, type DemoBusiness } from "@parley/contract/demo-business";
import { expect, test } from "vitest";
import type { ConversationMessage, ToolCall } from "../../../call/ports.ts";
import type { Clock } from "../../../kernel/clock.ts";
import { createFrontDesk } from "./front-desk.ts";

const nowMs = Date.parse("2026-11-23T15:00:00Z"); // a Monday
const clock: Clock = { now: () => 0, wallNow: () => nowMs, setTimer: () => () => undefined };
const toolNames = ["check_availability", "book_appointment", "cancel_appointment", "take_message", "end_call"];

/** `free`: start times by day; a day that is absent has none. */
function openDesk(demo: DemoBusiness, free: (date: string) => readonly string[]) {
  const model = createFrontDesk({ clock });
  const messages: ConversationMessage[] = [{ role: "agent", text: demo.greeting }];
  const calls: ToolCall[] = [];
  const tools = toolNames.map((name) => ({ name, description: "", inputSchema: {}, effect: "write" as const }));
  const step = async (): Promise<string> => {
    let text = "";
    const made: ToolCall[] = [];
    const { instructions, language } = demo;
    const request = { instructions, context: "", messages, tools, language, maxOutputTokens: 300 };
    for await (const part of model.generate({ ...request, signal: new AbortController().signal })) {
      if (part.type === "text") text += part.text;
      if (part.type === "tool-call") made.push(part.call);
    }
    messages.push({ role: "agent", text, ...(made.length > 0 ? { toolCalls: made } : {}) });
    for (const call of made) {
      calls.push(call);
      const date = (call.input as { date?: string }).date ?? "";
      const output = call.name === "check_availability" ? { slots: free(date) } : { appointmentId: "a1" };
      messages.push({ role: "tool", toolCallId: call.id, name: call.name, output, failed: false });
    }
    return made.some((call) => call.name !== "end_call") ? text + (await step()) : text;
  };
  return {
    calls,
    deed: () => calls.findLast((call) => call.name !== "check_availability"),
    say: (text: string) => {
      messages.push({ role: "caller", text });
      return step();
    },
  };
}

const always = (date: string) => ["10:00", "14:00", "15:00"].map((time) => `${date}T${time}:00-05:00`);

test("a number that never becomes valid is read back, and taken after a yes", async () => {
  const desk = openDesk(brightSmileEnglish, always);
  await desk.say("book a cleaning tomorrow at two my name is sara ahmed");
  expect(await desk.say("zero one zero one two three four five")).toMatch(/go on/i);
  expect(await desk.say("how much is it by the way")).toMatch(/\$90/);
  const readBack = await desk.say("zero one zero one two three four five six");
  expect(readBack).toMatch(/010.*Is that right\?/);
  expect(await desk.say("yes")).toMatch(/Sara Ahmed, phone .*Is that right\?/);
  await desk.say("yes");
  expect(desk.deed()).toMatchObject({ name: "book_appointment", input: { phone: "010123456" } });
});

test("a no to the digits goes on with what was said; a goodbye ends the call", async () => {
  const desk = openDesk(brightSmileEnglish, always);
  await desk.say("book a cleaning tomorrow at two my name is sara ahmed");
  await desk.say("zero one zero one two three four five");
  await desk.say("zero one zero one two three four five");
  expect(await desk.say("no")).toMatch(/Sara Ahmed/);
  expect(await desk.say("bye")).toMatch(/goodbye/i);
  expect(desk.deed()?.name).toBe("end_call");
});

test("who gives no number at all leaves a message without one", async () => {
  const desk = openDesk(brightSmileEnglish, always);
  await desk.say("can you tell the doctor that i'm running late");
  await desk.say("my name is mona");
  expect(await desk.say("no")).toMatch(/running late.*from Mona.*right/);
  await desk.say("yes");
  expect(desk.deed()).toMatchObject({ name: "take_message", input: { name: "Mona" } });
});

test("an Arabic number that is too short is read back too", async () => {
  const desk = openDesk(brightSmileArabic, (date) => [`${date}T14:00:00+02:00`]);
  await desk.say("عايز احجز تنضيف بكرة الساعة اتنين اسمي سارة");
  await desk.say("صفر واحد صفر اتنين تلاتة اربعة خمسة ستة");
  expect(await desk.say("صفر واحد صفر اتنين تلاتة اربعة خمسة ستة")).toMatch(/كده صح/);
  expect(await desk.say("ايوه")).toMatch(/باسم سارة، ورقم/);
  await desk.say("ايوه");
  expect(desk.deed()).toMatchObject({ name: "book_appointment", input: { phone: "01023456" } });
});

test("a full day: the next free one is offered, and a name given meanwhile is kept", async () => {
  const desk = openDesk(brightSmileEnglish, (date) => (date < "2026-11-26" ? [] : always(date)));
  expect(await desk.say("book a cleaning tomorrow")).toMatch(/nothing free on Tuesday.*Thursday, November 26th.*10 AM/);
  expect(await desk.say("my name is sara ahmed")).toMatch(/Thursday.*10 AM/);
  expect(await desk.say("ten is fine")).toMatch(/phone/i);
  expect(await desk.say("617 555 0199")).toMatch(/Thursday, November 26th at 10 AM.*Sara Ahmed/);
});

test("nothing free for days: a message, and no circle", async () => {
  const desk = openDesk(brightSmileEnglish, () => []);
  expect(await desk.say("book a cleaning tomorrow")).toMatch(/leave a message/);
  expect(await desk.say("yes please")).toMatch(/name/i);
  const other = openDesk(brightSmileEnglish, () => []);
  await other.say("book a cleaning tomorrow");
  expect(await other.say("my name is sara")).toMatch(/day/);
});

test.each([
  "",
  "yes",
  "no",
  "ok",
  "thanks",
  "hello",
  "😀",
  "...",
  "[keypad] 5",
  "[keypad] 1",
  "[keypad] #",
  "لا",
  "ماشي",
])("never silent: %j", async (text) => {
  for (const opening of ["hi", "book a cleaning", "i want to cancel", "can you take a message"]) {
    const desk = openDesk(brightSmileEnglish, always);
    await desk.say(opening);
    expect((await desk.say(text)).trim()).not.toBe("");
    expect((await desk.say(text)).trim()).not.toBe("");
  }
});

test("an aborted step says nothing", async () => {
  const model = createFrontDesk({ clock });
  const parts = [];
  const request = { instructions: "", context: "", messages: [], tools: [], language: "en-US", maxOutputTokens: 9 };
  for await (const part of model.generate({ ...request, signal: AbortSignal.abort() })) parts.push(part);
  expect(parts).toEqual([]);
});
