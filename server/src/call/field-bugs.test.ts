/** Bugs that others shipped and that no other test here already forbids; numbered as in docs/bugs-of-the-field.md. */
import { describe, expect, test } from "vitest";
import { simulateCall } from "../testing/simulate-call.ts";

describe("turn-taking", () => {
  test("3: a bare Yeah and a bare Yes end the turn equally soon", async () => {
    const delays: number[] = [];
    for (const word of ["Yeah.", "Yes."]) {
      const call = simulateCall();
      await call.pastGreeting();
      call.line.voiced = true;
      await call.advance(300);
      call.line.voiced = false;
      call.stt.emit({ type: "interim", text: word });
      await call.advance(1000);
      delays.push(call.of("turn-committed")[0]!.atMs - call.of("speech-ended")[0]!.lastVoiceAtMs);
    }
    expect(delays[0]).toBeCloseTo(delays[1]!, 0);
    expect(delays[0]).toBeLessThan(350);
  });

  test("5, 6: a recogniser that never reports an end does not hold the turn", async () => {
    const call = simulateCall({ decidesTurns: true });
    await call.pastGreeting();
    call.line.voiced = true;
    call.stt.emit({ type: "turn-started", text: "I want an appointment" });
    await call.advance(800);
    call.line.voiced = false;
    await call.advance(4500);
    expect(call.of("turn-committed")).toMatchObject([{ trigger: "silence" }]);
  });

  test("12: voice activity that is stuck because frames stopped coming does not hold the turn", async () => {
    const call = simulateCall();
    await call.pastGreeting();
    call.line.voiced = true;
    await call.advance(500);
    call.stt.emit({ type: "interim", text: "I need an appointment." });
    call.line.frozen = true;
    await call.advance(2600);
    expect(call.of("turn-committed")).toHaveLength(1);
  });

  test("15: a caller who thinks for eight seconds is asked, not cut off, and their turn goes on", async () => {
    const call = simulateCall();
    await call.pastGreeting();
    await call.advance(8500);
    expect(call.of("idle-prompt")).toHaveLength(1);
    expect(call.line.closed).toBeUndefined();
    await call.say("I would like a cleaning.");
    await call.advance(500);
    expect(call.of("turn-committed")).toHaveLength(1);
  });
});

describe("interruptions", () => {
  test("25: a barge-in stops the voice and the model, not only the sound", async () => {
    const call = simulateCall({ answer: () => ["One sentence for a start. ", 4000, "And another one."] });
    await call.pastGreeting();
    await call.say("Tell me everything.");
    await call.advance(500);
    await call.say("Stop that, please.", { durationMs: 500 });
    await call.advance(100);
    expect(call.model.aborted).toBe(1);
    await call.advance(6000);
    expect(call.tts.spoken.filter((text) => text.includes("another"))).toHaveLength(1); // the second answer's own
  });

  test("27: a greeting that a cough cut goes on, and is not lost", async () => {
    const call = simulateCall({ cachedPhrases: false });
    await call.advance(500);
    await call.noise(350);
    await call.advance(5000);
    expect(call.of("barge-in-false")).toHaveLength(1);
    expect(call.of("reply-finished")[0]).toMatchObject({
      phrase: "greeting",
      outcome: "completed",
      content: { unheard: "" },
    });
  });

  test("28: clicks shorter than speech are nothing", async () => {
    const call = simulateCall();
    await call.pastGreeting();
    for (let click = 0; click < 20; click++) {
      await call.noise(40);
      await call.advance(160);
    }
    expect(call.of("speech-started")).toHaveLength(0);
  });
});

