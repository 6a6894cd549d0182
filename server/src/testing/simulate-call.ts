/** A whole call on a manual clock: the real engine between a linked line and scripted vendors. Asserts read its events. */
import type { CallEvent, CallEventType } from "../call/call-event.ts";
import type { CallParts } from "../call/call-parts.ts";
import type { CallPlan, TurnPolicy } from "../call/call-plan.ts";
import { defaultTurnPolicy } from "../call/call-plan.ts";
import type { ToolSpec } from "../call/ports.ts";
import type { RunningCall } from "../call/run-call.ts";
import { runCall } from "../call/run-call.ts";
import { createPacer } from "../call/speak/pacer.ts";
import type { PhraseCache } from "../call/speak/phrase-cache.ts";
import { createPhraseCache, phraseKey } from "../call/speak/phrase-cache.ts";
import type { LinkedTransport } from "./linked-transport.ts";
import { createLinkedTransport } from "./linked-transport.ts";
import type { ManualClock } from "./manual-clock.ts";
import { createManualClock } from "./manual-clock.ts";
import type { ModelScript, ScriptedModel, ScriptedStt, ScriptedTools, ScriptedTts } from "./scripted-ports.ts";
import {
  createScriptedModel,
  createScriptedStt,
  createScriptedTools,
  createScriptedTts,
  createScriptedVad,
} from "./scripted-ports.ts";

export interface SimulateOptions {
  readonly answer?: Parameters<typeof createScriptedModel>[1];
  /** Speaks instead of the scripted model. */
  readonly model?: (clock: ManualClock) => CallParts["languageModel"];
  readonly policy?: Partial<TurnPolicy>;
  readonly plan?: Partial<CallPlan>;
  readonly decidesTurns?: boolean;
  readonly recogniser?: boolean;
  readonly voice?: boolean;
  readonly channel?: "phone" | "web" | "text";
  readonly marks?: boolean;
  readonly tools?: Parameters<typeof createScriptedTools>[1];
  /** Runs the tools instead of the scripted ones. */
  readonly toolRunner?: CallParts["tools"];
  /** Makes the phrases ready, as they are in life: 20 ms of sound a character. */
  readonly cachedPhrases?: boolean;
  readonly openRecording?: CallParts["openRecording"];
  readonly retriever?: CallParts["retriever"];
}

export interface SimulatedCall {
  readonly clock: ManualClock;
  readonly line: LinkedTransport;
  readonly stt: ScriptedStt;
  readonly model: ScriptedModel;
  readonly tts: ScriptedTts;
  readonly toolRunner: ScriptedTools;
  readonly running: RunningCall;
  readonly events: CallEvent[];
  /** All events of a type, typed. */
  of<T extends CallEventType>(type: T): Extract<CallEvent, { type: T }>[];
  /** Speech of `durationMs` whose words come as an interim halfway and a final `finalAfterMs` after its end. */
  say(text: string, options?: { durationMs?: number; finalAfterMs?: number }): Promise<void>;
  /** Sound without words. */
  noise(durationMs: number): Promise<void>;
  advance(ms: number): Promise<void>;
  /** Lets the greeting be heard. */
  pastGreeting(): Promise<void>;
}

export const bookTool: ToolSpec = {
  name: "book",
  description: "Books.",
  inputSchema: { type: "object" },
  effect: "write",
};
export const cancelTool: ToolSpec = {
  name: "cancel",
  description: "Cancels.",
  inputSchema: { type: "object" },
  effect: "write",
  undoes: ["book"],
};
export const lookUpTool: ToolSpec = {
  name: "look_up",
  description: "Looks up.",
  inputSchema: { type: "object" },
  effect: "read",
};
export const endCallTool: ToolSpec = {
  name: "end_call",
  description: "Ends.",
  inputSchema: { type: "object" },
  effect: "write",
};

