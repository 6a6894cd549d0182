import { describe, expect, test } from "vitest";
import { ProviderError } from "../kernel/app-error.ts";
import { simulateCall } from "../testing/simulate-call.ts";

const overloaded = () =>
  new ProviderError("overloaded", {
    provider: "scripted",
    category: "overloaded",
    permanent: false,
    vendorMessage: "Overloaded, come back later",
  });

describe("greeting", () => {
  test("comes from ready frames: its first audio is sent within one timer of the answer", async () => {
    const call = simulateCall();
    await call.advance(1);
    expect(call.of("reply-first-audio")[0]).toMatchObject({ phrase: "greeting" });
    expect(call.of("reply-first-audio")[0]!.atMs).toBeLessThan(1);
    expect(call.tts.spoken).toEqual([]);
  });

  test("is in the conversation as heard, so that the model does not greet again", async () => {
    const call = simulateCall();
    await call.pastGreeting();
    await call.say("What are your hours?");
    await call.advance(1000);
    expect(call.model.requests.at(-1)!.messages).toEqual([
      { role: "agent", text: "Hello, this is the test desk." },
      { role: "caller", text: "What are your hours?" },
    ]);
  });

  test("a sentence that is not ready is spoken, and ready the next time", async () => {
    const call = simulateCall({ cachedPhrases: false });
    await call.advance(200);
    expect(call.tts.spoken).toEqual(["Hello, this is the test desk."]);
    expect(call.of("reply-first-audio")).toHaveLength(1);
  });
});

describe("a turn", () => {
  test("the reply begins on suspicion, is committed when the recogniser hears the end, and its sound starts then", async () => {
    const call = simulateCall({ answer: () => [100, "We are open from nine to five."] });
    await call.pastGreeting();
    await call.say("What are your hours?", { finalAfterMs: 400 });
    expect(call.of("reply-started")).toMatchObject([{ speculative: true }]);
    const started = call.of("reply-started")[0]!;
    const committed = call.of("turn-committed")[0]!;
    expect(started.atMs).toBeLessThan(committed.atMs - 100);
    expect(committed).toMatchObject({ trigger: "recogniser", content: { text: "What are your hours?" } });
    await call.advance(100);
    const first = call.of("reply-first-audio").at(-1)!;
    expect(first.atMs - committed.atMs).toBeLessThanOrEqual(1);
    expect(call.of("turn-latency")[0]!.latency.firstAudioMs).toBeCloseTo(400, -1.4);
    expect(call.model.requests).toHaveLength(1);
  });

  test("without speculation the model is asked at the end of the turn", async () => {
    const call = simulateCall({ policy: { preemptiveGeneration: false } });
    await call.pastGreeting();
    await call.say("What are your hours?");
    expect(call.of("reply-started")).toMatchObject([{ speculative: false }]);
    expect(call.of("reply-started")[0]!.atMs).toBe(call.of("turn-committed")[0]!.atMs);
  });

  test("silence ends the turn when the recogniser never says so", async () => {
    const call = simulateCall({ policy: { preemptiveGeneration: false } });
    await call.pastGreeting();
    call.line.voiced = true;
    await call.advance(500);
    call.line.voiced = false;
    call.stt.emit({ type: "interim", text: "I would like to see the dentist." });
    await call.advance(400);
    expect(call.of("turn-committed")).toHaveLength(0);
    await call.advance(250);
    expect(call.of("turn-committed")).toMatchObject([{ trigger: "silence" }]);
  });

  test("the late final copy of committed words is no second turn", async () => {
    const call = simulateCall();
    await call.pastGreeting();
    call.line.voiced = true;
    await call.advance(500);
    call.line.voiced = false;
    call.stt.emit({ type: "interim", text: "What are your hours?" });
    await call.advance(700);
    expect(call.of("turn-committed")).toHaveLength(1);
    call.stt.emit({ type: "final", text: "What are your hours?", endOfSpeech: true });
    await call.advance(6000);
    expect(call.of("turn-committed")).toHaveLength(1);
    expect(call.of("reply-finished").filter((event) => event.turnId !== undefined)).toMatchObject([
      { outcome: "completed" },
    ]);
  });

  test("words that come before anything was heard belong to the same turn, and the first answer leaves no trace", async () => {
    const call = simulateCall({ answer: () => [900, "Which day suits you?"] });
    await call.pastGreeting();
    await call.say("I want a cleaning.");
    expect(call.of("turn-committed")).toHaveLength(1);
    await call.advance(100);
    await call.say("On Tuesday morning.");
    await call.advance(2500);
    const last = call.model.requests.at(-1)!;
    expect(last.messages.filter((message) => message.role === "caller")).toEqual([
      { role: "caller", text: "I want a cleaning. On Tuesday morning." },
    ]);
    expect(call.of("reply-finished").filter((event) => event.turnId !== undefined)).toMatchObject([
      { outcome: "completed" },
    ]);
  });
});

