/**
 * One reply on its way from words to ear: joins generation, voice and playback. Until it is committed its sound is held and
 * its writes wait; withdrawn, it leaves nothing; cut, it leaves what was heard.
 */
import type { CallEventBody, PhraseKind } from "./call-event.ts";
import type { CallScope } from "./call-scope.ts";
import type { SpeechEvent } from "./ports.ts";
import { reportStageError } from "./record/report-error.ts";
import type { ReplyStep } from "./reply/conversation.ts";
import { generateReply } from "./reply/generate-reply.ts";
import type { SegmentSpeaker, SpokenSegment } from "./speak/speak-segments.ts";
import { createSegmentSpeaker } from "./speak/speak-segments.ts";

export interface LiveReply {
  readonly id: string;
  commit(): void;
  withdraw(): void;
  cut(): void;
  /** All that was queued has been heard; more may be coming. */
  onDrained(): void;
  /** The line carries its sound now. */
  onStarted(filler: boolean): void;
}

export interface LiveReplyInit {
  readonly id: string;
  readonly turnId?: string;
  readonly phrase?: PhraseKind;
  readonly speculative: boolean;
  /** Speaks: pushes text and ends. `steps` is where the words land in the conversation. */
  readonly produce: (reply: ReplyProduction) => Promise<void>;
  readonly onGone: () => void;
}

export interface ReplyProduction {
  readonly speaker: SegmentSpeaker;
  readonly signal: AbortSignal;
  readonly steps: ReplyStep[];
  readonly whenCommitted: Promise<boolean>;
  /** Emits now, or when the turn is certain, or never. */
  readonly emit: (body: CallEventBody) => void;
}

interface Segment extends SpokenSegment {
  readonly step: number;
  ended: boolean;
}

