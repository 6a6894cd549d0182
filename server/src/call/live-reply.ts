/**
 * One reply on its way from words to ear: joins generation, voice and playback. Until it is committed its sound is held and
 * its writes wait; withdrawn, it leaves nothing; cut, it leaves what was heard.
 */
import type { CallEventBody, PhraseKind } from "./call-event.ts";
import type { CallScope } from "./call-scope.ts";
import type { SpeechEvent } from "./ports.ts";
import { reportStageError, reportSwitch, reportUsage } from "./record/report-error.ts";
import type { ReplyStep } from "./reply/conversation.ts";
import type { SpokenSegment } from "./speak/speak-segments.ts";
import { SegmentSpeaker } from "./speak/speak-segments.ts";

export interface LiveReplyInit {
  readonly id: string;
  readonly turnId?: string;
  readonly phrase?: PhraseKind;
  readonly speculative: boolean;
  /** Makes the words. */
  readonly produce: (production: ReplyProduction) => Promise<void>;
  readonly onGone: () => void;
}

export interface ReplyProduction {
  readonly speaker: SegmentSpeaker;
  readonly signal: AbortSignal;
  /** Where the words and tools land in the conversation. */
  readonly steps: ReplyStep[];
  /** True when the turn is committed, false when the reply was withdrawn. */
  readonly whenCommitted: Promise<boolean>;
  /** Emits now, or when the turn is certain, or never. */
  readonly emit: (body: CallEventBody) => void;
}

interface Segment extends SpokenSegment {
  readonly step: number;
  ended: boolean;
}

export class LiveReply {
  readonly #scope: CallScope;
  readonly #init: LiveReplyInit;
  readonly #abort = new AbortController();
  readonly #steps: ReplyStep[] = [];
  readonly #segments: Segment[] = [];
  readonly #speaker: SegmentSpeaker;
  readonly #committed = Promise.withResolvers<boolean>();
  /** What waits for the commit: everything that would reach the caller or the record. */
  #held: (() => void)[] | undefined;
  #textDone = false;
  #voiceDone = false;
  #gone = false;
  #firstByte = false;
  #firstAudio = false;
  #sounding = false;

