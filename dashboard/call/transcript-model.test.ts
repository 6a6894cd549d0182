import type { CallEvent, CallEventBody } from "@parley/contract/call-event";
import { describe, expect, test } from "vitest";
import type { AgentEntry, CallView } from "./entries.ts";
import { applyEvent, emptyView } from "./transcript-model.ts";
import { buildWaterfall, collectWaits, judgeWait, median } from "./waterfall.ts";

function play(...steps: [atMs: number, body: CallEventBody][]): CallView {
  return steps.reduce(
    (view, [atMs, body], seq) => applyEvent(view, { ...body, v: 1, seq, atMs } as CallEvent),
    emptyView,
  );
}
const text = (words: string) => ({ text: words });
const agentOf = (view: CallView) => view.entries.find((entry) => entry.kind === "agent") as AgentEntry;
const heard = (entry: AgentEntry) => entry.segments.map(({ text: words, heardChars }) => words.slice(0, heardChars));

describe("the caller's words", () => {
  test("interim words are replaced, final ones add up, and the committed turn is one line", () => {
    const open = play(
      [0, { type: "transcript-interim", content: text("I'd like") }],
      [1, { type: "transcript-interim", content: text("I'd like to book") }],
    );
    expect(open.entries).toMatchObject([{ kind: "caller", text: "", interim: "I'd like to book", turnId: undefined }]);
    const done = play(
      [0, { type: "transcript-interim", content: text("I'd like") }],
      [1, { type: "transcript-final", content: text("I'd like to book") }],
      [2, { type: "transcript-final", content: text("a cleaning") }],
      [
        3,
        { type: "turn-committed", turnId: "turn-1", trigger: "silence", content: text("I'd like to book a cleaning") },
      ],
    );
    expect(done.entries).toHaveLength(1);
    expect(done.entries[0]).toMatchObject({ text: "I'd like to book a cleaning", interim: "", turnId: "turn-1" });
  });

  test("a turn taken up again replaces its own line instead of adding one", () => {
    const view = play(
      [0, { type: "turn-committed", turnId: "turn-1", trigger: "silence", content: text("I'd like") }],
      [1, { type: "transcript-interim", content: text("to book") }],
      [2, { type: "turn-committed", turnId: "turn-1", trigger: "silence", content: text("I'd like to book") }],
    );
    expect(view.entries).toHaveLength(1);
    expect(view.entries[0]).toMatchObject({ text: "I'd like to book", turnId: "turn-1" });
  });

  test("a backchannel leaves a note and no line", () => {
    const view = play(
      [0, { type: "transcript-interim", content: text("mhm") }],
      [1, { type: "backchannel", content: text("mhm") }],
    );
    expect(view.entries.map((entry) => entry.kind)).toEqual(["note"]);
  });
});

test("a note stands above the line the caller is still saying", () => {
  const view = play(
    [0, { type: "transcript-interim", content: text("wait") }],
    [1, { type: "barge-in-confirmed", replyId: "r" }],
  );
  expect(view.entries.map((entry) => entry.kind)).toEqual(["note", "caller"]);
});

describe("the agent's words", () => {
  const reply: [number, CallEventBody][] = [
    [0, { type: "turn-committed", turnId: "turn-1", trigger: "typed", content: text("hours?") }],
    [1, { type: "reply-started", replyId: "r", turnId: "turn-1", speculative: false }],
    [2, { type: "reply-text", replyId: "r", segment: 0, content: text("We open at nine.") }],
    [3, { type: "reply-text", replyId: "r", segment: 1, content: text("And we close at six.") }],
  ];

  test("are light until their segment was heard", () => {
    expect(heard(agentOf(play(...reply)))).toEqual(["", ""]);
    const view = play(...reply, [4, { type: "segment-heard", replyId: "r", segment: 0 }]);
    expect(heard(agentOf(view))).toEqual(["We open at nine.", ""]);
    expect(agentOf(view)).toMatchObject({ state: "speaking", turnId: "turn-1" });
  });

  test("cut by the caller: what was heard to the word, the rest never", () => {
    const content = { heard: "We open at nine. And we", unheard: "close at six." };
    const view = play(...reply, [
      9,
      { type: "reply-finished", replyId: "r", turnId: "turn-1", outcome: "interrupted", heardMs: 900, content },
    ]);
    expect(heard(agentOf(view))).toEqual(["We open at nine.", "And we"]);
    expect(agentOf(view).state).toBe("interrupted");
  });

  test("a withdrawn reply leaves no trace, a filler is not an answer", () => {
    const view = play(...reply, [
      5,
      { type: "reply-text", replyId: "r", segment: -1, phrase: "filler", content: text("One moment.") },
    ]);
    expect(view.entries.map((entry) => entry.kind)).toEqual(["caller", "agent", "filler"]);
    const taken = applyEvent(view, { type: "reply-withdrawn", replyId: "r", generatedChars: 9, v: 1, seq: 9, atMs: 6 });
    expect(taken.entries.map((entry) => entry.kind)).toEqual(["caller"]);
  });

  test("a tool's card gets its outcome, and what is said after it stands below it", () => {
    const view = play(
      ...reply.slice(0, 3),
      [
        3,
        {
          type: "tool-started",
          toolCallId: "t",
          replyId: "r",
          name: "book",
          effect: "write",
          content: { input: { a: 1 } },
        },
      ],
      [
        9,
        {
          type: "tool-finished",
          toolCallId: "t",
          replyId: "r",
          name: "book",
          outcome: "ok",
          durationMs: 6,
          content: { output: 2 },
        },
      ],
      [10, { type: "reply-text", replyId: "r", segment: 1, content: text("Done.") }],
      [
        11,
        {
          type: "reply-finished",
          replyId: "r",
          turnId: "turn-1",
          outcome: "completed",
          heardMs: 1,
          content: { heard: "We open at nine. Done.", unheard: "" },
        },
      ],
    );
    expect(view.entries.map((entry) => entry.kind)).toEqual(["caller", "agent", "tool", "agent"]);
    expect(view.entries[2]).toMatchObject({ outcome: "ok", output: 2, durationMs: 6 });
    expect(view.entries[3]).toMatchObject({ segments: [{ heardChars: 5 }] });
  });
});

