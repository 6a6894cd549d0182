/** What comes before the ordinary course of a turn: words that call for help, typed words, an operator's command. */
import { findEmergency } from "./emergency.ts";
import { isRobocall } from "./robocall.ts";
import type { TurnDraft } from "./turn-draft.ts";
import { commitTurn, cut, emit, endCall, isHeld, patchCaller, say, takeTurn } from "./turn-draft.ts";
import type { OperatorCommand } from "./turn-state.ts";
import { joinWords, withoutWords } from "./turn-state.ts";

/** The same words still arrive, in later versions, for this long after they were acted on. */
const sameEmergencyMs = 8000;

/**
 * Words that call for help are answered at once, before the turn is over, with the plan's own sentence and no model. True
 * when they were.
 */
export function takeEmergency(draft: TurnDraft, text: string): boolean {
  const { emergency } = draft.context;
  const { nowMs, emergencyAtMs, reply } = draft.state;
  if (emergency === undefined || reply?.kind === "emergency" || reply?.thenEnd === "transferred") return false;
  if (emergencyAtMs !== undefined && nowMs - emergencyAtMs < sameEmergencyMs) return false;
  const word = findEmergency(text, emergency);
  if (word === undefined) return false;
  cut(draft);
  draft.state = { ...draft.state, emergencyAtMs: nowMs };
  const { say: words, transferTo } = emergency;
  const transfers = transferTo !== undefined;
  emit(draft, { type: "emergency", transfers, content: { word, text } });
  takeTurn(draft, { text, trigger: "shortcut" }, ({ turnId }) => {
    const end = transfers ? ({ thenEnd: "transferred" } as const) : {};
    say(draft, "emergency", { text: words, turnId, interruptible: false, ...end });
  });
  // Whatever it sounds like from here on, it may be somebody in need.
  draft.state = { ...draft.state, opening: undefined };
  if (transfers) emit(draft, { type: "transfer-started", by: "emergency", content: { to: transferTo } });
  return true;
}

/** A machine's recording in the first turn: it is told so and the line is closed. True when it was. */
export function takeRobocall(draft: TurnDraft, text: string): boolean {
  const { context, state } = draft;
  const { robocall } = context;
  const { nowMs, caller, opening: before } = state;
  if (robocall === undefined || before === undefined || state.reply?.thenEnd !== undefined || text === "") return false;
  if (!isRobocall({ text, before, startedAtMs: caller.speechStartedAtMs ?? nowMs, endedAtMs: nowMs })) return false;
  cut(draft);
  takeTurn(draft, { text, trigger: "shortcut" }, ({ turnId }) =>
    say(draft, "goodbye", { text: robocall.say, turnId, thenEnd: "robocall", interruptible: false }),
  );
  return true;
}

export function takeTyped(draft: TurnDraft, text: string): void {
  if (takeEmergency(draft, text)) return;
  if (isHeld(draft.state)) {
    const { frozen } = draft.state.caller;
    return patchCaller(draft, { frozen: joinWords(frozen, text), endOfSpeech: true, wordsAtMs: draft.state.nowMs });
  }
  cut(draft);
  draft.state = { ...draft.state, caller: withoutWords(draft.state.caller) };
  commitTurn(draft, text, "typed");
}

export function takeCommand(draft: TurnDraft, command: OperatorCommand): void {
  switch (command.type) {
    case "hang-up":
      return endCall(draft, "operator");
    case "whisper":
      draft.effects.push({ type: "note-whisper", text: command.text });
      return emit(draft, { type: "operator-whisper", content: { text: command.text } });
    case "say": {
      const { saysWaiting } = draft.state;
      if (!isHeld(draft.state)) return say(draft, "operator-say", { text: command.text });
      draft.state = { ...draft.state, saysWaiting: [...saysWaiting, command.text] };
      return;
    }
    case "transfer":
      // Two hands on the same lever: the first one holds.
      if (draft.state.reply?.thenEnd === "transferred") return;
      emit(draft, { type: "transfer-started", by: "operator", content: { to: command.to } });
      return say(draft, "transfer", { thenEnd: "transferred", interruptible: false });
    case "pause-recording":
    case "resume-recording":
      return switchRecording(draft, command.type === "pause-recording");
    default: {
      const unknown: never = command;
      throw new Error(`no such command: ${JSON.stringify(unknown)}`);
    }
  }
}

function switchRecording(draft: TurnDraft, isPaused: boolean): void {
  if (draft.state.recordingPaused === isPaused) return;
  draft.state = { ...draft.state, recordingPaused: isPaused };
  draft.effects.push({ type: isPaused ? "pause-recording" : "resume-recording" });
  emit(draft, { type: isPaused ? "recording-paused" : "recording-resumed" });
}
