/** What a whole call leaves in its recording. */
import { describe, expect, test } from "vitest";
import { mulawSilence } from "../audio/mulaw.ts";
import { type SimulatedCall, type SimulateOptions, simulateCall } from "../testing/simulate-call.ts";

const longAnswer = "We are open from nine to five on weekdays. On Saturday we open at ten and close at two.";

function recordedCall(options: SimulateOptions = {}) {
  const pieces: Uint8Array[] = [];
  let closed = 0;
  const call = simulateCall({
    ...options,
    plan: { recording: { enabled: true }, ...options.plan },
    openRecording: () => ({
      write: (sound) => void pieces.push(sound.slice()),
      close: () => void closed++,
    }),
  });
  /** Milliseconds of sound of a voice within a span of the call. */
  const soundMs = (which: 0 | 1, fromMs = 0, toMs = Number.POSITIVE_INFINITY) => {
    const sound = Buffer.concat(pieces);
    let samples = 0;
    for (let at = fromMs * 8; at < Math.min(toMs * 8, sound.length / 2); at++) {
      if (sound[2 * at + which] !== mulawSilence) samples++;
    }
    return samples / 8;
  };
  const hangUp = async (running: SimulatedCall) => {
    running.line.hangUp();
    await running.advance(10);
  };
  return { call, soundMs, hangUp, closed: () => closed, lengthMs: () => Buffer.concat(pieces).length / 16 };
}

