/** Events that are a line of small type: what the owner should know, and nothing a caller said. */
import type { CallEvent, PhraseKind, WatchdogReason } from "@parley/contract/call-event";
import type { Note } from "./entries.ts";

const watchdogWords: Record<WatchdogReason, string> = {
  "speech-without-transcript": "Speech was heard, but no words came from the recogniser",
  "transcript-without-reply": "The model did not answer in time",
  "reply-without-audio": "The voice did not deliver in time",
  "audio-without-marks": "Playback was not confirmed by the line",
  "tool-without-result": "A tool did not answer in time",
  silence: "The line stayed silent",
  "max-duration": "The call reached its longest duration",
};

export const phraseWords: Record<PhraseKind, string> = {
  greeting: "Greeting",
  filler: "Filler",
  "idle-prompt": "After a silence",
  "did-not-hear": "Heard no words",
  recovery: "After a fault",
  apology: "Apology",
  goodbye: "Goodbye",
  "keypad-menu": "Keypad menu",
  "operator-say": "Said by an operator",
  emergency: "Emergency",
  transfer: "Before a transfer",
  "handoff-greeting": "Greeting of the next agent",
};

export function describeNote(event: CallEvent): Note | undefined {
  switch (event.type) {
    case "barge-in-confirmed":
      return { tone: "quiet", text: "The caller took the floor" };
    case "barge-in-false":
      return { tone: "quiet", text: "Not an interruption: the agent went on where it stopped" };
    case "backchannel":
      return { tone: "quiet", text: `“${event.content?.text ?? ""}” while listening` };
    case "stage-error":
      return withDetail(
        {
          tone: "error",
          text: `${event.provider}: the ${event.stage} failed (${event.category}${event.status === undefined ? "" : `, ${event.status}`})`,
        },
        event.content?.vendorMessage,
      );
    case "provider-switched":
      return { tone: "warning", text: `The ${event.stage} moved from ${event.from} to ${event.to}` };
    case "watchdog":
      return { tone: "warning", text: watchdogWords[event.reason] };
    case "emergency":
      return { tone: "warning", text: `Emergency words: “${event.content?.word ?? ""}”` };
    case "transfer-started":
      return { tone: "quiet", text: `Put through by the ${event.by === "emergency" ? "emergency rule" : event.by}` };
    case "transfer-unavailable":
      return { tone: "warning", text: "A person was asked for, and this call cannot be put through" };
    case "handed-off":
      return { tone: "quiet", text: `${event.agentName} took the call over` };
    case "operator-whisper":
      return { tone: "quiet", text: `An operator told the agent: “${event.content?.text ?? ""}”` };
    case "recording-paused":
      return { tone: "quiet", text: "An operator paused the recording" };
    case "recording-resumed":
      return { tone: "quiet", text: "The recording went on" };
    case "notice":
      return { tone: "warning", text: event.content?.text ?? event.code };
    default:
      return undefined;
  }
}

function withDetail(note: Note, detail: string | undefined): Note {
  return detail === undefined || detail === "" ? note : { ...note, detail };
}