describe("speculation", () => {
  test("a withdrawn reply is neither heard, nor stored, nor acted on", async () => {
    const call = simulateCall({
      answer: (request) => {
        const text = request.messages.at(-1)!;
        if (text.role === "caller" && text.text === "Book me in.") {
          return [
            "SECRET withdrawn words. ",
            { type: "tool-call", call: { id: "t1", name: "book", input: { day: "today" } } },
          ];
        }
        return ["All right."];
      },
      policy: { endpointingDelayMs: 900 },
    });
    await call.pastGreeting();
    call.line.voiced = true;
    await call.advance(400);
    call.line.voiced = false;
    call.stt.emit({ type: "interim", text: "Book me in." });
    await call.advance(400);
    expect(call.of("reply-started")).toMatchObject([{ speculative: true }]);
    await call.say("Book me in. No, wait, tell me the price first.");
    await call.advance(4000);
    expect(call.of("reply-withdrawn").length).toBeGreaterThan(0);
    expect(call.toolRunner.requests).toEqual([]);
    expect(JSON.stringify(call.events)).not.toContain("SECRET");
    expect(JSON.stringify(call.model.requests.at(-1)!.messages)).not.toContain("SECRET");
  });

  test("reads may run on suspicion, their record waits for the commit", async () => {
    const call = simulateCall({
      answer: (_request, number) =>
        number === 1 ? [{ type: "tool-call", call: { id: "t1", name: "look_up", input: {} } }] : ["Found it."],
      policy: { endpointingDelayMs: 900 },
    });
    await call.pastGreeting();
    call.line.voiced = true;
    await call.advance(400);
    call.line.voiced = false;
    call.stt.emit({ type: "interim", text: "Look it up for me please." });
    await call.advance(500);
    expect(call.toolRunner.requests).toHaveLength(1);
    expect(call.of("tool-started")).toHaveLength(0);
    await call.advance(600);
    expect(call.of("tool-started")).toHaveLength(1);
    expect(call.of("tool-finished")).toMatchObject([{ outcome: "ok" }]);
  });

  test("is bounded in one turn", async () => {
    const call = simulateCall({
      policy: { maxSpeculationsPerTurn: 2, endpointingDelayMs: 3000, maxEndpointingDelayMs: 3000 },
    });
    await call.pastGreeting();
    let text = "";
    for (const word of ["Tell me.", "About you.", "And them.", "And us.", "Now."]) {
      call.line.voiced = true;
      await call.advance(300);
      call.line.voiced = false;
      text += ` ${word}`;
      call.stt.emit({ type: "interim", text });
      await call.advance(400);
    }
    expect(call.of("reply-started").filter((event) => event.speculative)).toHaveLength(2);
  });
});

