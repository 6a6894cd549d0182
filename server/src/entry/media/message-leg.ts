/** A call by typed messages over HTTP: a leg without a socket, and the replies to each message gathered from the events. */
import type { CallEvent } from "@parley/contract/call-event";
import type { AudioFormat } from "../../audio/frame.ts";
import type { MediaTransport, TransportHandler } from "../../call/ports.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { TextReply } from "../process-messages.ts";

const silent: AudioFormat = { encoding: "pcm16", sampleRateHz: 16_000 };
const replyTimeoutMs = 30_000;

export interface MessageLeg {
  readonly transport: MediaTransport;
  /** Give it every event of the call. */
  onEvent(event: CallEvent): void;
  /** Resolves with what the agent said since the last message, once its reply to this one is finished. */
  say(text: string): Promise<TextReply>;
  /** Resolves with what the agent says by itself: the greeting. */
  open(): Promise<TextReply>;
}

export function createMessageLeg(clock: Clock): MessageLeg {
  const exchange = new MessageExchange(clock);
  return {
    transport: createSilentTransport(exchange),
    onEvent: (event) => exchange.onEvent(event),
    say: (text) => exchange.say(text),
    open: () => exchange.open(),
  };
}

/** A leg without sound: what is sent is heard at once. */
function createSilentTransport(exchange: MessageExchange): MediaTransport {
  return {
    channel: "text",
    inputFormat: silent,
    outputFormat: silent,
    hasScreen: true,
    start: (handler) => exchange.start(handler),
    sendAudio: () => undefined,
    sendMark: (name) => queueMicrotask(() => exchange.onMark(name)),
    clear: () => undefined,
    sendNotice: () => undefined,
    close: () => exchange.end(),
    stats: () => ({ framesIn: 0, malformed: 0, oversized: 0, outOfOrder: 0 }),
  };
}

class MessageExchange {
  private readonly clock: Clock;
  private handler: TransportHandler | undefined;
  private said: string[] = [];
  private ended = false;
  private waiting: { done: (event: CallEvent) => boolean; finish: () => void } | undefined;
  private readonly early: string[] = [];

  constructor(clock: Clock) {
    this.clock = clock;
  }

  start(handler: TransportHandler): void {
    this.handler = handler;
    for (const text of this.early.splice(0)) handler.onText(text);
  }

  onMark(name: string): void {
    if (!this.ended) this.handler?.onMark(name);
  }

  end(): void {
    this.ended = true;
    this.waiting?.finish();
  }

  onEvent(event: CallEvent): void {
    if (event.type === "reply-finished" && event.outcome !== "withdrawn" && event.content.heard !== "") {
      this.said.push(event.content.heard);
    }
    if (event.type === "call-ended") this.ended = true;
    if (this.waiting && (this.ended || this.waiting.done(event))) this.waiting.finish();
  }

  open(): Promise<TextReply> {
    return this.gather((event) => event.type === "reply-finished" && event.phrase === "greeting");
  }

  say(text: string): Promise<TextReply> {
    let asked = false;
    const reply = this.gather((event) => {
      if (event.type === "turn-committed") asked = true;
      if (event.type !== "reply-finished" || !asked) return false;
      return event.turnId !== undefined && event.outcome !== "withdrawn" && event.phrase !== "filler";
    });
    if (this.handler) this.handler.onText(text);
    else this.early.push(text);
    return reply;
  }

  private gather(done: (event: CallEvent) => boolean): Promise<TextReply> {
    return new Promise((resolve) => {
      this.waiting?.finish();
      const finish = () => {
        cancel();
        this.waiting = undefined;
        const replies = this.said;
        this.said = [];
        resolve({ replies, ended: this.ended });
      };
      const cancel = this.clock.setTimer(replyTimeoutMs, finish);
      this.waiting = { done, finish };
      if (this.ended) finish();
    });
  }
}