test("a stage error stands in the vendor's own words", () => {
  const view = play([
    0,
    {
      type: "stage-error",
      stage: "recogniser",
      provider: "deepgram",
      category: "auth",
      permanent: true,
      status: 401,
      content: { vendorMessage: "INVALID_AUTH" },
    },
  ]);
  expect(view.entries).toMatchObject([{ kind: "note", tone: "error", detail: "INVALID_AUTH" }]);
});

test("an event of a later version is passed over", () => {
  expect(applyEvent(emptyView, { type: "something-new", v: 1, seq: 0, atMs: 0 } as unknown as CallEvent)).toEqual(
    emptyView,
  );
});

describe("the waterfall", () => {
  const spoken: [number, CallEventBody][] = [
    [1300, { type: "reply-started", replyId: "r", turnId: "turn-1", speculative: true }],
    [
      1400,
      { type: "turn-committed", turnId: "turn-1", trigger: "recogniser", lastVoiceAtMs: 1000, content: text("hi") },
    ],
    [1600, { type: "model-first-token", replyId: "r" }],
    [1700, { type: "reply-first-sentence", replyId: "r" }],
    [1850, { type: "voice-first-byte", replyId: "r" }],
    [1860, { type: "reply-first-audio", replyId: "r" }],
  ];

  test("bars lie where things happened, speculation over endpointing", () => {
    const fall = buildWaterfall(play(...spoken).timings["turn-1"]!);
    expect(fall).toMatchObject({ headlineMs: 860, endedBy: "audio" });
    expect(fall?.bars.map(({ stage, startMs, durationMs }) => [stage, startMs, durationMs])).toEqual([
      ["endpointing", 0, 400],
      ["first-token", 300, 300],
      ["first-sentence", 600, 100],
      ["voice", 700, 150],
      ["platform", 850, 10],
    ]);
  });

  test("the platform's own figure is the headline", () => {
    const view = play(...spoken, [
      1861,
      { type: "turn-latency", turnId: "turn-1", replyId: "r", latency: { firstAudioMs: 861.5 } },
    ]);
    expect(buildWaterfall(view.timings["turn-1"]!)?.headlineMs).toBe(861.5);
    expect(collectWaits(view)).toEqual([861.5]);
  });

  test("a typed turn without sound ends with its first words, its tool in between", () => {
    const view = play(
      [100, { type: "turn-committed", turnId: "t", trigger: "typed", content: text("hi") }],
      [101, { type: "reply-started", replyId: "r", turnId: "t", speculative: false }],
      [150, { type: "model-first-token", replyId: "r" }],
      [
        180,
        {
          type: "tool-finished",
          toolCallId: "x",
          replyId: "r",
          name: "check_availability",
          outcome: "ok",
          durationMs: 20,
          content: { output: 1 },
        },
      ],
      [200, { type: "model-first-token", replyId: "r" }],
      [210, { type: "reply-first-sentence", replyId: "r" }],
      [212, { type: "reply-text", replyId: "r", segment: 0, content: text("Yes.") }],
    );
    const fall = buildWaterfall(view.timings["t"]!);
    expect(fall).toMatchObject({ headlineMs: 112, endedBy: "text" });
    expect(fall?.bars.map(({ stage, startMs, durationMs }) => [stage, startMs, durationMs])).toEqual([
      ["first-token", 1, 49],
      ["tool", 60, 20],
      ["first-sentence", 100, 10],
      ["platform", 110, 2],
    ]);
  });

  test("a withdrawn answer's clock does not count for the next one", () => {
    const view = play(
      ...spoken.slice(0, 3),
      [1650, { type: "reply-withdrawn", replyId: "r", generatedChars: 3 }],
      [2000, { type: "reply-started", replyId: "r2", turnId: "turn-1", speculative: false }],
      [2100, { type: "model-first-token", replyId: "r2" }],
    );
    expect(view.timings["turn-1"]).toMatchObject({ askedAtMs: 2000, firstTokenAtMs: 2100, committedAtMs: 1400 });
  });

  test("thresholds and medians", () => {
    expect([800, 801, 1501].map(judgeWait)).toEqual(["good", "fair", "slow"]);
    expect([median([]), median([3]), median([4, 1, 2, 3])]).toEqual([undefined, 3, 2.5]);
  });
});