describe("a recogniser that decides turns", () => {
  test("eager end starts the reply, resumed speech withdraws it, the end commits", async () => {
    const call = simulateCall({ decidesTurns: true });
    await call.pastGreeting();
    call.line.voiced = true;
    call.stt.emit({ type: "turn-started", text: "I" });
    await call.advance(400);
    call.stt.emit({ type: "turn-ending", text: "I need a cleaning" });
    await call.advance(50);
    expect(call.of("reply-started")).toMatchObject([{ speculative: true }]);
    call.stt.emit({ type: "turn-resumed", text: "I need a cleaning" });
    await call.advance(50);
    expect(call.of("reply-withdrawn")).toHaveLength(1);
    call.line.voiced = false;
    call.stt.emit({ type: "turn-ending", text: "I need a cleaning tomorrow" });
    await call.advance(200);
    expect(call.of("reply-first-audio").filter((event) => event.phrase === undefined)).toHaveLength(0);
    call.stt.emit({ type: "turn-ended", text: "I need a cleaning tomorrow", trigger: "model" });
    await call.advance(5);
    expect(call.of("turn-committed")).toMatchObject([
      { trigger: "recogniser", content: { text: "I need a cleaning tomorrow" } },
    ]);
    expect(call.of("reply-first-audio").filter((event) => event.phrase === undefined)).toHaveLength(1);
    expect(call.model.requests).toHaveLength(2);
  });
});

describe("tools", () => {
  const bookThenTell = (_request: unknown, number: number) =>
    number === 1
      ? [{ type: "tool-call" as const, call: { id: "t1", name: "book", input: { day: "Tuesday" } } }]
      : ["You are booked for Tuesday."];

  test("a slow tool is covered by a filler that never becomes an answer", async () => {
    const call = simulateCall({
      answer: bookThenTell,
      tools: () => ({ afterMs: 2500, outcome: { status: "ok", output: { id: 7 } } }),
    });
    await call.pastGreeting();
    await call.say("Book me in for Tuesday.");
    await call.advance(1000);
    expect(call.of("reply-text").filter((event) => event.phrase === "filler")).toHaveLength(1);
    expect(call.line.playing()).toBe(true);
    await call.advance(6000);
    await call.say("Thank you very much.");
    await call.advance(3000);
    expect(JSON.stringify(call.model.requests.at(-1)!.messages)).not.toContain("One moment");
    expect(call.of("reply-finished").find((event) => event.turnId === "turn-1")).toMatchObject({
      outcome: "completed",
      content: { heard: "You are booked for Tuesday." },
    });
  });

  test("a write survives a barge-in, its result is kept, and the same deed is not done twice", async () => {
    const call = simulateCall({
      answer: (_request, number) => {
        if (number === 1)
          return [
            "Let me book that for you now. ",
            { type: "tool-call", call: { id: "t1", name: "book", input: { day: "Tuesday" } } },
          ];
        if (number === 2) return [{ type: "tool-call", call: { id: "t2", name: "book", input: { day: " tuesday " } } }];
        return ["It is done."];
      },
      tools: () => ({ afterMs: 3000, outcome: { status: "ok", output: { appointmentId: "a1" } } }),
    });
    await call.pastGreeting();
    await call.say("Book me in for Tuesday.");
    await call.advance(600);
    expect(call.toolRunner.requests).toHaveLength(1);
    await call.say("And hurry up with that please.");
    await call.advance(8000);
    expect(call.toolRunner.requests).toHaveLength(1);
    expect(call.toolRunner.requests[0]!.signal.aborted).toBe(false);
    const outputs = call.of("tool-finished").map((event) => event.content.output);
    expect(outputs).toEqual([{ appointmentId: "a1" }, { appointmentId: "a1" }]);
  });

  test("book, cancel, book the same again are three deeds", async () => {
    const calls = ["book", "cancel", "book"];
    const call = simulateCall({
      answer: (request) => {
        const done = request.messages.filter((message) => message.role === "tool").length;
        const name = calls[done];
        return name === undefined
          ? ["All done."]
          : [{ type: "tool-call", call: { id: `t${done}`, name, input: { day: "Tuesday" } } }];
      },
    });
    await call.pastGreeting();
    await call.say("Book Tuesday, cancel it, book it again.");
    await call.advance(3000);
    expect(call.toolRunner.requests.map((request) => request.call.name)).toEqual(calls);
    expect(new Set(call.toolRunner.requests.map((request) => request.idempotencyKey)).size).toBe(3);
  });

  test("one that never answers is told to the model in words, and the caller hears a reply", async () => {
    const call = simulateCall({
      answer: bookThenTell,
      tools: () => ({ afterMs: 60_000, outcome: { status: "ok", output: {} } }),
      policy: { toolTimeoutMs: 3000 },
    });
    await call.pastGreeting();
    await call.say("Book me in for Tuesday.");
    await call.advance(6000);
    expect(call.of("watchdog")).toMatchObject([{ reason: "tool-without-result" }]);
    expect(call.of("tool-finished")).toMatchObject([{ outcome: "timed-out" }]);
    expect(call.of("reply-first-audio").filter((event) => event.phrase === undefined)).toHaveLength(1);
  });

  test("end_call hangs up after the goodbye was heard, not before", async () => {
    const call = simulateCall({
      answer: () => [
        "Goodbye and take care of yourself.",
        { type: "tool-call", call: { id: "t1", name: "end_call", input: {} } },
      ],
    });
    await call.pastGreeting();
    await call.say("Thanks, bye.");
    await call.advance(500);
    expect(call.line.closed).toBeUndefined();
    await call.advance(3000);
    expect(call.line.closed).toBe("agent-ended");
    const heard = call.of("reply-finished").at(-1)!;
    expect(heard).toMatchObject({
      outcome: "completed",
      content: { heard: "Goodbye and take care of yourself.", unheard: "" },
    });
    expect(call.of("call-ended")[0]!.atMs).toBeGreaterThanOrEqual(heard.atMs);
  });

  test("end_call without words still says goodbye", async () => {
    const call = simulateCall({
      answer: () => [{ type: "tool-call", call: { id: "t1", name: "end_call", input: {} } }],
    });
    await call.pastGreeting();
    await call.say("Thanks, bye.");
    await call.advance(2000);
    expect(call.of("reply-finished").at(-1)).toMatchObject({ content: { heard: "Goodbye." } });
    expect(call.line.closed).toBe("agent-ended");
  });
});

