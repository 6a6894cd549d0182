/** Builds one call's stages from its parts and connects the transport. */
import { frameDurationMs } from "../audio/frame.ts";
import type { Channel } from "../kernel/channel.ts";
import type { CallEvent, CallEvents } from "./call-event.ts";
import { createCallEvents } from "./call-event.ts";
import type { CallParts } from "./call-parts.ts";
import type { CallScope } from "./call-scope.ts";
import { createScope } from "./create-scope.ts";
import type { Listening } from "./listen/listen.ts";
import { startListening } from "./listen/listen.ts";
import { robocallText } from "./phrases.ts";
import { createLatencyMeter } from "./record/latency.ts";
import { Recorder } from "./record/recorder.ts";
import { reportSwitch, reportUsage } from "./record/report-error.ts";
import { createEventScreen } from "./record/screen-events.ts";
import { announcementOf } from "./reply/persona.ts";
import { Playback } from "./speak/playback.ts";
import { watchForEmergencies } from "./turn/emergency.ts";
import type { TimedInput, TurnContext, TurnInput } from "./turn/turn-state.ts";

export interface OpenCall {
  readonly scope: CallScope;
  readonly context: TurnContext;
  readonly listening: Listening;
  /** Absent: the call is not recorded. */
  readonly recorder: Recorder | undefined;
  /** Another agent goes on: its instructions, language, voice, words to listen for and tools. */
  handOff(agentId: string): void;
  close(): void;
}

export interface CallWiring {
  readonly inputs: Channel<TimedInput>;
  readonly onReplyStarted: (replyId: string, filler: boolean) => void;
  readonly onReplyDrained: (replyId: string) => void;
  readonly onSegmentHeard: (replyId: string, segment: number) => void;
}

export function openCall(parts: CallParts, wiring: CallWiring): OpenCall {
  const { plan, clock } = parts;
  const latency = createLatencyMeter();
  const recorder = openRecorder(parts, () => events.now());
  const screen = createEventScreen({
    guardsCards: plan.pauseForCardDigits === true,
    onCardStarted: (sinceMs) => recorder?.pause("card", sinceMs),
    onCardOver: () => recorder?.resume("card"),
  });
  let started: CallScope | undefined;
  const sinks = [
    ...parts.sinks,
    (event: CallEvent) => latency.observe(event, events),
    (event: CallEvent) => started?.knowledge?.observe(event),
  ];
  const events: CallEvents = createCallEvents(clock, sinks, screen);
  reportStart(parts, events);
  const push = (input: TurnInput) => wiring.inputs.push({ ...input, atMs: events.now() });
  const ended = new AbortController();
  parts.earlyVoice?.({
    onUsage: (use) => void (ended.signal.aborted || reportUsage(events, "voice")(use)),
    onSwitch: (change) => void (ended.signal.aborted || reportSwitch(events, "voice")(change)),
  });
  const callSignal = AbortSignal.any([parts.signal, ended.signal]);
  const playback = openPlayback(parts, wiring, { events, recorder });
  const listening = listenTo(parts, { events, push, callSignal, languageNow: () => scope.persona.language });
  const scope = createScope(parts, { events, playback, push, callSignal });
  started = scope;
  let context = contextOf(parts);
  return {
    scope,
    get context() {
      return context;
    },
    listening,
    recorder,
    handOff(agentId) {
      if (!scope.handOff(agentId)) return;
      const { agentName, language } = scope.persona;
      context = { ...context, language, recogniserDecides: listening.retune(scope.persona) };
      events.emit({ type: "handed-off", agentId, agentName, language });
    },
    close() {
      listening.close();
      playback.close();
      recorder?.close();
      reportMedia(parts, events, playback.lateMs);
      ended.abort();
    },
  };
}

interface PlaybackStages {
  readonly events: CallEvents;
  readonly recorder: Recorder | undefined;
}

function openPlayback(parts: CallParts, wiring: CallWiring, { events, recorder }: PlaybackStages): Playback {
  const { plan, transport, clock } = parts;
  return new Playback({
    transport,
    clock,
    pacer: parts.pacer,
    markTimeoutMs: plan.turnPolicy.markTimeoutMs,
    onStarted: ({ replyId, filler }) => wiring.onReplyStarted(replyId, filler),
    onSegmentHeard: (replyId, segment) => {
      events.emit({ type: "segment-heard", replyId, segment });
      wiring.onSegmentHeard(replyId, segment);
    },
    onDrained: wiring.onReplyDrained,
    onMarkMissing: () => events.emit({ type: "watchdog", reason: "audio-without-marks", recovery: "resume" }),
    ...(recorder === undefined ? {} : { tap: recorder }),
  });
}

