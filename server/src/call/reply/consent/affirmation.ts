/** Whether a caller's words say yes, and to which of the agent's. */
import { wordSet, wordsOf } from "./spoken-words.ts";

const yes =
  wordSet(`yes yeah yea yep yup yess sure ok okay okey alright right correct exactly perfect great fine please absolutely
  definitely certainly indeed confirm confirmed confirming agreed agree good lovely wonderful brilliant ideal ahead works
  ايوه ايوا ايوة اه آه اها نعم تمام ماشي حاضر اوكي اوكيه اوك طبعا اكيد صح صحيح مظبوط مضبوط موافق موافقة بالظبط ياريت اتفضل اتفضلي
  حلو كويس ممتاز مناسب ينفع اكد اكدي زبط`);
const no =
  wordSet(`no nope nah not dont doesnt isnt wont never wait stop actually instead but wrong incorrect unless hold cancel
  لا لأ لاء مش استنى استني لحظة لكن غلط بلاش ولا مكانش`);
/** A yes that says what it means, as "book it" does, stands among the first words. */
const firstWords = 5;
const doIt = /\b(?:do|book|send|make|take|confirm|move|change|update|go) (?:it|that|so|ahead|them)\b/;
/** Keys that a caller was told to press for yes. */
const pressOne = /(?:press|دوس|اضغط|اضغطي)\s+(?:1|one|واحد|١)/iu;

export function saysYes(text: string): boolean {
  const words = wordsOf(text);
  if (words.some((word) => no.has(word) || isEgyptianNo(word)) || /(?:^|\s)بس (?!كد)/u.test(words.join(" "))) {
    return isNoDespiteCancel(words);
  }
  return words.slice(0, firstWords).some((word) => yes.has(word)) || doIt.test(words.join(" "));
}

/** "Yes, cancel it" is a yes. */
function isNoDespiteCancel(words: readonly string[]): boolean {
  const others = words.filter((word) => word !== "cancel" && (no.has(word) || isEgyptianNo(word)));
  return (
    others.length === 0 && !/(?:^|\s)بس /u.test(words.join(" ")) && words.slice(0, 2).some((word) => yes.has(word))
  );
}

/** «متلغيش», «مينفعش». */
const isEgyptianNo = (word: string) => /^م\p{L}{2,}ش$/u.test(word) && word.length > 4;

/** True when the caller's words agree to what the agent had just asked. */
export function agreesTo(callerText: string, agentText: string): boolean {
  const keys = /^\[keypad\]\s*1#?$/.test(callerText.trim());
  if (keys) return pressOne.test(agentText);
  return isCheck(agentText) && saysYes(callerText);
}

const offersHelp =
  /anything else|something else|else i can|help you|can i help|حاج[ةه] تاني[ةه]|[أا]ساعدك|تحت [أا]مرك/iu;
const checks = /(?:right|correct|okay|ok|yes|صح|تمام|مظبوط|موافق|ماشي)\W*$/iu;

/** A question that asks whether something is right or may be done; what was cut short may have been one. */
function isCheck(agentText: string): boolean {
  const text = agentText.trim();
  const last = sentencesOf(text).at(-1) ?? "";
  if (last === "" || offersHelp.test(last)) return false;
  return /[?؟]\W*$/u.test(last) || checks.test(last) || !/[.!…]\W*$/u.test(last);
}

/** The sentence that asked, with what it asked about when it says nothing itself ("Is that right?"). */
export interface ReadBack {
  readonly question: string;
  /** With the sentences before it, as one reads several back in a row. */
  readonly all: string;
}

const plainCheck =
  /^(?:so |and )?(?:is (?:that|this|it|everything)|does that|did i get|have i got|shall i (?:do|go)|is all)/i;
const plainCheckArabic = /(?:كده (?:صح|تمام|مظبوط)|مظبوط كده|صح كده|تمام كده|موافق|[أا][أؤو]?كد)/u;
const maxSentences = 6;

export function readBackOf(agentText: string): ReadBack {
  const sentences = sentencesOf(agentText.trim());
  const last = sentences.at(-1) ?? "";
  const words = wordsOf(last).length;
  const isShort = words <= 7 && (plainCheck.test(last) || plainCheckArabic.test(last) || words <= 3);
  const isPlain = isShort || pressOne.test(last);
  const all = sentences.slice(-maxSentences).join(" ");
  return { question: isPlain ? sentences.slice(-2).join(" ") : last, all };
}

/** Abbreviations and hours ("10 a.m. for you", "Dr. Lee") end no sentence. */
function sentencesOf(text: string): string[] {
  return text
    .split(/(?<=(?<!\b(?:[ap]\.m|dr|mr|mrs|ms|st|no|د|م))[.!?؟…]["')»]?)\s+/iu)
    .map((sentence) => sentence.trim())
    .filter((sentence) => sentence !== "");
}