describe("failures are heard", () => {
  test("a model that fails: a sentence, and after three an apology and the end", async () => {
    const call = simulateCall({ answer: () => [overloaded()] });
    await call.pastGreeting();
    for (const line of ["What are your hours?", "Your opening hours, please.", "Are you open on Monday?"]) {
      await call.say(line);
      await call.advance(2000);
    }
    expect(call.of("stage-error")[0]).toMatchObject({
      stage: "model",
      content: { vendorMessage: "Overloaded, come back later" },
    });
    const phrases = call.of("reply-first-audio").map((event) => event.phrase);
    expect(phrases).toEqual(["greeting", "recovery", "recovery", "apology"]);
    await call.advance(3000);
    expect(call.of("call-ended")).toMatchObject([{ reason: "failed" }]);
  });

  test("a model that never answers is given up in words", async () => {
    const call = simulateCall({ answer: () => [600_000] });
    await call.pastGreeting();
    await call.say("What are your hours?");
    await call.advance(9000);
    expect(call.of("watchdog")).toMatchObject([{ reason: "transcript-without-reply" }]);
    expect(call.of("reply-first-audio").map((event) => event.phrase)).toContain("recovery");
    expect(call.model.aborted).toBe(1);
  });

  test("a voice that gives no sound is given up, and a ready sentence is heard", async () => {
    const call = simulateCall();
    call.tts.mute = true;
    await call.pastGreeting();
    await call.say("What are your hours?");
    await call.advance(5000);
    expect(call.of("watchdog")).toMatchObject([{ reason: "reply-without-audio" }]);
    expect(call.of("reply-first-audio").at(-1)).toMatchObject({ phrase: "recovery" });
  });

  test("a web caller whose voice breaks reads the answer, and is told so", async () => {
    const call = simulateCall({ channel: "web" });
    await call.pastGreeting();
    call.tts.failWith = overloaded();
    await call.say("What are your hours?");
    await call.advance(1000);
    expect(call.of("notice")).toMatchObject([{ code: "no-voice" }]);
    expect(call.of("reply-finished").at(-1)).toMatchObject({
      outcome: "completed",
      content: { heard: "Sure, I can help with that." },
    });
  });

  test("marks that never come back do not hold the call", async () => {
    const call = simulateCall({ marks: false });
    await call.advance(8000);
    expect(call.of("watchdog")[0]).toMatchObject({ reason: "audio-without-marks" });
    await call.say("What are your hours?");
    await call.advance(1000);
    expect(call.of("reply-first-audio")).toHaveLength(2);
  });

  test("a recogniser that breaks: the caller is offered the keypad", async () => {
    const call = simulateCall();
    await call.pastGreeting();
    call.stt.emit({ type: "failed", error: overloaded() });
    await call.advance(100);
    expect(call.of("reply-first-audio").at(-1)).toMatchObject({ phrase: "keypad-menu" });
    call.line.press("1");
    await call.advance(2000);
    expect(call.of("turn-committed")).toMatchObject([{ trigger: "keypad", content: { text: "[keypad] 1" } }]);
  });
});

