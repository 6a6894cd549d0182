/** What a call does when a machine rings. */
import { describe, expect, test } from "vitest";
import { simulateCall } from "../testing/simulate-call.ts";

const recording = "This is an important message about your vehicle warranty. Press one to speak with a specialist.";

describe("hanging up on a machine", () => {
  test("a recording over the greeting is told goodbye once, heard to the end of it, and hung up on", async () => {
    const call = simulateCall({ plan: { hangUpOnRobocalls: true } });
    await call.advance(600);
    await call.say(recording, { durationMs: 5000 });
    await call.advance(200);
    await call.say("Press nine to be removed.", { durationMs: 1500 });
    await call.advance(6000);
    await call.running.done;
    expect(call.of("call-ended")).toMatchObject([{ reason: "robocall" }]);
    const goodbye = call.of("reply-finished").filter(({ phrase }) => phrase === "goodbye");
    expect(goodbye).toMatchObject([
      { outcome: "completed", content: { heard: expect.stringContaining("recorded calls") } },
    ]);
    expect(call.of("turn-committed").at(-1)?.content.text).toContain("warranty");
  });

  test("said at once, no model is asked", async () => {
    const call = simulateCall({ plan: { hangUpOnRobocalls: true } });
    await call.pastGreeting();
    await call.say(recording, { durationMs: 1500 });
    await call.advance(8000);
    expect(call.of("call-ended")).toMatchObject([{ reason: "robocall" }]);
    expect(call.model.requests).toEqual([]);
  });

  test("in Arabic, in Arabic", async () => {
    const call = simulateCall({ plan: { hangUpOnRobocalls: true, language: "ar-EG", greeting: "أهلاً." } });
    await call.pastGreeting();
    await call.say("هذه رسالة مسجلة من شركتنا، اضغط واحد للاستماع", { durationMs: 4000 });
    await call.advance(8000);
    expect(call.of("call-ended")).toMatchObject([{ reason: "robocall" }]);
    expect(JSON.stringify(call.of("reply-text"))).toContain("مكالمات مسجلة");
  });

  test.each([
    [
      "a person who quotes one",
      true,
      "My phone said this is an important message about your warranty, press one. Is that you?",
    ],
    ["a policy that is off", false, recording],
  ])("%s is answered", async (_name, hangUpOnRobocalls, words) => {
    const call = simulateCall({ plan: { hangUpOnRobocalls } });
    await call.pastGreeting();
    await call.say(words, { durationMs: 5000 });
    await call.advance(6000);
    expect(call.of("call-ended")).toEqual([]);
    expect(call.of("reply-committed").length + call.of("reply-started").length).toBeGreaterThan(0);
  });

  test("once somebody has spoken like a person, nothing later ends the call", async () => {
    const call = simulateCall({ plan: { hangUpOnRobocalls: true } });
    await call.pastGreeting();
    await call.say("Hello, good morning.");
    await call.advance(3000);
    await call.say(recording, { durationMs: 5000 });
    await call.advance(6000);
    expect(call.of("call-ended")).toEqual([]);
  });

  test("an emergency in the same words comes first", async () => {
    const emergency = { words: ["chest pain"], say: "Ring 999 now." };
    const call = simulateCall({ plan: { hangUpOnRobocalls: true, emergency } });
    await call.pastGreeting();
    await call.say(`Chest pain. ${recording}`, { durationMs: 5000 });
    await call.advance(3000);
    expect(call.of("emergency")).toHaveLength(1);
    expect(call.of("call-ended")).toEqual([]);
  });
});