describe("recording a call", () => {
  test("the agent's side holds what the caller heard: what a barge-in cleared is not in it", async () => {
    const { call, soundMs, hangUp, lengthMs, closed } = recordedCall({ answer: () => [longAnswer] });
    await call.pastGreeting();
    await call.say("What are your hours?");
    await call.advance(1600);
    expect(call.line.playing()).toBe(true);
    const speaksMs = call.clock.now();
    await call.say("Actually, what about Monday evening?", { durationMs: 900 });
    const clearMs = call.line.log.find((entry) => entry.type === "clear")?.atMs ?? 0;
    expect(clearMs).toBeGreaterThan(speaksMs);
    await hangUp(call);
    const sentMs = call.line.log.reduce((sum, entry) => sum + (entry.type === "audio" ? entry.durationMs : 0), 0);
    expect(Math.abs(soundMs(1) - call.line.heardMs())).toBeLessThanOrEqual(40);
    expect(sentMs - soundMs(1)).toBeGreaterThan(100);
    expect(soundMs(1, clearMs + 1, speaksMs + 1000)).toBe(0);
    expect(Math.abs(soundMs(0, speaksMs - 5, speaksMs + 905) - 900)).toBeLessThanOrEqual(20);
    expect(Math.abs(lengthMs() - call.clock.now())).toBeLessThanOrEqual(40);
    expect(closed()).toBe(1);
  });

  test("a cough: the rest of the reply stands where it was heard, once", async () => {
    const { call, soundMs, hangUp } = recordedCall({ answer: () => [longAnswer] });
    await call.pastGreeting();
    await call.say("What are your hours?");
    await call.advance(1600);
    await call.noise(350);
    await call.advance(10_000);
    expect(call.of("barge-in-false")).toHaveLength(1);
    await hangUp(call);
    expect(Math.abs(soundMs(1) - call.line.heardMs())).toBeLessThanOrEqual(40);
  });

  test("the owner's announcement is said with the greeting, of a call that is recorded", async () => {
    const announcement = "This call may be recorded.";
    for (const enabled of [true, false]) {
      const { call } = recordedCall({ plan: { recording: { enabled, announcement } } });
      await call.advance(4000);
      const said = call.of("reply-text").map((event) => event.content.text);
      expect(said.join(" ")).toBe(`${enabled ? `${announcement} ` : ""}Hello, this is the test desk.`);
      expect(call.of("reply-first-audio").length).toBe(1);
    }
  });

  test("the announcement is heard to its end whatever is said over it; the rest of the greeting can be cut", async () => {
    const announcement = "This call is recorded for training and quality.";
    const greeting = "Hello, this is the test desk, how may we help you on this fine morning?";
    const { call } = recordedCall({ plan: { greeting, recording: { enabled: true, announcement } } });
    const announcementMs = announcement.length * 20;
    await call.advance(200);
    await call.say("I need an appointment", { durationMs: 500, finalAfterMs: 50 });
    expect(call.clock.now()).toBeLessThan(announcementMs);
    expect(call.of("barge-in")).toEqual([]);
    await call.advance(1500);
    const [cut] = call.of("reply-finished");
    expect(cut).toMatchObject({ phrase: "greeting", outcome: "interrupted" });
    expect(cut?.atMs).toBeGreaterThanOrEqual(announcementMs);
    expect(cut?.content.heard).toContain(announcement);
    expect(cut?.content.heard).not.toContain("morning");
    await call.advance(3000);
    expect(call.of("turn-committed").map((event) => event.content.text)).toEqual(["I need an appointment"]);
  });

  test("an operator's pause: silence until it is resumed, and both are on record", async () => {
    const { call, soundMs, hangUp } = recordedCall({ answer: () => [longAnswer] });
    await call.pastGreeting();
    const pausedMs = call.clock.now();
    call.running.push({ type: "operator", command: { type: "pause-recording" } });
    call.running.push({ type: "operator", command: { type: "pause-recording" } });
    await call.say("My password is swordfish.", { durationMs: 1500 });
    await call.advance(2000);
    const resumedMs = call.clock.now();
    call.running.push({ type: "operator", command: { type: "resume-recording" } });
    await call.advance(1500);
    await hangUp(call);
    expect([soundMs(0, pausedMs, resumedMs), soundMs(1, pausedMs, resumedMs)]).toEqual([0, 0]);
    expect(soundMs(1, resumedMs)).toBeGreaterThan(500);
    expect([call.of("recording-paused").length, call.of("recording-resumed").length]).toEqual([1, 1]);
  });

  test("help is called for while a card's digits are read out: it is recorded from there, the digits stay masked", async () => {
    const { call, soundMs, hangUp } = recordedCall({
      answer: () => ["Sure. What is your card number?"],
      plan: {
        recording: { enabled: true },
        pauseForCardDigits: true,
        emergency: { words: ["chest pain"], say: "Hang up and ring the emergency number now, please do it at once." },
      },
    });
    await call.pastGreeting();
    await call.say("I want to pay.");
    await call.advance(3000);
    const digitsMs = call.clock.now();
    await call.say("Four one one one, one one one one.", { durationMs: 2000, finalAfterMs: 100 });
    const silentMs = call.clock.now();
    await call.say("Four one one one, one one one one, oh, I have chest pain", { durationMs: 1500 });
    await call.advance(6000);
    await hangUp(call);
    const [emergency] = call.of("emergency");
    const helpMs = emergency?.atMs ?? Number.NaN;
    expect(soundMs(0, digitsMs, silentMs)).toBe(0);
    expect(soundMs(1, helpMs)).toBeGreaterThan(1000);
    expect(JSON.stringify(call.events)).not.toMatch(/one one one/i);
    expect(emergency?.content.text).toContain("chest pain");
    expect(call.of("reply-finished").find(({ phrase }) => phrase === "emergency")?.outcome).toBe("completed");
  });

  test("a call whose plan says nothing of it, and a call by text, are not recorded", async () => {
    for (const options of [{ plan: { recording: { enabled: false } } }, { channel: "text" }] as const) {
      const { call, hangUp, lengthMs, closed } = recordedCall(options);
      await call.pastGreeting();
      await hangUp(call);
      expect([lengthMs(), closed()]).toEqual([0, 0]);
    }
  });

  test("card digits: silent from the agent's question until the agent has gone on, and masked in every event", async () => {
    const answers = ["Sure. What is your card number?", "Thank you. Your visit is on Monday at ten."];
    const { call, soundMs, hangUp } = recordedCall({
      answer: () => [answers.shift() ?? "Bye."],
      plan: { recording: { enabled: true }, pauseForCardDigits: true },
    });
    await call.pastGreeting();
    await call.say("I want to pay.");
    await call.advance(3000);
    const askedMs = call.of("reply-text").find((event) => event.content.text.includes("card number"))?.atMs ?? 0;
    expect(askedMs).toBeGreaterThan(0);
    const saidMs = call.clock.now();
    await call.say("It is four one one one, one one one one, one one one one, one one one one.", { durationMs: 3000 });
    await call.advance(6000);
    const goesOnMs = call.of("reply-text").find((event) => event.content.text.includes("Thank you"))?.atMs ?? 0;
    expect(goesOnMs).toBeGreaterThan(saidMs + 3000);
    await call.say("Great, thanks.");
    await call.advance(200);
    const words = JSON.stringify(call.events);
    expect(words).not.toMatch(/one one one/);
    const turn = call.of("turn-committed").find((event) => event.atMs > saidMs);
    expect(turn?.content.text).toContain("[card number]");
    // The model has the caller's own words.
    expect(JSON.stringify(call.model.requests)).toContain("four one one one");
    await hangUp(call);
    expect(soundMs(0, askedMs, goesOnMs)).toBe(0);
    expect(soundMs(1, askedMs, goesOnMs)).toBe(0);
    expect(soundMs(1, goesOnMs)).toBeGreaterThan(500);
    expect(soundMs(0, goesOnMs)).toBeGreaterThan(500);
  });

  test("card digits nobody asked for: taken out from the beginning of the caller's speech", async () => {
    const { call, soundMs, hangUp } = recordedCall({
      plan: { recording: { enabled: true }, pauseForCardDigits: true },
    });
    await call.pastGreeting();
    const saidMs = call.clock.now();
    await call.say("Take it from 4111 1111 1111 1111 please.", { durationMs: 4000 });
    await hangUp(call);
    expect(JSON.stringify(call.events)).not.toContain("1111");
    expect(soundMs(0, saidMs + 20)).toBe(0);
  });
});