describe("speculation and tools", () => {
  test("59: words added while a write is under way do not take the reply back, they are the next turn", async () => {
    const call = simulateCall({
      answer: (_request, number) =>
        number === 1
          ? [{ type: "tool-call", call: { id: "t1", name: "book", input: { day: "Tuesday" } } }]
          : [`Answer ${number}.`],
      tools: () => ({ afterMs: 2000, outcome: { status: "ok", output: { id: "a1" } } }),
      policy: { fillerAfterMs: 60_000 },
    });
    await call.pastGreeting();
    await call.say("Book me in for Tuesday.");
    await call.advance(100);
    await call.say("In the afternoon please.");
    await call.advance(8000);
    expect(call.of("turn-committed").map((event) => event.content.text)).toEqual([
      "Book me in for Tuesday.",
      "In the afternoon please.",
    ]);
    expect(call.toolRunner.requests).toHaveLength(1);
    expect(call.of("reply-withdrawn")).toHaveLength(0);
  });

  test("93: a tool that the caller talked over does not stay in progress for the model", async () => {
    const call = simulateCall({
      answer: (_request, number) =>
        number === 1
          ? ["Let me look at that for you. ", { type: "tool-call", call: { id: "t1", name: "look_up", input: {} } }]
          : ["Fine."],
      tools: () => ({ afterMs: 1500, outcome: { status: "ok", output: { found: true } } }),
    });
    await call.pastGreeting();
    await call.say("Look me up please.");
    await call.advance(600);
    await call.say("Actually, tell me your hours.", { durationMs: 700 });
    await call.advance(4000);
    const messages = call.model.requests.at(-1)!.messages;
    const asked = messages.flatMap((message) => (message.role === "agent" ? (message.toolCalls ?? []) : []));
    const answered = messages.filter((message) => message.role === "tool").map((message) => message.toolCallId);
    expect(answered).toEqual(asked.map((toolCall) => toolCall.id));
  });

  test("97: a filler does not put the idle prompt off, nor count as an answer", async () => {
    const call = simulateCall({
      answer: (_request, number) =>
        number === 1 ? [{ type: "tool-call", call: { id: "t1", name: "look_up", input: {} } }] : ["Nothing found."],
      tools: () => ({ afterMs: 3000, outcome: { status: "ok", output: {} } }),
    });
    await call.pastGreeting();
    await call.say("Look me up please.");
    await call.advance(6000);
    const finished = call.of("reply-finished").find((event) => event.turnId === "turn-1")!;
    expect(finished.content.heard).toBe("Nothing found.");
    await call.advance(8000);
    expect(call.of("idle-prompt")[0]!.atMs - finished.atMs).toBeCloseTo(8000, -2);
  });

  test("a filler that was not ready is not in the record as said", async () => {
    const call = simulateCall({
      cachedPhrases: false,
      answer: (_request, number) =>
        number === 1 ? [{ type: "tool-call", call: { id: "t1", name: "look_up", input: {} } }] : ["Nothing found."],
      tools: () => ({ afterMs: 3000, outcome: { status: "ok", output: {} } }),
    });
    await call.advance(3000);
    await call.say("Look me up please.");
    await call.advance(2000);
    expect(call.tts.spoken).toContain("One moment.");
    expect(call.of("reply-text").filter((event) => event.phrase === "filler")).toEqual([]);
    expect(call.line.playing()).toBe(false);
  });

  test("95: a reading tool's answer is not lost when the caller adds a word: the whole turn is asked again", async () => {
    const call = simulateCall({
      answer: (request) => {
        const done = request.messages.some((message) => message.role === "tool");
        return done
          ? ["You are on file."]
          : [{ type: "tool-call", call: { id: `t${request.messages.length}`, name: "look_up", input: {} } }];
      },
      tools: () => ({ afterMs: 400, outcome: { status: "ok", output: { file: 7 } } }),
    });
    await call.pastGreeting();
    await call.say("Look me up.");
    await call.advance(50);
    await call.say("Quickly, please.", { durationMs: 300 });
    await call.advance(3000);
    expect(call.of("reply-finished").at(-1)).toMatchObject({
      outcome: "completed",
      content: { heard: "You are on file." },
    });
  });
});

describe("silence and dead calls", () => {
  test("107: an idle prompt that the voice cannot speak is not the end of it", async () => {
    const call = simulateCall({ cachedPhrases: false });
    call.tts.mute = true;
    await call.advance(60_000);
    expect(call.of("call-ended")).toMatchObject([{ reason: "failed" }]);
    expect(call.line.closed).toBe("failed");
  });

  test("108: a call whose line is dead ends by the clock", async () => {
    const call = simulateCall({ policy: { maxCallDurationMs: 20_000, idlePromptAfterMs: 600_000 } });
    await call.advance(100);
    call.line.frozen = true;
    await call.advance(40_000);
    expect(call.of("call-ended")).toMatchObject([{ reason: "max-duration" }]);
  });
});

describe("heard on the simulated telephone", () => {
  test("a two-syllable mm-hm over an answer that ends in a question is a backchannel until the question was heard", async () => {
    const call = simulateCall({
      answer: () => ["We are open from nine to five on weekdays. On Saturday from ten to two. Would you like to book?"],
    });
    await call.pastGreeting();
    await call.say("What are your hours?");
    await call.advance(1600);
    call.line.voiced = true;
    await call.advance(300);
    call.line.voiced = false;
    await call.advance(140);
    call.line.voiced = true;
    await call.advance(300);
    call.stt.emit({ type: "interim", text: "Mm-hm." });
    call.line.voiced = false;
    await call.advance(320);
    call.stt.emit({ type: "final", text: "Mm-hm.", endOfSpeech: true });
    await call.advance(9000);
    expect(call.of("backchannel")).toHaveLength(1);
    expect(call.of("turn-committed")).toHaveLength(1);
    expect(call.of("reply-finished").find((event) => event.turnId === "turn-1")).toMatchObject({
      outcome: "completed",
    });
  });

  test("a last syllable after a quick commit brings no second turn", async () => {
    const call = simulateCall();
    await call.pastGreeting();
    call.line.voiced = true;
    await call.advance(300);
    call.line.voiced = false;
    call.stt.emit({ type: "interim", text: "Okay, yes." });
    await call.advance(480);
    expect(call.of("turn-committed")).toHaveLength(1);
    call.line.voiced = true;
    await call.advance(120);
    call.line.voiced = false;
    call.stt.emit({ type: "final", text: "Okay, yes.", endOfSpeech: true });
    await call.advance(5000);
    expect(call.of("turn-committed")).toHaveLength(1);
  });

  test("no, thank you … goodbye is one turn", async () => {
    const call = simulateCall();
    await call.pastGreeting();
    call.line.voiced = true;
    await call.advance(600);
    call.line.voiced = false;
    call.stt.emit({ type: "interim", text: "No, thank you." });
    await call.advance(250);
    call.line.voiced = true;
    await call.advance(500);
    call.line.voiced = false;
    call.stt.emit({ type: "interim", text: "No, thank you. Goodbye." });
    await call.advance(300);
    call.stt.emit({ type: "final", text: "No, thank you. Goodbye.", endOfSpeech: true });
    await call.advance(3000);
    expect(call.of("turn-committed").map((event) => event.content.text)).toEqual(["No, thank you. Goodbye."]);
  });
});