describe("silence", () => {
  test("two prompts, then goodbye; noises without words do not count as presence", async () => {
    const call = simulateCall();
    await call.pastGreeting();
    for (let minute = 0; minute < 40; minute++) {
      await call.noise(200);
      await call.advance(1300);
    }
    expect(call.of("idle-prompt").map((event) => event.count)).toEqual([1, 2]);
    expect(call.of("call-ended")).toMatchObject([{ reason: "idle" }]);
    expect(call.line.closed).toBe("idle");
  });

  test("a noise that never stops does not put the prompts off", async () => {
    const call = simulateCall();
    await call.pastGreeting();
    call.line.voiced = true;
    await call.advance(40_000);
    expect(call.of("idle-prompt")).toHaveLength(2);
    expect(call.of("call-ended")).toMatchObject([{ reason: "idle" }]);
  });

  test("speech that the recogniser does not hear is answered", async () => {
    const call = simulateCall();
    await call.pastGreeting();
    await call.noise(900);
    await call.advance(3000);
    expect(call.of("watchdog").map((event) => event.recovery)).toEqual(["finalize", "re-prompt"]);
    expect(call.stt.finalized).toBe(1);
    expect(call.of("reply-first-audio").at(-1)).toMatchObject({ phrase: "did-not-hear" });
  });

  test("no call outlives its maximum", async () => {
    const call = simulateCall({ policy: { maxCallDurationMs: 5000 } });
    await call.advance(7000);
    expect(call.of("call-ended")).toMatchObject([{ reason: "max-duration" }]);
    expect(call.of("reply-finished").at(-1)).toMatchObject({ phrase: "goodbye", outcome: "completed" });
  });
});

describe("other ways in", () => {
  test("keys make a turn after a pause or with #", async () => {
    const call = simulateCall();
    await call.advance(200);
    for (const digit of "0123#") call.line.press(digit);
    await call.advance(10);
    expect(call.of("turn-committed")).toMatchObject([{ trigger: "keypad", content: { text: "[keypad] 0123" } }]);
  });

  test("typed words are a turn at once, in a text call read and not spoken", async () => {
    const call = simulateCall({ channel: "text", recogniser: false, voice: false });
    await call.advance(10);
    call.line.type("What are your hours?");
    await call.advance(10);
    expect(call.of("turn-committed")).toMatchObject([{ trigger: "typed" }]);
    expect(call.of("reply-finished").at(-1)).toMatchObject({
      outcome: "completed",
      content: { heard: "Sure, I can help with that." },
    });
  });

  test("a phone caller whom nobody hears gets the greeting and the keypad choices", async () => {
    const call = simulateCall({ recogniser: false });
    await call.advance(3000);
    expect(call.of("reply-first-audio").map((event) => event.phrase)).toEqual(["greeting", "keypad-menu"]);
  });

  test("hang-up in the middle of anything ends everything", async () => {
    const call = simulateCall({ answer: () => ["A long answer that goes on and on. ", 5000, "And on."] });
    await call.pastGreeting();
    await call.say("Tell me everything.");
    await call.advance(300);
    call.line.hangUp();
    await call.advance(50);
    await call.running.done;
    expect(call.events.at(-1)).toMatchObject({ type: "call-ended", reason: "caller-hung-up" });
    expect(call.stt.closed).toBe(true);
    expect(call.model.aborted).toBe(1);
    await call.advance(6000);
    expect(call.events.at(-1)).toMatchObject({ type: "call-ended" });
  });
});