export function startLiveReply(scope: CallScope, init: LiveReplyInit): LiveReply {
  const { events, playback, transport, plan } = scope;
  const { id, phrase } = init;
  const abort = new AbortController();
  const steps: ReplyStep[] = [];
  const segments: Segment[] = [];
  let held: (() => void)[] | undefined = init.speculative ? [] : undefined;
  let resolveCommitted: (committed: boolean) => void = () => undefined;
  const whenCommitted = new Promise<boolean>((resolve) => {
    resolveCommitted = resolve;
  });
  if (!init.speculative) resolveCommitted(true);
  let textDone = false;
  let voiceDone = false;
  let gone = false;
  let firstByte = false;
  let firstAudio = false;
  let sounding = false;
  const voiced = () => scope.voiceWorks();

  /** Anything that reaches the caller or the record waits here until the turn is certain. */
  const reveal = (deed: () => void) => (held === undefined ? deed() : void held.push(deed));

  const emitWhenCertain = (body: CallEventBody) => {
    const atMs = events.now();
    reveal(() => events.emit(body, atMs));
  };

  const speaker = createSegmentSpeaker({
    voice: scope.phraseVoice,
    textToSpeech: voiced() ? scope.textToSpeech : undefined,
    cache: scope.phraseCache,
    timeZone: plan.timeZone,
    wallNow: () => scope.clock.wallNow(),
    signal: abort.signal,
    onSegment: (segment) => {
      if (gone) return;
      segments.push({ ...segment, step: Math.max(0, steps.length - 1), ended: false });
      if (segments.length === 1) events.emit({ type: "reply-first-sentence", replyId: id });
      scope.push({ type: "voice-asked", replyId: id, text: segment.text });
      reveal(() => showSegment(segment));
    },
    onEvent: (event) => void (gone || takeSpeech(event)),
  });

  function showSegment({ number, text, spoken }: SpokenSegment): void {
    events.emit({
      type: "reply-text",
      replyId: id,
      segment: number,
      ...(phrase === undefined ? {} : { phrase }),
      content: { text },
    });
    if (voiced())
      playback.begin({ replyId: id, segment: number, text, spokenLength: spoken.length, filler: phrase === "filler" });
  }

  function takeSpeech(event: SpeechEvent): void {
    switch (event.type) {
      case "audio":
        if (!firstByte) events.emit({ type: "voice-first-byte", replyId: id });
        firstByte = true;
        return reveal(() => playback.append(id, event.segment, event.audio, event.chars));
      case "segment-end": {
        const segment = segments[event.segment];
        if (segment !== undefined) segment.ended = true;
        return reveal(() => playback.endSegment(id, event.segment));
      }
      case "done":
        voiceDone = true;
        return finishIfHeard();
      case "failed":
        reportStageError(events, "voice", event.error);
        return voiceFailed();
      default: {
        const unknown: never = event;
        throw new Error(`no such speech event: ${JSON.stringify(unknown)}`);
      }
    }
  }

  /** A caller with a screen reads on; another one hears a sentence of recovery. */
  function voiceFailed(): void {
    voiceDone = true;
    if (transport.hasScreen) {
      scope.loseVoice();
      return finishIfHeard();
    }
    scope.push({ type: "reply-failed", replyId: id });
  }

  const allHeard = () => !voiced() || (segments.every((segment) => segment.ended) && playback.isDrained(id));

  function finishIfHeard(): void {
    if (gone || held !== undefined || !textDone || !voiceDone) return;
    if (!allHeard()) return;
    const unheard = voiced() ? undefined : segments.map((segment) => segment.text);
    finish("completed", unheard);
    scope.push({ type: "heard", replyId: id });
  }

  /** Settles the ledger: what was heard goes into the conversation and the record. `read`: shown on the screen instead. */
  function finish(outcome: "completed" | "interrupted" | "failed", read?: readonly string[]): void {
    gone = true;
    abort.abort();
    const ledger = playback.drop(id);
    const heard = segments.map((segment) => read?.[segment.number] ?? ledger.heard[segment.number] ?? "");
    for (const [number, step] of steps.entries()) {
      step.text = segments
        .flatMap((segment, index) => (segment.step === number ? [heard[index] ?? ""] : []))
        .filter(Boolean)
        .join(" ");
    }
    if (phrase !== "filler") scope.conversation.addReply(steps);
    const unheard = segments
      .map((segment, index) => segment.text.slice((heard[index] ?? "").length).trim())
      .filter(Boolean);
    events.emit({
      type: "reply-finished",
      replyId: id,
      ...(init.turnId === undefined ? {} : { turnId: init.turnId }),
      ...(phrase === undefined ? {} : { phrase }),
      outcome,
      heardMs: ledger.heardMs,
      content: { heard: heard.filter(Boolean).join(" "), unheard: unheard.join(" ") },
    });
    init.onGone();
  }

  async function run(): Promise<void> {
    try {
      await init.produce({ speaker, signal: abort.signal, steps, whenCommitted, emit: emitWhenCertain });
      if (gone) return;
      textDone = true;
      speaker.end();
      finishIfHeard();
    } catch (error) {
      if (gone) return;
      reportStageError(events, "model", error);
      scope.push({ type: "reply-failed", replyId: id });
    }
  }

  if (init.turnId !== undefined)
    events.emit({ type: "reply-started", replyId: id, turnId: init.turnId, speculative: init.speculative });
  // Not before it is known to those who hear of its sound.
  queueMicrotask(() => void run());

  return {
    id,
    commit() {
      if (held === undefined) return;
      events.emit({ type: "reply-committed", replyId: id });
      const deeds = held;
      held = undefined;
      resolveCommitted(true);
      for (const deed of deeds) deed();
      finishIfHeard();
    },
    withdraw() {
      if (gone) return;
      gone = true;
      abort.abort();
      resolveCommitted(false);
      playback.drop(id);
      const generatedChars = segments.reduce((sum, segment) => sum + segment.text.length, 0);
      events.emit({ type: "reply-withdrawn", replyId: id, generatedChars, synthesizedMs: 0 });
      init.onGone();
    },
    cut: () => void (gone || finish("interrupted")),
    onDrained() {
      if (gone) return;
      sounding = false;
      if (textDone && voiceDone && allHeard()) finishIfHeard();
      else scope.push({ type: "audio-drained", replyId: id });
    },
    onStarted(filler) {
      if (gone) return;
      if (!firstAudio && !filler) {
        firstAudio = true;
        events.emit({ type: "reply-first-audio", replyId: id, ...(phrase === undefined ? {} : { phrase }) });
        scope.push({ type: "audio-started", replyId: id, filler });
      } else if (!sounding) {
        scope.push({ type: "audio-started", replyId: id, filler });
      }
      sounding = true;
    },
  };
}

/** The model's answer to a turn. */
export function produceAnswer(scope: CallScope, replyId: string, tentative?: string): LiveReplyInit["produce"] {
  const { plan, events } = scope;
  return async ({ speaker, signal, steps, whenCommitted, emit }) => {
    let said = false;
    const { endsCall } = await generateReply({
      replyId,
      model: scope.languageModel,
      request: {
        instructions: plan.instructions,
        context: scope.currentContext(),
        tools: plan.tools,
        language: plan.language,
        maxOutputTokens: plan.maxOutputTokens,
      },
      messages: scope.conversation.messages(tentative),
      tools: scope.tools,
      signal,
      whenCommitted,
      emit,
      events,
      steps,
      onFirstToken: () => scope.push({ type: "first-token", replyId }),
      onText: (delta) => {
        said ||= delta.trim() !== "";
        speaker.push(delta);
      },
      onStepText: () => speaker.flush(),
      onToolStarted: (effect) => scope.push({ type: "tool-started", replyId, effect }),
      onToolsFinished: () => scope.push({ type: "tools-finished", replyId }),
    });
    if (signal.aborted) return;
    if (endsCall) scope.push({ type: "ends-call", replyId });
    if (!said) speaker.pushPhrase(endsCall ? plan.phrases.goodbye : (plan.phrases.recovery[0] ?? plan.phrases.goodbye));
  };
}

/** A sentence of the platform's own. */
export function producePhrase(text: string): LiveReplyInit["produce"] {
  return ({ speaker, steps }) => {
    steps.push({ text: "", results: [] });
    speaker.pushPhrase(text);
    return Promise.resolve();
  };
}
