/**
 * What an event may say. Card numbers are taken out of every event before anybody sees it; while a card is being read out,
 * and the plan wants it so, all of its digits are, and the recording pauses. The running call keeps the words themselves.
 */
import type { CallEventBody } from "../call-event.ts";
import { advanceCardGuard, type CardGuardState, type CardObservation, idleCardGuard } from "./card-guard.ts";
import { cardMask, maskCardNumbers, maskContent, maskDigits } from "./redact.ts";

export type ScreenEvent = (body: CallEventBody, atMs: number) => CallEventBody;

export interface ScreenOptions {
  readonly guardsCards: boolean;
  /** Nothing since `sinceMs` may be kept. */
  readonly onCardStarted: (sinceMs: number) => void;
  readonly onCardOver: () => void;
}

/** Shorter numbers (an hour, a count) stay. */
const minDigitsWhileTaking = 3;

export function createEventScreen({ guardsCards, onCardStarted, onCardOver }: ScreenOptions): ScreenEvent {
  let guard: CardGuardState = idleCardGuard;
  const observe = (body: CallEventBody, atMs: number) => {
    const seen = observationOf(body, atMs);
    if (seen === undefined) return;
    const before = guard.isTaking;
    guard = advanceCardGuard(guard, seen);
    if (guard.isTaking && !before) onCardStarted(guard.takingSinceMs);
    if (!guard.isTaking && before) onCardOver();
  };
  return (body, atMs) => {
    if (guardsCards) observe(body, atMs);
    if (!("content" in body) || body.content === undefined) return body;
    if (guard.isTaking && body.type === "keypad") return { ...body, content: { digit: cardMask } };
    const isTaking = guard.isTaking || (guard.isOverruled && isOfCaller(body));
    const mask = (text: string) => {
      const masked = maskCardNumbers(text);
      return isTaking ? maskDigits(masked, minDigitsWhileTaking) : masked;
    };
    return { ...body, content: maskContent(body.content, mask) } as CallEventBody;
  };
}

const isOfCaller = ({ type }: CallEventBody) =>
  type === "emergency" || type === "turn-committed" || type === "transcript-interim" || type === "transcript-final";

function observationOf(body: CallEventBody, atMs: number): CardObservation | undefined {
  switch (body.type) {
    case "reply-text":
      return { type: "agent-says", text: body.content.text, isPhrase: body.phrase !== undefined, atMs };
    case "speech-started":
      return { type: "caller-starts", atMs };
    case "transcript-interim":
    case "transcript-final":
      return { type: "caller-words", text: body.content.text, atMs };
    case "turn-committed":
      return { type: "caller-turn", text: body.content.text, atMs };
    case "emergency":
      return { type: "emergency", atMs };
    case "keypad":
      return { type: "keypad", digit: body.content.digit, atMs };
    default:
      return undefined;
  }
}
