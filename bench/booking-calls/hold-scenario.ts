/** A scenario file through the engine on a clock that stands still: minutes of telephone in a moment. */

import { bookingClerk } from "../../sandbox/src/language-model/booking-clerk.ts";
import type { BrainTurn } from "../../sandbox/src/language-model/model-types.ts";
import type { Scenario } from "../../sandbox/src/telephone/scenario.ts";
import type { ConversationMessage, LanguageModel, ModelRequest } from "../../server/src/call/ports.ts";
import { type SimulatedCall, simulateCall } from "../../server/src/testing/simulate-call.ts";
import { type BookingGround, orgOf } from "./booking-ground.ts";
import { type BenchLanguage, demoOf, startMs } from "./business.ts";
import { createWatch } from "./stand-still.ts";

export interface HeldScenario {
  /** What the caller heard, reply by reply. */
  readonly heard: readonly string[];
  /** Tools that answered "ok", in order. */
  readonly deeds: readonly string[];
  readonly refused: number;
  readonly bargeIns: number;
  readonly endedBy: string | undefined;
}

const stepMs = 20;
const quietMs = 700;

type MakeModel = (clock: SimulatedCall["clock"]) => LanguageModel;

interface Scene {
  readonly ground: BookingGround;
  readonly language: BenchLanguage;
  readonly model: MakeModel;
}

export async function holdScenario(
  { ground, language, model }: Scene,
  { name, steps }: Scenario,
): Promise<HeldScenario> {
  const demo = demoOf(language);
  const { watch, settled } = createWatch();
  const tools = ground.runner(language, `call_${name}`);
  const call = simulateCall({
    model,
    toolRunner: { run: (request) => watch(tools.run(request)) },
    plan: {
      ...{ callId: `call_${name}`, orgId: orgOf(language), tools: ground.specs, instructions: demo.instructions },
      ...{ language: demo.language, timeZone: demo.timeZone, greeting: demo.greeting },
    },
  });
  const pass = async (ms: number) => {
    for (let passed = 0; passed < ms && call.line.closed === undefined; passed += stepMs) {
      await call.advance(stepMs);
      await settled();
    }
    await call.advance(0);
  };
  const until = async (isSo: () => boolean, withinMs: number) => {
    for (let waited = 0; !isSo() && waited < withinMs; waited += stepMs) await pass(stepMs);
  };
  for (const step of steps) await takeStep({ call, pass, until }, step);
  await pass(1000);
  if (call.line.closed === undefined) call.line.hangUp();
  await call.advance(1000);
  await call.running.done;
  return {
    heard: call.of("reply-finished").map(({ content }) => content.heard),
    deeds: call.of("tool-finished").flatMap((tool) => (tool.outcome === "ok" ? [tool.name] : [])),
    refused: call.of("tool-refused").length,
    bargeIns: call.of("barge-in-confirmed").length,
    endedBy: call.line.closed,
  };
}

interface Passing {
  readonly call: SimulatedCall;
  pass(ms: number): Promise<void>;
  until(isSo: () => boolean, withinMs: number): Promise<void>;
}

async function takeStep({ call, pass, until }: Passing, step: Scenario["steps"][number]): Promise<void> {
  const speak = async (text: string) => {
    call.line.voiced = true;
    await pass(text.split(" ").length * 260);
    call.stt.emit({ type: "interim", text });
    call.line.voiced = false;
    await pass(300);
    call.stt.emit({ type: "final", text, endOfSpeech: true });
  };
  if ("say" in step) await speak(step.say);
  else if ("bargeIn" in step) {
    await until(() => call.line.playing(), 15_000);
    await pass(step.bargeIn.afterMs);
    await speak(step.bargeIn.say);
  } else if ("waitFor" in step) {
    let still = 0;
    let hasSpoken = false;
    const isOver = () => {
      hasSpoken ||= call.line.playing();
      still = call.line.playing() ? 0 : still + stepMs;
      return call.line.closed !== undefined || (step.waitFor !== "hangUp" && hasSpoken && still > quietMs);
    };
    await until(isOver, step.withinMs);
  } else throw new Error("the scenarios of bookings have no such step");
}

/** The clerk of OpenAI's stand-in behind the engine's port, without the vendor's form between them. */
export function createClerk(): LanguageModel {
  return {
    provider: "clerk",
    model: "clerk",
    async *generate(request: ModelRequest) {
      const { instructions, context, tools } = request;
      const today = new Date(startMs).toISOString().slice(0, 10);
      const replies = bookingClerk({
        ...{ model: "clerk", system: `Today is ${today}.\n${instructions}\n${context}`, toolChoice: "auto" },
        turns: request.messages.map(toTurn),
        tools: tools.map(({ name, description, inputSchema: schema }) => ({ name, description, schema })),
      });
      for (const [index, { text, toolCalls = [] }] of replies.entries()) {
        if (text !== undefined) yield { type: "text", text };
        for (const call of toolCalls) {
          yield { type: "tool-call", call: { id: `clerk-${request.messages.length}-${index}`, ...call } };
        }
      }
      yield { type: "finish", reason: "stop" };
    },
  };
}

function toTurn(message: ConversationMessage): BrainTurn {
  if (message.role === "caller") return { role: "user", text: message.text };
  if (message.role === "agent") return { role: "assistant", text: message.text, toolCalls: message.toolCalls ?? [] };
  const text = JSON.stringify(message.output) ?? "";
  return { role: "tool", toolCallId: message.toolCallId, name: message.name, text };
}
