/** Whole calls through the real program: what the caller hears is read from the samples that reached the telephone. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { contentOf, eventsOf, startWorld, told, type World } from "./world.ts";

const minute = 60_000;
const greeted = { waitFor: "agentDone" } as const;
const done = { waitFor: "agentDone", withinMs: 15_000 } as const;

const words = (text: string) =>
  text
    .toLowerCase()
    .replaceAll(/[^a-z0-9' ]/g, "")
    .trim();

describe.concurrent.each([["nova-3"], ["flux-general-en"]] as const)("calls heard by %s", (recogniser) => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({ recogniser });
  }, minute);
  afterAll(() => world?.close(), minute);

  test("a greeting, a question, the answer, soon and without a hole", { timeout: minute }, async () => {
    const call = await world.call({
      steps: [greeted, { say: "What time do you open on Monday?" }, done, { hangUp: "now" }],
      expect: {
        heard: { inOrder: ["Bright Smile", "how can I help", "nine"] },
        latency: { firstAudioMaxMs: 1500 },
        underrunsMax: 0,
        talkedOverMax: 0,
        clears: { max: 0 },
        endedBy: "caller",
        hangUpReason: "caller-hung-up",
      },
    });
    expect(call.passed, told(call)).toBe(true);
  });

  test("an appointment is made, and once only when it is asked for twice", { timeout: minute }, async () => {
    const booked = { waitFor: { words: "booked" }, withinMs: 15_000 };
    const wish =
      "My name is Sara, my number is two oh two, five five five, zero one four three. I would like to book a cleaning next Tuesday at three in the afternoon.";
    const call = await world.call({
      steps: [greeted, { say: wish }, done, { say: wish }, booked, { hangUp: "now" }],
      expect: { heard: { contains: ["booked", "cleaning", "Tuesday"] }, tools: { called: ["book_appointment"] } },
    });
    expect(call.passed, told(call)).toBe(true);
    const bookings = eventsOf(call).filter(
      (event) => event.type === "tool-finished" && event["name"] === "book_appointment",
    );
    expect(bookings.map((event) => event["outcome"])).toEqual(["ok", "ok"]);
    const ids = bookings.map((event) => (contentOf(event, "output") as { appointmentId: string }).appointmentId);
    expect(ids[0]).toMatch(/^appt_/);
    expect(new Set(ids).size).toBe(1);
  });

  test("words over the agent silence it, and it answers them", { timeout: minute }, async () => {
    const call = await world.call({
      steps: [
        greeted,
        { say: "Tell me all your prices, please." },
        { bargeIn: { afterMs: 1500, say: "Sorry, wait. Where are you?" } },
        done,
        { hangUp: "now" },
      ],
      expect: {
        heard: { contains: ["Garden Street"] },
        bargeInSilentWithinMs: 700,
        clears: { min: 1, max: 1 },
        events: { contains: [{ type: "barge-in-confirmed" }] },
      },
    });
    expect(call.passed, told(call)).toBe(true);
    const cut = eventsOf(call).find((event) => event["outcome"] === "interrupted");
    const cutWords = words(String(contentOf(cut, "heard")));
    const [, , answer] = call.result.turns;
    const afterGreeting = words([call.result.turns[1]?.heard, answer?.heard].join(" "));
    expect(cutWords.split(" ").length).toBeGreaterThan(3);
    // What is stored of the cut reply is what the caller's ear made out, to the word.
    expect(afterGreeting.startsWith(`${cutWords} of course`), `${cutWords} | ${afterGreeting}`).toBe(true);
  });

  test("speech without words does not take the floor: the answer goes on where it was cut", {
    timeout: minute,
  }, async () => {
    const steps = [
      greeted,
      { say: "Where are you?" },
      { backchannel: { afterMs: 900, say: "Well, let me see." } },
      { waitFor: { quietMs: 4500 }, withinMs: 20_000 },
      { hangUp: "now" },
    ];
    const expected = {
      clears: { min: 1, max: 1 },
      events: { contains: [{ type: "barge-in" }, { type: "barge-in-false" }] },
    };
    const call = await world.call({ steps, expect: expected }, afterFirstLine(backwards));
    expect(call.passed, told(call)).toBe(true);
    expect(eventsOf(call).some(({ type }) => type === "barge-in-confirmed")).toBe(false);
    const heard = words(
      call.result.turns
        .slice(1)
        .map((turn) => turn.heard)
        .join(" "),
    );
    // The word that was cut is lost to a reader of whole words; no other is lost, and none is said twice.
    expect(heard).toContain("we are at twelve garden street next to the library");
    expect(heard.split("garden").length).toBe(2);
    expect(heard.split("of course").length).toBe(2);
  });

  test("a number in groups is not talked into", { timeout: minute }, async () => {
    const call = await world.call({
      steps: [
        greeted,
        { say: "My number is six one seven, [900] five five five, [1000] zero one [900] four two." },
        done,
        { hangUp: "now" },
      ],
      expect: { talkedOverMax: 0, latency: { firstAudioMaxMs: 4000 } },
    });
    expect(call.passed, told(call)).toBe(true);
    const turns = eventsOf(call).filter(({ type }) => type === "turn-committed");
    expect(turns).toHaveLength(1);
    // Every group arrived, whether the recogniser wrote words or digits.
    expect(words(String(contentOf(turns[0], "text"))).replaceAll(" ", "")).toMatch(/(four|4)(two|2)$/);
  });

  test("a key is a turn and is answered", { timeout: minute }, async () => {
    const call = await world.call({
      steps: [greeted, { press: "2" }, { waitFor: "agentStarts" }, { hangUp: "now" }],
      expect: {
        events: {
          contains: [
            { type: "keypad", content: { digit: "2" } },
            { type: "turn-committed", trigger: "keypad" },
          ],
        },
      },
    });
    expect(call.passed, told(call)).toBe(true);
  });

  test("the platform hangs up, after its goodbye was heard", { timeout: minute }, async () => {
    const call = await world.call({
      steps: [greeted, { say: "Thank you, that is all. Goodbye." }, { waitFor: "hangUp", withinMs: 15_000 }],
      expect: { endedBy: "platform", hangUpReason: "agent-ended" },
    });
    expect(call.passed, told(call)).toBe(true);
    expect(words(call.result.turns.at(-1)?.heard ?? "")).toMatch(/goodbye$/);
  });

  test("a caller who is gone in mid-word leaves no deed and no open call", { timeout: minute }, async () => {
    const call = await world.call({
      steps: [
        greeted,
        { hangUp: { whileSaying: "I would like to book a cleaning tomorrow at three.", afterMs: 1100 } },
      ],
      expect: { hangUpReason: "caller-hung-up", tools: { notCalled: ["book_appointment"] } },
    });
    expect(call.passed, told(call)).toBe(true);
  });

  test("the recogniser judges the sound: a broken codec is not understood, and the caller is told so", {
    timeout: minute,
  }, async () => {
    const steps = [greeted, { say: "What time do you open on Monday?" }, done, { hangUp: "now" }];
    const call = await world.call({ steps }, backwards);
    expect(call.result.heard, told(call)).toMatch(/didn't catch that|missed that/);
    expect(eventsOf(call).some(({ type }) => type === "turn-committed")).toBe(false);
  });
});

/** A broken codec that still sounds like speech: the samples of every packet come in the wrong order. */
function backwards(frame: string): string {
  return Buffer.from(frame, "base64").reverse().toString("base64");
}

/** Leaves the caller's first line as it is. */
function afterFirstLine(spoil: (frame: string) => string): (frame: string) => string {
  let voiced = 0;
  let still = 0;
  return (frame) => {
    const isVoiced = Buffer.from(frame, "base64").some((byte) => byte !== 0xff && byte !== 0x7f);
    voiced += isVoiced ? 1 : 0;
    still = isVoiced || voiced < 20 ? 0 : still + 1;
    if (still > 25) voiced = Number.POSITIVE_INFINITY;
    return voiced === Number.POSITIVE_INFINITY ? spoil(frame) : frame;
  };
}
