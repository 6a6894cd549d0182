/**
 * START HERE: one call, from answer to hang-up, on one page.
 *
 * Everything that happens becomes an input (words, voice, played marks, keys, time). `advanceTurn` decides, as a pure
 * function; `perform` starts what it asked for and returns at once; results come back as inputs. So the caller can
 * interrupt while anything else hangs. Whether they did is decided in `turn/barge-in.ts`.
 */
import type { Channel } from "../kernel/channel.ts";
import { createChannel } from "../kernel/channel.ts";
import type { HangUpReason } from "./call-event.ts";
import type { CallParts } from "./call-parts.ts";
import type { LiveReplyInit } from "./live-reply.ts";
import { LiveReply } from "./live-reply.ts";
import type { OpenCall } from "./open-call.ts";
import { openCall } from "./open-call.ts";
import { phraseTexts, playFiller } from "./phrases.ts";
import { produceAnswer, producePhrase } from "./produce-reply.ts";
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
    onSegmentHeard: (replyId, segment) => replies.get(replyId)?.onSegmentHeard(segment),
  });
  const { push, playback } = call.scope;
  parts.transport.start({
    onAudio(frame) {
      call.recorder?.onCallerAudio(frame);
      call.listening.onFrame(frame);
    },
    onMark: (name) => playback.onMark(name),
    onDigit: (digit) => push({ type: "digit", digit }),
    onText: (text) => push({ type: "typed", text }),
    onClientTranscript: (text, isFinal) => call.listening.onClientTranscript(text, isFinal),
    onClose: () => push({ type: "closed" }),
  });
  parts.signal.addEventListener("abort", () => push({ type: "operator", command: { type: "hang-up" } }), {
    once: true,
  });
  push({ type: "call-started" });
  return { done: followInputs(parts, call, { inputs, replies }), push };
}

interface CallLoop {
  readonly inputs: Channel<TimedInput>;
  readonly replies: Map<string, LiveReply>;
}

async function followInputs(parts: CallParts, call: OpenCall, loop: CallLoop): Promise<void> {
  const { events } = call.scope;
  let state = initialTurnState;
  let cancelWake: () => void = () => undefined;
  for await (const input of loop.inputs) {
    const [next, effects] = advanceTurn(state, input, call.context);
    state = next;
    for (const effect of effects) perform(effect, call, loop);
    cancelWake();
    const wakeMs = nextWakeMs(state, call.context);
    if (wakeMs !== undefined)
      cancelWake = parts.clock.setTimer(wakeMs - events.now(), () => call.scope.push({ type: "tick" }));
  }
  cancelWake();
}

function perform(effect: TurnEffect, call: OpenCall, loop: CallLoop): void {
  const { events, playback, conversation } = call.scope;
  const start = (init: Omit<LiveReplyInit, "onGone">) => {
    const reply = new LiveReply(call.scope, { ...init, onGone: () => loop.replies.delete(init.id) });
    loop.replies.set(init.id, reply);
  };
  switch (effect.type) {
    case "start-reply": {
      const { replyId: id, turnId, text, speculative } = effect;
      const produce = produceAnswer(call.scope, { replyId: id, turnId, text, speculative });
      return start({ id, turnId, speculative, produce });
    }
    case "start-phrase": {
      const { replyId: id, phrase, turnId } = effect;
      const produce = producePhrase(effect.text ?? phraseTexts(call.scope.persona, phrase, effect.variant));
      return start({ id, phrase, speculative: false, produce, ...(turnId === undefined ? {} : { turnId }) });
    }
    case "commit-turn": {
      const { turnId, text, trigger, lastVoiceAtMs } = effect;
      conversation.addCaller(turnId, text);
      const voice = lastVoiceAtMs === undefined ? {} : { lastVoiceAtMs };
      return events.emit({ type: "turn-committed", turnId, trigger, ...voice, content: { text } });
    }
    case "reopen-turn":
      return conversation.removeCaller(effect.turnId);
    case "commit-reply":
      return loop.replies.get(effect.replyId)?.commit();
    case "withdraw-reply":
      return loop.replies.get(effect.replyId)?.withdraw();
    case "cut-reply":
      return loop.replies.get(effect.replyId)?.cut();
    case "hand-off":
      return call.handOff(effect.agentId);
    case "note-whisper":
      return call.scope.addNote(effect.text);
    case "pause-recording":
      return call.recorder?.pause("operator");
    case "resume-recording":
      return call.recorder?.resume("operator");
    case "play-filler":
      return playFiller(call.scope, effect.replyId, effect.variant);
    case "pause-playback":
      return playback.pause();
    case "resume-playback":
      return playback.resume();
    case "finalize-transcript":
      return call.listening.finalize();
    case "emit":
      return events.emit(effect.event);
    case "end-call":
      return endCall(effect.reason, call, loop);
    default: {
      const unknown: never = effect;
      throw new Error(`no such effect: ${JSON.stringify(unknown)}`);
    }
  }
}

function endCall(reason: HangUpReason, call: OpenCall, { inputs, replies }: CallLoop): void {
  const { events, transport } = call.scope;
  for (const reply of [...replies.values()]) reply.cut();
  call.close();
  events.emit({ type: "call-ended", reason, durationMs: Math.round(events.now()) });
  transport.close(reason);
  inputs.close();
}
