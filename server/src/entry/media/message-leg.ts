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
  hangUp(): void;
}

export function createMessageLeg(clock: Clock): MessageLeg {
  let handler: TransportHandler | undefined;
  let said: string[] = [];
  let ended = false;
  let waiting: { done: (event: CallEvent) => boolean; finish: () => void } | undefined;
  const pending: string[] = [];

  const take = (): TextReply => {
    const replies = said;
    said = [];
    return { replies, ended };
  };

  const gather = (done: (event: CallEvent) => boolean) =>
    new Promise<TextReply>((resolve) => {
      waiting?.finish();
      const finish = () => {
        cancel();
        waiting = undefined;
        resolve(take());
      };
      const cancel = clock.setTimer(replyTimeoutMs, finish);
      waiting = { done, finish };
      if (ended) finish();
    });

  const hangUp = () => {
    if (ended) return;
    ended = true;
    handler?.onClose("caller-hung-up");
    waiting?.finish();
  };

  return {
    transport: {
      channel: "text",
      inputFormat: silent,
      outputFormat: silent,
      hasScreen: true,
      start(receiver) {
        handler = receiver;
        for (const text of pending.splice(0)) receiver.onText(text);
      },
      sendAudio: () => undefined,
      sendMark: (name) => queueMicrotask(() => !ended && handler?.onMark(name)),
      clear: () => undefined,
      sendNotice: () => undefined,
      close() {
        ended = true;
        waiting?.finish();
      },
      stats: () => ({ framesIn: 0, malformed: 0, oversized: 0, outOfOrder: 0 }),
    },
    onEvent(event) {
      if (event.type === "reply-finished" && event.outcome !== "withdrawn" && event.content.heard !== "") {
        said.push(event.content.heard);
      }
      if (event.type === "call-ended") ended = true;
      if (waiting && (ended || waiting.done(event))) waiting.finish();
    },
    open: () => gather((event) => event.type === "reply-finished" && event.phrase === "greeting"),
    say(text) {
      let asked = false;
      const reply = gather((event) => {
        if (event.type === "turn-committed") asked = true;
        if (event.type !== "reply-finished" || !asked) return false;
        return event.turnId !== undefined && event.outcome !== "withdrawn" && event.phrase !== "filler";
      });
      if (handler) handler.onText(text);
      else pending.push(text);
      return reply;
    },
    hangUp,
  };
}
