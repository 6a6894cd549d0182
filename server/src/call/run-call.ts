/**
 * START HERE: one call, from answer to hang-up, on one page.
 *
 * Everything that happens becomes an input (words, voice, played marks, keys, time). `advanceTurn` decides, as a pure
 * function; `perform` starts what it asked for and returns at once; results come back as inputs. So the caller can
 * interrupt while anything else hangs. `call/turn/barge-in.ts` decides when.
 */
import { createChannel } from "../kernel/channel.ts";
import type { LiveReply } from "./live-reply.ts";
import { produceAnswer, producePhrase, startLiveReply } from "./live-reply.ts";
import type { CallParts } from "./open-call.ts";
import { openCall } from "./open-call.ts";
import { phraseText, playFiller } from "./phrases.ts";
import { advanceTurn } from "./turn/advance-turn.ts";
import type { TimedInput, TurnEffect, TurnInput } from "./turn/turn-state.ts";
import { initialTurnState } from "./turn/turn-state.ts";
import { nextWakeMs } from "./turn/watchdog.ts";

export interface RunningCall {
  /** Resolves when the call is over and its last event was emitted. Never rejects. */
  readonly done: Promise<void>;
  /** A command from outside: an operator's, or `drain` when the process is about to stop. */
  push(input: Extract<TurnInput, { type: "operator" | "drain" }>): void;
}

export function runCall(parts: CallParts): RunningCall {
  const inputs = createChannel<TimedInput>();
  const replies = new Map<string, LiveReply>();
  const call = openCall(parts, {
    inputs,
    onReplyStarted: (replyId, filler) => replies.get(replyId)?.onStarted(filler),
    onReplyDrained: (replyId) => replies.get(replyId)?.onDrained(),
  });
  const { scope, listening, context } = call;
  const { events, playback, conversation, plan, push } = scope;

  parts.transport.start({
    onAudio: (frame) => listening.onFrame(frame),
    onMark: (name) => playback.onMark(name),
    onDigit: (digit) => push({ type: "digit", digit }),
    onText: (text) => push({ type: "typed", text }),
    onClientTranscript: (text, isFinal) => listening.onClientTranscript(text, isFinal),
    onClose: () => push({ type: "closed" }),
  });
  parts.signal.addEventListener("abort", () => push({ type: "operator", command: { type: "hang-up" } }), {
    once: true,
  });

  function start(
    init: Pick<Parameters<typeof startLiveReply>[1], "id" | "turnId" | "phrase" | "speculative" | "produce">,
  ): void {
    replies.set(init.id, startLiveReply(scope, { ...init, onGone: () => replies.delete(init.id) }));
  }

  function perform(effect: TurnEffect): void {
    switch (effect.type) {
      case "start-reply": {
        const { replyId: id, turnId, text, speculative } = effect;
        return start({ id, turnId, speculative, produce: produceAnswer(scope, id, speculative ? text : undefined) });
      }
      case "start-phrase": {
        const text = effect.text ?? phraseText(plan, effect.phrase, effect.variant);
        return start({ id: effect.replyId, phrase: effect.phrase, speculative: false, produce: producePhrase(text) });
      }
      case "commit-turn": {
        const { turnId, text, trigger, lastVoiceAtMs } = effect;
        conversation.addCaller(turnId, text);
        const heardAt = lastVoiceAtMs === undefined ? {} : { lastVoiceAtMs };
        return events.emit({ type: "turn-committed", turnId, trigger, ...heardAt, content: { text } });
      }
      case "reopen-turn":
        return conversation.removeCaller(effect.turnId);
      case "commit-reply":
        return replies.get(effect.replyId)?.commit();
      case "withdraw-reply":
        return replies.get(effect.replyId)?.withdraw();
      case "cut-reply":
        return replies.get(effect.replyId)?.cut();
      case "play-filler":
        return playFiller(scope, effect.replyId, effect.variant);
      case "pause-playback":
        return playback.pause();
      case "resume-playback":
        return playback.resume();
      case "finalize-transcript":
        return listening.finalize();
      case "emit":
        return events.emit(effect.event);
      case "end-call":
        for (const reply of [...replies.values()]) reply.cut();
        call.close();
        events.emit({ type: "call-ended", reason: effect.reason, durationMs: Math.round(events.now()) });
        parts.transport.close(effect.reason);
        return inputs.close();
      default: {
        const unknown: never = effect;
        throw new Error(`no such effect: ${JSON.stringify(unknown)}`);
      }
    }
  }

  async function run(): Promise<void> {
    let state = initialTurnState;
    let cancelWake: () => void = () => undefined;
    push({ type: "call-started" });
    for await (const input of inputs) {
      const [next, effects] = advanceTurn(state, input, context);
      state = next;
      for (const effect of effects) perform(effect);
      cancelWake();
      const wakeMs = nextWakeMs(state, context);
      if (wakeMs !== undefined) cancelWake = parts.clock.setTimer(wakeMs - events.now(), () => push({ type: "tick" }));
    }
    cancelWake();
  }

  return { done: run(), push };
}
