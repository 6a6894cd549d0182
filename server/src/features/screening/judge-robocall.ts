/** Whether the other end is a machine that reads something out, from a call's first seconds. Pure. */

/** Times are milliseconds since the call was answered. */
export type OpeningEvent =
  /** A caller's utterance, ended. */
  | { readonly type: "utterance"; readonly startedAtMs: number; readonly endedAtMs: number; readonly text: string }
  /** Of a machine: fax, modem, answering machine's beep. */
  | { readonly type: "tone"; readonly atMs: number }
  /** Nothing more happened until then. */
  | { readonly type: "clock"; readonly atMs: number };

export interface RobocallVerdict {
  readonly verdict: "robocall" | "human" | "undecided";
  /** A name for the record, never words of the call. */
  readonly because: "scam-phrases" | "recording" | "tone-without-speech" | "conversation" | "nothing-yet";
}

const judgedForMs = 20_000;
const longUtteranceMs = 6000;
const longUtteranceWords = 22;

const phrases: readonly RegExp[] = [
  /\b(press|dial) (one|two|nine|zero|\d)\b/,
  /\b(extended|vehicle|car|auto) warranty\b/,
  /\bthis is (an? )?(important|urgent|automated|recorded|final) (message|call|notice|attempt)\b/,
  /\b(do not|don't) hang up\b/,
  /\byour (social security|bank account|amazon account|microsoft account) (number )?(has been|was|is)\b/,
  /\b(suspended|compromised|suspicious activity|arrest warrant|legal action)\b/,
  /\b(lower|reduce) your (interest rate|electric bill|debt)\b/,
  /\byou (have been|are|were) (selected|pre-?approved|chosen)\b/,
  /\bto (be removed|speak (to|with) (a|an) (agent|representative|specialist))\b/,
  /اضغط (على )?(رقم )?(واحد|اثنين|صفر|\d)/,
  /(هذه|دي) (رسالة|مكالمة) (مسجلة|آلية|هامة|مهمة)/,
  /(ربحت|كسبت) (جائزة|معنا)/,
  /(تم|جاري) (إيقاف|تعليق|ايقاف) (حسابك|بطاقتك|خدمتك)/,
];

const wordsIn = (text: string) =>
  text
    .trim()
    .split(/\s+/)
    .filter((word) => word !== "").length;

/**
 * One phrase is no proof: people quote them. Two in the first utterance, or one in an utterance long enough to be read out, are;
 * so is a machine's tone before anybody spoke. A second turn of ordinary length is a conversation.
 */
export function judgeRobocall(events: readonly OpeningEvent[]): RobocallVerdict {
  const utterances = events.filter((event) => event.type === "utterance");
  const [first, ...later] = utterances;
  const tone = events.find((event) => event.type === "tone");
  if (first === undefined) {
    return tone !== undefined && tone.atMs < judgedForMs
      ? { verdict: "robocall", because: "tone-without-speech" }
      : { verdict: "undecided", because: "nothing-yet" };
  }
  if (first.startedAtMs > judgedForMs) return { verdict: "human", because: "conversation" };
  const found = phrases.filter((phrase) => phrase.test(first.text.toLowerCase())).length;
  const isLong = first.endedAtMs - first.startedAtMs >= longUtteranceMs || wordsIn(first.text) >= longUtteranceWords;
  if (found >= 2) return { verdict: "robocall", because: "scam-phrases" };
  if (found === 1 && isLong) return { verdict: "robocall", because: "recording" };
  return later.length > 0 || !isLong
    ? { verdict: "human", because: "conversation" }
    : { verdict: "undecided", because: "nothing-yet" };
}
