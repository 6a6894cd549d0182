import { describe, expect, test } from "vitest";
import { defaultTurnPolicy } from "../call-plan.ts";
import { advanceTurn } from "./advance-turn.ts";
import type { TimedInput, TurnContext, TurnEffect, TurnInput, TurnState } from "./turn-state.ts";
import { initialTurnState } from "./turn-state.ts";
import { nextWakeMs } from "./watchdog.ts";

const context: TurnContext = {
  policy: defaultTurnPolicy,
  language: "en-US",
  hasRecogniser: true,
  recogniserDecides: false,
  keypadOnly: false,
};

/** Feeds inputs at their times, waking in between whenever the logic wants to be woken. */
function play(inputs: readonly TimedInput[], options: { context?: TurnContext; untilMs?: number } = {}) {
  const used = options.context ?? context;
  let state: TurnState = { ...initialTurnState };
  const log: (TurnEffect & { atMs: number })[] = [];
  const step = (input: TimedInput) => {
    const [next, effects] = advanceTurn(state, input, used);
    state = next;
    for (const effect of effects) log.push({ ...effect, atMs: input.atMs });
  };
  const wakeUntil = (untilMs: number) => {
    for (let turn = 0; turn < 1000; turn++) {
      const wakeMs = nextWakeMs(state, used);
      if (wakeMs === undefined || wakeMs > untilMs || state.ended) return;
      step({ type: "tick", atMs: Math.max(wakeMs, state.nowMs) });
    }
    throw new Error("woken for ever");
  };
  for (const input of inputs) {
    wakeUntil(input.atMs - 0.001);
    step(input);
  }
  if (options.untilMs !== undefined) wakeUntil(options.untilMs);
  return { state, log, commits: log.flatMap((entry) => (entry.type === "commit-turn" ? [entry] : [])) };
}

/** A caller who speaks from 1000 ms and whose last voiced sample is at 2000 ms. */
const spoken = (text: string, rest: Partial<Extract<TurnInput, { type: "words" }>> = {}): TimedInput[] => [
  { type: "speech-started", startedAtMs: 1000, atMs: 1060 },
  { type: "words", text, frozen: false, endOfSpeech: false, atMs: 2050, ...rest },
  { type: "speech-ended", lastVoiceAtMs: 2000, atMs: 2110 },
];

const noSpeculation: TurnContext = { ...context, policy: { ...defaultTurnPolicy, preemptiveGeneration: false } };

describe("endpointing without a recogniser's decision", () => {
  test.each([
    ["a finished sentence waits the policy's delay", "I would like to come in tomorrow.", 2000 + 500],
    ["a connective at the end waits longer", "I would like to come in tomorrow and", 2000 + 1400],
    ["digits being dictated wait longest", "my number is 0 1 2", 2000 + 1800],
    ["an unfinished e-mail address too", "my email is sara at gmail", 2000 + 1800],
    ["yes ends the turn at once", "yes", 2000 + 320],
    ["no ends the turn at once", "No.", 2000 + 320],
  ])("%s", (_name, text, expectedMs) => {
    const { commits } = play(spoken(text), { context: noSpeculation, untilMs: 8000 });
    expect(commits).toHaveLength(1);
    expect(commits[0]!.atMs).toBeGreaterThanOrEqual(Math.max(expectedMs, 2110) - 1);
    expect(commits[0]!.atMs).toBeLessThanOrEqual(Math.max(expectedMs, 2110) + 1);
  });

  test("Arabic: a connective holds the turn, أيوه ends it", () => {
    const arabic = { ...noSpeculation, language: "ar-EG" };
    const held = play(spoken("عايز أحجز ميعاد بكرة و"), { context: arabic, untilMs: 8000 });
    const yes = play(spoken("أيوه"), { context: arabic, untilMs: 8000 });
    expect(held.commits[0]!.atMs).toBeGreaterThanOrEqual(3399);
    expect(yes.commits[0]!.atMs).toBeLessThanOrEqual(2321);
  });

  test("a caller who pauses within a turn is given longer pauses", () => {
    const { state, commits } = play(
      [
        { type: "speech-started", startedAtMs: 1000, atMs: 1060 },
        { type: "words", text: "I would like to", frozen: false, endOfSpeech: false, atMs: 1500 },
        { type: "speech-ended", lastVoiceAtMs: 1600, atMs: 1710 },
        { type: "speech-started", startedAtMs: 2700, atMs: 2760 },
        {
          type: "words",
          text: "I would like to see somebody about my tooth",
          frozen: false,
          endOfSpeech: false,
          atMs: 3500,
        },
        { type: "speech-ended", lastVoiceAtMs: 3600, atMs: 3710 },
      ],
      { context: { ...noSpeculation, policy: { ...noSpeculation.policy, pauseAdaptation: 1 } }, untilMs: 9000 },
    );
    expect(state.caller.pauseMs).toBe(1100);
    expect(commits[0]!.atMs).toBeGreaterThanOrEqual(3600 + 1100 * 1.25 - 1);
  });

  test("nobody waits longer than the maximum", () => {
    const policy = { ...noSpeculation.policy, dictationDelayMs: 60_000, maxEndpointingDelayMs: 4000 };
    const { commits } = play(spoken("my number is 0 1 2"), { context: { ...noSpeculation, policy }, untilMs: 20_000 });
    expect(commits[0]!.atMs).toBeLessThanOrEqual(6001);
  });

  test("a noise that keeps voice activity up does not keep the turn open", () => {
    const inputs = spoken("I would like to come in tomorrow.").slice(0, 2);
    const { commits } = play(inputs, { context: noSpeculation, untilMs: 10_000 });
    expect(commits).toHaveLength(1);
    expect(commits[0]!.atMs).toBeLessThan(2050 + 1500 + 500 + 5);
  });
});