export const testPlan: CallPlan = {
  callId: "call_test",
  orgId: "org_test",
  agentId: "agent_test",
  agentName: "Test",
  direction: "inbound",
  language: "en-US",
  timeZone: "Europe/London",
  greeting: "Hello, this is the test desk.",
  instructions: "Be brief.",
  keyterms: [],
  phrases: {
    fillers: ["One moment.", "Still looking."],
    idlePrompts: ["Are you still there?", "Hello?"],
    didNotHear: ["Sorry, I did not catch that."],
    recovery: ["Sorry, could you say that again?"],
    apology: "I am sorry, something is wrong here. Please call again later.",
    goodbye: "Goodbye.",
    keypadMenu: "Press one to leave a message.",
  },
  turnPolicy: defaultTurnPolicy,
  tools: [bookTool, cancelTool, lookUpTool, endCallTool],
  maxOutputTokens: 300,
};

const defaultAnswer = (): ModelScript => ["Sure, I can help with that."];

export function simulateCall(options: SimulateOptions = {}): SimulatedCall {
  const { recogniser = true, voice = true, channel = "phone", cachedPhrases = true } = options;
  const clock = createManualClock();
  const line = createLinkedTransport(clock, { channel, hasScreen: channel !== "phone", marks: options.marks ?? true });
  const stt = createScriptedStt(options.decidesTurns);
  const model = createScriptedModel(clock, options.answer ?? defaultAnswer);
  const tts = createScriptedTts(clock);
  const toolRunner = createScriptedTools(
    clock,
    options.tools ?? (() => ({ outcome: { status: "ok", output: { done: true } } })),
  );
  const events: CallEvent[] = [];
  const plan = { ...testPlan, ...options.plan, turnPolicy: { ...defaultTurnPolicy, ...options.policy } };
  const parts: CallParts = {
    plan,
    transport: line,
    languageModel: options.model?.(clock) ?? model,
    tools: options.toolRunner ?? toolRunner,
    voiceActivity: createScriptedVad(),
    phraseCache: cachedPhrases && voice ? warmCache(plan, line) : createPhraseCache(),
    pacer: createPacer(clock),
    clock,
    sinks: [(event) => void events.push(event)],
    signal: new AbortController().signal,
    ...(recogniser ? { speechToText: stt } : {}),
    ...(voice ? { textToSpeech: tts } : {}),
    ...(options.openRecording === undefined ? {} : { openRecording: options.openRecording }),
    ...(options.retriever === undefined ? {} : { retriever: options.retriever }),
  };
  const running = runCall(parts);
  return {
    clock,
    line,
    stt,
    model,
    tts,
    toolRunner,
    running,
    events,
    of: <T extends CallEventType>(type: T) =>
      events.filter((event) => event.type === type) as Extract<CallEvent, { type: T }>[],
    async say(text, { durationMs = 600, finalAfterMs = 300 } = {}) {
      line.voiced = true;
      await clock.advance(durationMs / 2);
      stt.emit({ type: "interim", text: text.slice(0, Math.ceil(text.length / 2)).trim() });
      await clock.advance(durationMs / 2);
      line.voiced = false;
      stt.emit({ type: "interim", text });
      await clock.advance(finalAfterMs);
      stt.emit({ type: "final", text, endOfSpeech: true });
      await clock.advance(0);
    },
    async noise(durationMs) {
      line.voiced = true;
      await clock.advance(durationMs);
      line.voiced = false;
    },
    advance: (ms) => clock.advance(ms),
    async pastGreeting() {
      await clock.advance(50 + plan.greeting.length * 50 + 400);
    },
  };
}

function warmCache(
  { phrases, greeting, language, recording }: CallPlan,
  { outputFormat: format }: LinkedTransport,
): PhraseCache {
  const cache = createPhraseCache();
  const voice = { provider: "scripted", model: "scripted", voice: undefined, language, format };
  const texts = [
    greeting,
    ...(recording?.announcement === undefined ? [] : [recording.announcement]),
    phrases.apology,
    phrases.goodbye,
    phrases.keypadMenu,
    ...phrases.fillers,
    ...phrases.idlePrompts,
  ];
  for (const text of [...texts, ...phrases.didNotHear, ...phrases.recovery]) {
    cache.put(phraseKey(voice, text), new Uint8Array(text.length * 20 * 8).fill(1));
  }
  return cache;
}
