/** One booking call: the real engine and the real front desk on a clock that stands still while the database works. */
import { createFrontDesk } from "../../server/src/providers/builtin/front-desk/index.ts";
import { type SimulatedCall, simulateCall } from "../../server/src/testing/simulate-call.ts";
import { type BookingGround, orgOf } from "./booking-ground.ts";
import { demoOf } from "./business.ts";
import { type CallerTurn, createCaller } from "./caller.ts";
import { throughRecogniser } from "./noise.ts";
import { createRandom, type Random } from "./random.ts";
import { createWatch } from "./stand-still.ts";
import { tongueOf } from "./tongues.ts";
import { type BookingCallScript, type Wanted } from "./wish.ts";

export interface HeldCall {
  readonly script: BookingCallScript;
  /** What the caller wanted in the end. */
  readonly wanted: Readonly<Wanted>;
  readonly transcript: readonly string[];
  readonly refused: number;
  readonly bargeIns: number;
}

const stepMs = 20;
const quietMs = 700;
const answerWithinMs = 15_000;
const msPerWord = 260;

interface Line {
  readonly call: SimulatedCall;
  readonly random: Random;
  readonly script: BookingCallScript;
  readonly transcript: string[];
  /** Answers of the database that are being waited for: the clock stands still. */
  readonly busy: () => Promise<void>;
  heardReplies: number;
  /** Replies that were over when the caller fell silent: cut by the caller's own words. */
  cutReplies: number;
}

export async function holdCall(ground: BookingGround, script: BookingCallScript): Promise<HeldCall> {
  const { language } = script;
  const demo = demoOf(language);
  const callId = `call_${language}_${script.seed}`;
  const tools = ground.runner(language, callId);
  const { watch, settled: busy } = createWatch();
  const call = simulateCall({
    model: (clock) => createFrontDesk({ clock, timeZone: demo.timeZone }),
    toolRunner: { run: (request) => watch(tools.run(request)) },
    plan: {
      ...{ callId, orgId: orgOf(language), tools: ground.specs, instructions: demo.instructions },
      ...{ language: demo.language, timeZone: demo.timeZone, greeting: demo.greeting },
    },
  });
  const line: Line = {
    call,
    busy,
    script,
    random: createRandom(script.seed + 1),
    transcript: [],
    heardReplies: 0,
    cutReplies: 0,
  };
  const caller = createCaller(script);
  await listen(line);
  let turn = caller.open();
  while (turn.says.length > 0 && call.line.closed === undefined) {
    if (turn.slotIsTaken === true) await takeSlot(ground, script, caller.wanted);
    await speakTurn(line, turn);
    const heard = await listen(line);
    if (call.line.closed !== undefined) break;
    turn = caller.answer(heard);
  }
  if (call.line.closed === undefined) call.line.hangUp();
  await pass(line, 100);
  await pass(line, 1000);
  await call.running.done;
  const { transcript } = line;
  return {
    ...{ script, wanted: caller.wanted, transcript },
    refused: call.of("tool-refused").length,
    bargeIns: call.of("barge-in-confirmed").length,
  };
}

async function takeSlot(ground: BookingGround, { language, number }: BookingCallScript, wanted: Wanted): Promise<void> {
  const phone =
    language === "en" ? `2125550${String(200 + number).padStart(3, "0")}` : `0109999${String(number).padStart(4, "0")}`;
  await ground.book(language, { ...wanted, name: "Somebody Else", phone });
}

async function pass(line: Line, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += stepMs) {
    await line.call.advance(stepMs);
    await line.busy();
  }
  await line.call.advance(0);
}

async function speakTurn(line: Line, { says, overNext, overNextAfterMs = 0 }: CallerTurn): Promise<void> {
  for (const [index, text] of says.entries()) {
    await speak(line, text);
    if (index < says.length - 1) await pass(line, line.random.between(250, 900));
  }
  if (overNext === undefined) return;
  for (let waited = 0; !line.call.line.playing() && waited < answerWithinMs; waited += stepMs) await pass(line, stepMs);
  await pass(line, overNextAfterMs);
  if (line.call.line.playing()) line.transcript.push("   (talks over the agent)");
  await speak(line, overNext);
}

/** Speech, an interim transcript that may be wrong, one that is right, and the final words a little later. */
async function speak(line: Line, text: string): Promise<void> {
  const { call, random, script } = line;
  const heard = throughRecogniser(text, { tongue: tongueOf(script.language), random, name: script.wanted.name });
  line.transcript.push(`C: ${text}${heard.text === text ? "" : `   [heard: ${heard.text}]`}`);
  const durationMs = Math.max(300, text.split(" ").length * msPerWord);
  call.line.voiced = true;
  await pass(line, durationMs / 2);
  call.stt.emit({ type: "interim", text: heard.interim });
  await pass(line, durationMs / 2);
  call.line.voiced = false;
  call.stt.emit({ type: "interim", text: heard.text });
  await pass(line, random.between(120, 500));
  call.stt.emit({ type: "final", text: heard.text, endOfSpeech: true });
  await pass(line, stepMs);
  line.cutReplies = call.of("reply-finished").length;
}

/** Until the agent has said something and then been quiet. */
async function listen(line: Line): Promise<string> {
  const { call } = line;
  let still = 0;
  for (let waited = 0; waited < answerWithinMs * 3 && call.line.closed === undefined; waited += stepMs) {
    await pass(line, stepMs);
    still = call.line.playing() ? 0 : still + stepMs;
    const hasSpoken = saidSince(line, line.cutReplies).length > 0;
    if (still >= quietMs && hasSpoken) break;
    if (still >= answerWithinMs) break;
  }
  const said = saidSince(line);
  line.heardReplies = call.of("reply-finished").length;
  const text = said.join(" ");
  line.transcript.push(`A: ${text}`);
  return text;
}

const saidSince = ({ call, heardReplies }: Line, from = heardReplies) =>
  call
    .of("reply-finished")
    .slice(from)
    .map(({ content }) => content.heard)
    .filter((heard) => heard !== "");
