/** From an announced call to the engine: providers chosen and warm, sentences ready, one start. */
import type { CallChannel } from "@parley/contract/call-event";
import { browserFormat, phoneFormat } from "../audio/frame.ts";
import type { EarlyVoice } from "../call/call-parts.ts";
import type { CallPlan } from "../call/call-plan.ts";
import { prepareHandoffs, preparePhrases } from "../call/phrases.ts";
import type { OpenRecording, Retriever } from "../call/ports.ts";
import { runCall } from "../call/run-call.ts";
import { createPacer } from "../call/speak/pacer.ts";
import { createPhraseCache, type PhraseCache, phraseVoiceOf } from "../call/speak/phrase-cache.ts";
import type { PreparedCall } from "../entry/media/media-host.ts";
import type { CallAssignment, CallCommand } from "../entry/process-messages.ts";
import { runnerForCall, type WishRunner, watchIntents } from "../features/tools/index.ts";
import type { Clock } from "../kernel/clock.ts";
import { hideFromModel } from "./hide-from-model.ts";
import type { ChosenProviders, ProviderBench } from "./provider-bench.ts";

export interface CallPreparerParts {
  readonly bench: ProviderBench;
  readonly tools: WishRunner;
  readonly clock: Clock;
  /** Where a recorded call's sound goes. */
  readonly recordingOf: (call: { orgId: string; callId: string }) => OpenRecording;
  /** Who looks into a call's documents; undefined where it has none. */
  readonly retrieverOf?: (assignment: CallAssignment) => Retriever | undefined;
}

/** What the voice does while the phone rings belongs to the call, if it comes. */
function createEarlyVoice() {
  const noted: ((listener: EarlyVoice) => void)[] = [];
  let listener: EarlyVoice | undefined;
  const note = (deed: (to: EarlyVoice) => void) => {
    if (listener === undefined) noted.push(deed);
    else deed(listener);
  };
  const told: EarlyVoice = {
    onUsage: (use) => note((to) => to.onUsage(use)),
    onSwitch: (change) => note((to) => to.onSwitch(change)),
  };
  const tellTo = (to: EarlyVoice) => {
    listener = to;
    for (const deed of noted.splice(0)) deed(to);
  };
  return { told, tellTo };
}

type Refusal = "no-transfer-here" | "no-number" | "not-recorded";

function refusalOf(command: CallCommand, plan: CallPlan, channel: CallChannel): Refusal | undefined {
  switch (command.type) {
    case "transfer":
      if (channel !== "phone") return "no-transfer-here";
      return (command.to ?? plan.transferTo) === undefined ? "no-number" : undefined;
    case "pause-recording":
    case "resume-recording":
      return plan.recording?.enabled === true && channel !== "text" ? undefined : "not-recorded";
    case "hang-up":
    case "say":
    case "whisper":
      return undefined;
    default: {
      const unknown: never = command;
      throw new Error(`no such command: ${JSON.stringify(unknown)}`);
    }
  }
}

function chooseFor(assignment: CallAssignment, bench: ProviderBench): ChosenProviders {
  const { redactBeforeModel } = assignment.plan;
  const chosen = bench.choose(assignment);
  if (redactBeforeModel === undefined) return chosen;
  return { ...chosen, languageModel: hideFromModel(chosen.languageModel, redactBeforeModel) };
}

interface Warming {
  readonly clock: Clock;
  readonly phraseCache: PhraseCache;
  readonly signal: AbortSignal;
}

/** While the phone still rings: the greeting's first frame must cost no vendor's time. */
function warmPhrases({ plan, channel }: CallAssignment, { textToSpeech }: ChosenProviders, warming: Warming) {
  const { clock, phraseCache: cache, signal } = warming;
  const early = createEarlyVoice();
  if (textToSpeech === undefined) return early;
  const voice = phraseVoiceOf(plan, textToSpeech, channel === "phone" ? phoneFormat : browserFormat);
  const options = { plan, voice, clock, textToSpeech, cache, signal, ...early.told };
  void preparePhrases(options).then(() => prepareHandoffs(options));
  return early;
}

/** For one media process: its calls share the pacer and the cache of spoken sentences. */
export function createCallPreparer({
  bench,
  tools,
  clock,
  recordingOf,
  retrieverOf,
}: CallPreparerParts): (assignment: CallAssignment) => PreparedCall {
  const pacer = createPacer(clock);
  const phraseCache = createPhraseCache();

  return (assignment) => {
    const { plan } = assignment;
    const chosen = chooseFor(assignment, bench);
    const waiting = new AbortController();
    const { tellTo: earlyVoice } = warmPhrases(assignment, chosen, { clock, phraseCache, signal: waiting.signal });
    return {
      describe: (_transport, microphone) => ({
        recogniser: chosen.speechToText && microphone ? "platform" : microphone ? "client" : "none",
        voice: chosen.textToSpeech !== undefined,
      }),
      start(given) {
        const clientRecogniser = given.transport.channel === "web" && chosen.speechToText === undefined;
        const openRecording = recordingOf(plan);
        const own = { plan, clock, pacer, phraseCache, clientRecogniser, openRecording, earlyVoice };
        const retriever = retrieverOf?.(assignment);
        const runner = runnerForCall(tools, plan);
        const intents = watchIntents(plan, runner);
        const { release, ...parts } = chosen;
        const call = runCall({
          ...given,
          ...parts,
          ...own,
          tools: runner,
          sinks: intents === undefined ? given.sinks : [...given.sinks, intents],
          ...(retriever === undefined ? {} : { retriever }),
        });
        void call.done.finally(() => {
          waiting.abort();
          release();
        });
        return {
          done: call.done,
          control(command) {
            const refusal = refusalOf(command, plan, given.transport.channel);
            if (refusal !== undefined) return refusal;
            const to = command.type === "transfer" ? (command.to ?? plan.transferTo ?? "") : "";
            call.push({ type: "operator", command: command.type === "transfer" ? { type: "transfer", to } : command });
            return "done";
          },
          sayGoodbye: () => call.push({ type: "drain" }),
        };
      },
      dispose() {
        waiting.abort();
        chosen.release();
      },
    };
  };
}