describe("a recogniser's end of speech", () => {
  test("is taken at once when the words sound finished", () => {
    const { commits } = play(
      [
        ...spoken("Book me in, please."),
        { type: "words", text: "Book me in, please.", frozen: true, endOfSpeech: true, atMs: 2300 },
      ],
      {
        context: noSpeculation,
        untilMs: 5000,
      },
    );
    expect(commits).toMatchObject([{ atMs: 2300, trigger: "recogniser" }]);
  });

  test("is not enough in the middle of a phone number", () => {
    const { commits } = play(
      [
        ...spoken("my number is 0 1 2"),
        { type: "words", text: "my number is 0 1 2", frozen: true, endOfSpeech: true, atMs: 2300 },
      ],
      {
        context: noSpeculation,
        untilMs: 8000,
      },
    );
    expect(commits[0]!.atMs).toBeGreaterThanOrEqual(3799);
  });

  test("of one that decides turns is trusted, but for dictation", () => {
    const decides = { ...noSpeculation, recogniserDecides: true };
    const ended = (text: string) =>
      play(
        [
          { type: "speech-started", startedAtMs: 1000, atMs: 1060 },
          { type: "speech-ended", lastVoiceAtMs: 2000, atMs: 2110 },
          { type: "turn-words", text, ending: "yes", atMs: 2300 },
        ],
        { context: decides, untilMs: 9000 },
      ).commits[0]!.atMs;
    expect(ended("I want to come in on")).toBe(2300);
    expect(ended("it is 0 1 2")).toBeGreaterThan(3700);
  });
});

describe("whatever happens", () => {
  /** A small seeded generator: the same inputs in every run. */
  function random(seed: number): () => number {
    let value = seed;
    return () => {
      value = (Math.imul(value, 1_664_525) + 1_013_904_223) >>> 0;
      return value / 2 ** 32;
    };
  }

  const texts = ["", "yes", "I want to book", "mm-hm", "my number is 0 1", "stop", "أيوه", "tomorrow at three.", "and"];

  function anyInput(next: () => number, state: TurnState): TurnInput {
    const pick = <T>(items: readonly T[]): T => items[Math.floor(next() * items.length)]!;
    const replyId = next() < 0.85 ? (state.reply?.id ?? "reply-0") : "reply-1";
    const text = pick(texts);
    return pick<TurnInput>([
      { type: "tick" },
      { type: "speech-started", startedAtMs: state.nowMs },
      { type: "speech-ended", lastVoiceAtMs: state.nowMs },
      { type: "words", text, frozen: next() < 0.5, endOfSpeech: next() < 0.3 },
      { type: "turn-words", text, ending: pick(["no", "likely", "yes"] as const) },
      { type: "end-of-speech" },
      { type: "typed", text: text || "hello" },
      { type: "digit", digit: pick(["1", "#", "*"]) },
      { type: "first-token", replyId },
      { type: "voice-asked", replyId },
      { type: "segment-heard", replyId, text: text || "Is it?" },
      { type: "audio-started", replyId, filler: next() < 0.2 },
      { type: "audio-drained", replyId },
      { type: "tool-started", replyId, effect: pick(["read", "write"] as const) },
      { type: "tools-finished", replyId },
      { type: "heard", replyId },
      { type: "reply-failed", replyId },
    ]);
  }

  test.each([1, 2, 3, 4, 5, 6])(
    "seed %i: one reply at a time, none both withdrawn and committed, and no deadline left behind",
    (seed) => {
      const next = random(seed);
      let state: TurnState = { ...initialTurnState };
      const live = new Set<string>();
      const withdrawn = new Set<string>();
      const long = {
        ...context,
        recogniserDecides: seed % 2 === 0,
        policy: { ...defaultTurnPolicy, maxCallDurationMs: 1e9, maxIdlePrompts: 1e9 },
      };
      const feed = (input: TimedInput) => {
        const [after, effects] = advanceTurn(state, input, long);
        for (const effect of effects) {
          if (effect.type === "start-reply" || effect.type === "start-phrase") live.add(effect.replyId);
          if (effect.type === "cut-reply" || effect.type === "withdraw-reply") live.delete(effect.replyId);
          if (effect.type === "withdraw-reply") withdrawn.add(effect.replyId);
          if (effect.type === "commit-reply") expect(withdrawn.has(effect.replyId)).toBe(false);
        }
        if (input.type === "heard" && state.reply?.id === input.replyId) live.delete(input.replyId);
        state = after;
        expect(live.size).toBeLessThanOrEqual(1);
        if (!state.ended) expect(live.has(state.reply?.id ?? "")).toBe(state.reply !== undefined);
      };
      feed({ type: "call-started", atMs: 0 });
      for (let step = 0; step < 4000; step++) {
        if (state.ended)
          state = { ...initialTurnState, nowMs: state.nowMs, replies: state.replies, idleSinceMs: state.nowMs };
        if (state.reply === undefined) live.clear();
        feed({ ...anyInput(next, state), atMs: state.nowMs + Math.floor(next() * 700) });
        const wakeMs = nextWakeMs(state, long);
        // While sound is played the ledger's own mark watchdog stands guard.
        if (!state.ended && state.reply?.audio !== "playing") expect(wakeMs).toBeGreaterThan(state.nowMs);
      }
    },
  );

  test("after the end nothing happens any more", () => {
    const { log } = play([
      { type: "call-started", atMs: 0 },
      { type: "closed", atMs: 100 },
      { type: "typed", text: "hello", atMs: 200 },
    ]);
    expect(log.at(-1)).toMatchObject({ type: "end-call", reason: "caller-hung-up" });
  });
});