  constructor(scope: CallScope, init: LiveReplyInit) {
    this.#scope = scope;
    this.#init = init;
    this.#held = init.speculative ? [] : undefined;
    if (!init.speculative) this.#committed.resolve(true);
    this.#speaker = new SegmentSpeaker({
      voice: scope.phraseVoice,
      textToSpeech: scope.voiceWorks() ? scope.textToSpeech : undefined,
      cache: scope.phraseCache,
      timeZone: scope.plan.timeZone,
      wallNow: () => scope.clock.wallNow(),
      signal: this.#abort.signal,
      onSegment: (segment) => void (this.#gone || this.#takeSegment(segment)),
      onEvent: (event) => void (this.#gone || this.#takeSpeech(event)),
      onSwitch: reportSwitch(scope.events, "voice"),
      onUsage: reportUsage(scope.events, "voice"),
    });
    const { id, turnId, speculative } = init;
    if (turnId !== undefined) scope.events.emit({ type: "reply-started", replyId: id, turnId, speculative });
    // Not before it is known to those who hear of its sound.
    queueMicrotask(() => void this.#run());
  }

  commit(): void {
    if (this.#held === undefined) return;
    this.#scope.events.emit({ type: "reply-committed", replyId: this.#init.id });
    const deeds = this.#held;
    this.#held = undefined;
    this.#committed.resolve(true);
    for (const deed of deeds) deed();
    this.#finishIfHeard();
  }

  withdraw(): void {
    if (this.#gone) return;
    this.#leave();
    this.#committed.resolve(false);
    this.#scope.playback.drop(this.#init.id);
    const generatedChars = this.#segments.reduce((sum, segment) => sum + segment.text.length, 0);
    this.#scope.events.emit({ type: "reply-withdrawn", replyId: this.#init.id, generatedChars });
    this.#init.onGone();
  }

  cut(): void {
    if (!this.#gone) this.#finish("interrupted");
  }

  /** All that was queued has been heard; more may be coming. */
  onDrained(): void {
    if (this.#gone) return;
    this.#sounding = false;
    if (this.#textDone && this.#voiceDone && this.#allHeard()) this.#finishIfHeard();
    else this.#scope.push({ type: "audio-drained", replyId: this.#init.id });
  }

  /** The line carries its sound now. */
  onStarted(filler: boolean): void {
    if (this.#gone) return;
    const { id, phrase } = this.#init;
    const isFirst = !this.#firstAudio && !filler;
    if (isFirst) {
      this.#firstAudio = true;
      this.#scope.events.emit({ type: "reply-first-audio", replyId: id, ...(phrase === undefined ? {} : { phrase }) });
    }
    if (isFirst || !this.#sounding) this.#scope.push({ type: "audio-started", replyId: id, filler });
    this.#sounding = true;
  }

  onSegmentHeard(number: number): void {
    const text = this.#segments[number]?.text;
    if (!this.#gone && text !== undefined) this.#scope.push({ type: "segment-heard", replyId: this.#init.id, text });
  }

  async #run(): Promise<void> {
    const { events, push } = this.#scope;
    try {
      await this.#init.produce({
        speaker: this.#speaker,
        signal: this.#abort.signal,
        steps: this.#steps,
        whenCommitted: this.#committed.promise,
        emit: (body) => {
          const atMs = events.now();
          this.#reveal(() => events.emit(body, atMs));
        },
      });
      if (this.#gone) return;
      this.#textDone = true;
      this.#speaker.end();
      this.#finishIfHeard();
    } catch (error) {
      if (this.#gone) return;
      reportStageError(events, "model", error);
      push({ type: "reply-failed", replyId: this.#init.id });
    }
  }

  /** Anything that reaches the caller or the record waits until the turn is certain. */
  #reveal(deed: () => void): void {
    if (this.#held === undefined) deed();
    else this.#held.push(deed);
  }

  #takeSegment(segment: SpokenSegment): void {
    const { id, phrase } = this.#init;
    const { events, playback, push } = this.#scope;
    const { number, text, spoken } = segment;
    this.#segments.push({ ...segment, step: Math.max(0, this.#steps.length - 1), ended: false });
    if (this.#segments.length === 1) events.emit({ type: "reply-first-sentence", replyId: id });
    push({ type: "voice-asked", replyId: id });
    this.#reveal(() => {
      events.emit({
        type: "reply-text",
        replyId: id,
        segment: number,
        ...(phrase === undefined ? {} : { phrase }),
        content: { text },
      });
      if (this.#scope.voiceWorks())
        playback.begin({ replyId: id, segment: number, text, spokenLength: spoken.length, filler: false });
    });
  }

  #takeSpeech(event: SpeechEvent): void {
    const { id } = this.#init;
    const { events, playback } = this.#scope;
    switch (event.type) {
      case "audio":
        if (!this.#firstByte) events.emit({ type: "voice-first-byte", replyId: id });
        this.#firstByte = true;
        return this.#reveal(() => playback.append({ replyId: id, segment: event.segment }, event.audio, event.chars));
      case "segment-end": {
        const segment = this.#segments[event.segment];
        if (segment !== undefined) segment.ended = true;
        return this.#reveal(() => playback.endSegment({ replyId: id, segment: event.segment }));
      }
      case "done":
        this.#voiceDone = true;
        return this.#finishIfHeard();
      case "failed":
        reportStageError(events, "voice", event.error);
        return this.#loseVoice();
      default: {
        const unknown: never = event;
        throw new Error(`no such speech event: ${JSON.stringify(unknown)}`);
      }
    }
  }

  /** A caller with a screen reads on; another one hears a sentence of recovery. */
  #loseVoice(): void {
    this.#voiceDone = true;
    if (!this.#scope.transport.hasScreen) return this.#scope.push({ type: "reply-failed", replyId: this.#init.id });
    this.#scope.loseVoice();
    this.#finishIfHeard();
  }

  #allHeard(): boolean {
    if (!this.#scope.voiceWorks()) return true;
    return this.#segments.every((segment) => segment.ended) && this.#scope.playback.isDrained(this.#init.id);
  }

  #finishIfHeard(): void {
    if (this.#gone || this.#held !== undefined || !this.#textDone || !this.#voiceDone || !this.#allHeard()) return;
    this.#finish("completed");
    this.#scope.push({ type: "heard", replyId: this.#init.id });
  }

  #leave(): void {
    this.#gone = true;
    this.#abort.abort();
  }

  /** Settles the ledger: what was heard goes into the conversation and the record. Without a voice, what was shown was read. */
  #finish(outcome: "completed" | "interrupted"): void {
    this.#leave();
    const { id, turnId, phrase } = this.#init;
    const { playback, conversation, events } = this.#scope;
    const read = !this.#scope.voiceWorks() && this.#held === undefined;
    const ledger = playback.drop(id);
    const heard = this.#segments.map((segment) => (read ? segment.text : (ledger.heard[segment.number] ?? "")));
    for (const [number, step] of this.#steps.entries()) {
      step.text = join(heard.filter((_, index) => this.#segments[index]?.step === number));
    }
    conversation.addReply(this.#steps);
    const unheard = this.#segments.map((segment, index) => segment.text.slice((heard[index] ?? "").length).trim());
    events.emit({
      type: "reply-finished",
      replyId: id,
      ...(turnId === undefined ? {} : { turnId }),
      ...(phrase === undefined ? {} : { phrase }),
      outcome,
      heardMs: ledger.heardMs,
      content: { heard: join(heard), unheard: join(unheard) },
    });
    this.#init.onGone();
  }
}

function join(texts: readonly string[]): string {
  return texts.filter((text) => text !== "").join(" ");
}