interface ListeningStages {
  readonly events: CallEvents;
  readonly push: (input: TurnInput) => void;
  readonly callSignal: AbortSignal;
  readonly languageNow: () => string;
}

function listenTo(parts: CallParts, { events, push, callSignal, languageNow }: ListeningStages): Listening {
  const { plan, transport } = parts;
  return startListening({
    format: transport.inputFormat,
    language: plan.language,
    keyterms: plan.keyterms,
    speechToText: parts.speechToText,
    ...(parts.recogniserFor === undefined ? {} : { recogniserFor: parts.recogniserFor }),
    voiceActivity: parts.voiceActivity,
    events,
    signal: callSignal,
    onSwitch: reportSwitch(events, "recogniser"),
    onUsage: reportUsage(events, "recogniser"),
    onInput: (input) => {
      if (input.type === "recogniser-lost") transport.sendNotice("no-recogniser", lostRecogniserText(languageNow()));
      push(input);
    },
  });
}

function contextOf(parts: CallParts): TurnContext {
  const { plan, transport, speechToText } = parts;
  return {
    policy: plan.turnPolicy,
    language: plan.language,
    hasRecogniser: speechToText !== undefined || parts.clientRecogniser === true,
    recogniserDecides: speechToText?.decidesTurns ?? false,
    keypadOnly: transport.channel === "phone" && speechToText === undefined,
    ...emergencyOf(parts),
    ...(announcementOf(plan) === undefined || !isHeard(parts) ? {} : { announces: true }),
    ...(plan.hangUpOnRobocalls === true && transport.channel === "phone"
      ? { robocall: { say: robocallText(plan.language) } }
      : {}),
  };
}

/** Words on a screen are read at the reader's own pace. */
const isHeard = ({ transport, textToSpeech }: CallParts) => transport.channel !== "text" && textToSpeech !== undefined;

/** What a card's digits may take to be known for what they are. */
const cardHoldMs = 12_000;
/** What a barge-in and a late frame need. */
const plainHoldMs = 2000;

function openRecorder({ plan, transport, openRecording }: CallParts, now: () => number): Recorder | undefined {
  if (plan.recording?.enabled !== true || openRecording === undefined || transport.channel === "text") return undefined;
  const { inputFormat, outputFormat } = transport;
  const sink = openRecording({ sampleRateHz: inputFormat.sampleRateHz });
  const holdMs = plan.pauseForCardDigits === true ? cardHoldMs : plainHoldMs;
  return new Recorder({ inputFormat, outputFormat, now, holdMs, sink });
}

function emergencyOf({ plan, transport }: CallParts): Pick<TurnContext, "emergency"> {
  const emergency = watchForEmergencies(plan.emergency, transport.channel === "phone");
  return emergency === undefined ? {} : { emergency };
}

function lostRecogniserText(language: string): string {
  if (language.startsWith("ar")) return "مش قادر أسمعك دلوقتي. اكتب لي وأنا هرد عليك.";
  return "I cannot hear you right now. Type to me, and I will answer.";
}

function reportStart({ plan, transport }: CallParts, events: CallEvents): void {
  events.emit({
    type: "call-started",
    channel: transport.channel,
    direction: plan.direction,
    content: {
      ...(plan.from === undefined ? {} : { from: plan.from }),
      ...(plan.to === undefined ? {} : { to: plan.to }),
    },
  });
  for (const { name, problem } of plan.leftOutTools ?? [])
    events.emit({ type: "notice", code: "tool-left-out", content: { text: `${name}: ${problem}` } });
}

function reportMedia({ voiceActivity, transport }: CallParts, events: CallEvents, lateMs: number): void {
  const { frames, modelFrames } = voiceActivity.stats();
  const voiceActivityShare = frames === 0 ? 0 : Math.round((modelFrames / frames) * 1000) / 1000;
  events.emit({
    type: "media-stats",
    ...transport.stats(),
    framesLate: Math.round(lateMs / frameDurationMs),
    voiceActivityShare,
  });
}
