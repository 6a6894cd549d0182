import { describe, expect, test } from "vitest";
import type { SimulatedCall } from "../testing/simulate-call.ts";
import { simulateCall } from "../testing/simulate-call.ts";

const longAnswer =
  "We are open from nine to five on weekdays. On Saturday we open at ten and close at two. On Sunday we are closed.";

async function whileAnswering(options: Parameters<typeof simulateCall>[0] = {}): Promise<SimulatedCall> {
  const call = simulateCall({ answer: () => [longAnswer], ...options });
  await call.pastGreeting();
  await call.say("What are your hours?");
  await call.advance(1600);
  expect(call.line.playing()).toBe(true);
  return call;
}

const clears = (call: SimulatedCall) =>
  call.line.log.filter((entry) => entry.type === "clear").map((entry) => entry.atMs);

describe("barge-in", () => {
  test("speech of the minimum length stops the sound at once, before any word", async () => {
    const call = await whileAnswering();
    const startMs = call.clock.now();
    call.line.voiced = true;
    await call.advance(200);
    expect(clears(call)).toEqual([]);
    await call.advance(100);
    expect(clears(call)).toHaveLength(1);
    expect(clears(call)[0]! - startMs).toBeLessThanOrEqual(240 + 25);
    expect(call.line.playing()).toBe(false);
    expect(call.of("barge-in")).toHaveLength(1);
  });

  test("words make the cut final; conversation, record and ledger hold what was heard and no more", async () => {
    const call = await whileAnswering();
    await call.say("Actually, what about Monday evening?", { durationMs: 900 });
    await call.advance(300);
    const cut = call.of("reply-finished").find((event) => event.turnId === "turn-1")!;
    expect(cut.outcome).toBe("interrupted");
    expect(longAnswer.startsWith(cut.content.heard)).toBe(true);
    expect(cut.content.heard.length).toBeGreaterThan(10);
    expect(cut.content.heard.length).toBeLessThan(60);
    expect(`${cut.content.heard} ${cut.content.unheard}`.replace(/\s+/g, " ")).toBe(longAnswer);
    const told = call.model.requests
      .at(-1)!
      .messages.filter((message) => message.role === "agent")
      .at(-1);
    expect(told).toEqual({ role: "agent", text: cut.content.heard });
    expect(call.of("barge-in-confirmed")).toHaveLength(1);
  });

  test("a cough cuts and resumes where it was cut; the whole answer is heard in the end", async () => {
    const call = await whileAnswering();
    await call.noise(350);
    expect(call.line.playing()).toBe(false);
    await call.advance(1700);
    expect(call.of("barge-in-false")).toHaveLength(1);
    expect(call.line.playing()).toBe(true);
    await call.advance(8000);
    const finished = call.of("reply-finished").find((event) => event.turnId === "turn-1")!;
    expect(finished).toMatchObject({ outcome: "completed", content: { heard: longAnswer, unheard: "" } });
    expect(call.of("turn-committed")).toHaveLength(1);
    const sentMs = call.line.log.reduce((sum, entry) => sum + (entry.type === "audio" ? entry.durationMs : 0), 0);
    const answerMs = longAnswer.replace(/ (?=On)/g, "").length * 50;
    expect(call.line.heardMs()).toBeLessThan(sentMs);
    expect(call.line.heardMs()).toBeGreaterThan(answerMs);
    expect(call.line.heardMs()).toBeLessThan(answerMs + "Hello, this is the test desk.".length * 20 + 150);
  });

  test("a backchannel does not take the floor and is no turn", async () => {
    const call = await whileAnswering();
    await call.say("mm-hm", { durationMs: 200, finalAfterMs: 250 });
    await call.advance(8000);
    expect(call.of("backchannel")).toHaveLength(1);
    expect(call.of("turn-committed")).toHaveLength(1);
    expect(call.of("reply-finished").find((event) => event.turnId === "turn-1")).toMatchObject({
      outcome: "completed",
    });
  });

  test("a long mm-hm that cut the sound lets it go on at once, not after the false barge-in wait", async () => {
    const call = await whileAnswering();
    await call.say("mm-hm", { durationMs: 400, finalAfterMs: 200 });
    await call.advance(20);
    expect(call.line.playing()).toBe(true);
  });

  test("yes is an answer when the agent has just asked", async () => {
    const call = await whileAnswering({
      answer: (_request, number) =>
        number === 1 ? ["Is Tuesday at ten all right for you? I can also look for another day."] : ["Booked."],
    });
    await call.say("Yeah.", { durationMs: 350, finalAfterMs: 200 });
    await call.advance(500);
    expect(call.of("turn-committed").map((event) => event.content.text)).toEqual(["What are your hours?", "Yeah."]);
  });

  test("fewer words than the policy's minimum do not confirm; the reply resumes and the words wait for its end", async () => {
    const call = await whileAnswering({ policy: { bargeInMinWords: 3 } });
    await call.say("Sunday", { durationMs: 400 });
    await call.advance(1700);
    expect(call.of("barge-in-confirmed")).toHaveLength(0);
    expect(call.of("barge-in-false")).toHaveLength(1);
    await call.advance(9000);
    expect(call.of("turn-committed").map((event) => event.content.text)).toEqual(["What are your hours?", "Sunday"]);
  });

  test("works the fourth time as the first", async () => {
    const call = await whileAnswering();
    for (let time = 0; time < 4; time++) {
      await call.say(`And what about week ${time} then?`, { durationMs: 800 });
      await call.advance(1800);
      expect(call.line.playing()).toBe(true);
    }
    expect(call.of("barge-in-confirmed")).toHaveLength(4);
    expect(call.of("turn-committed")).toHaveLength(5);
  });

  test("when all of the sound has been sent and not all was heard, the rest counts as unheard", async () => {
    const answer = "Yes, we are open on Sundays too, until half past four.";
    const call = simulateCall({ answer: () => [answer] });
    await call.pastGreeting();
    await call.say("Are you open on Sundays?");
    await call.advance(answer.length * 50 - 500);
    expect(call.line.log.filter((entry) => entry.type === "mark").length).toBeGreaterThan(1);
    call.stt.emit({ type: "interim", text: "No, stop, that is wrong" });
    await call.advance(5);
    const cut = call.of("reply-finished").at(-1)!;
    expect(cut.outcome).toBe("interrupted");
    expect(cut.content.unheard.length).toBeGreaterThan(3);
  });

  test("an agent that may not be interrupted answers the words afterwards", async () => {
    const call = await whileAnswering({ policy: { bargeIn: false } });
    await call.say("What about Monday?", { durationMs: 700 });
    await call.advance(300);
    expect(clears(call)).toEqual([]);
    await call.advance(9000);
    expect(call.of("turn-committed").map((event) => event.content.text)).toEqual([
      "What are your hours?",
      "What about Monday?",
    ]);
  });

  test("noise that goes on for ever does not keep the agent silent", async () => {
    const call = await whileAnswering();
    call.line.voiced = true;
    await call.advance(9000);
    expect(call.of("barge-in-false").length).toBeGreaterThan(0);
    await call.advance(6000);
    expect(call.of("reply-finished").find((event) => event.turnId === "turn-1")).toMatchObject({
      outcome: "completed",
    });
  });

  test("words alone interrupt where voice activity heard nothing", async () => {
    const call = await whileAnswering();
    call.stt.emit({ type: "interim", text: "No, stop, that is wrong" });
    await call.advance(5);
    expect(call.of("barge-in-confirmed")).toHaveLength(1);
    expect(call.line.playing()).toBe(false);
  });
});
