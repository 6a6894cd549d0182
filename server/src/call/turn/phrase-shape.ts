/** How a phrase sounds: finished or not, a dictation under way, a bare yes. Asked for every interim transcript. */
import { dictationOf } from "./dictation.ts";
import {
  backchannelPhrases,
  backchannelWords,
  completePhrases,
  completeWords,
  digitWords,
  neverOpenAlone,
  openPhrases,
  openWords,
  questionStarters,
  shortAnswerPhrases,
  shortAnswerWords,
  tensWords,
} from "./phrase-words.ts";

export interface PhraseShape {
  /** `open`: more is to come (a connective, a filler word, a comma). `neutral`: the words do not tell. */
  readonly ending: "complete" | "open" | "neutral";
  /** What is being dictated and not complete yet. */
  readonly dictation: "none" | "digits" | "email" | "spelling";
  /** The whole utterance is a yes, a no, an okay: nothing more is to be waited for. */
  readonly shortAnswer: boolean;
  /** The whole utterance only says "I am listening". */
  readonly backchannel: boolean;
  readonly words: number;
}

/** Only the end of a long utterance tells anything. */
const tailChars = 240;

/** `language`: BCP-47; its region says how long a phone number is. The words of both languages are always known. */
export function describePhrase(text: string, language: string): PhraseShape {
  const tail = text.length > tailChars ? text.slice(text.indexOf(" ", text.length - tailChars) + 1) : text;
  const mark = endingMark(tail);
  const tokens = tokenise(tail);
  const words = text === tail ? countIn(tokens) : countWords(text);
  const utterance = words <= 5 ? stripTitles(tokens) : [];
  const shortAnswer = isMadeOf(utterance, shortAnswerWords, shortAnswerPhrases) && mark !== "pause";
  const backchannel = words <= 3 && isMadeOf(utterance, backchannelWords, backchannelPhrases);
  const { dictation, completed } = dictationOf(tail, tokens, { language, asked: mark === "question" });
  const ending = completed || shortAnswer ? "complete" : dictation !== "none" ? "open" : endingOf(tokens, mark);
  return { ending, dictation, shortAnswer, backchannel, words };
}

/** Words as a listener counts them: "555-0100" is one, a lone dash is none. */
export function countWords(text: string): number {
  let count = 0;
  let inWord = false;
  let hasSound = false;
  for (let index = 0; index <= text.length; index++) {
    const code = index < text.length ? text.charCodeAt(index) : 32;
    const space = code === 32 || (code >= 9 && code <= 13) || code === 160;
    if (space) {
      if (inWord && hasSound) count++;
      inWord = false;
      hasSound = false;
    } else {
      inWord = true;
      hasSound ||= isSounded(code);
    }
  }
  return count;
}

function isSounded(code: number): boolean {
  if (code < 128) return (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
  // Arabic punctuation and general punctuation are silent.
  return code > 170 && code !== 0x060c && code !== 0x061b && code !== 0x061f && !(code >= 0x2000 && code <= 0x206f);
}

function countIn(tokens: readonly string[]): number {
  let count = 0;
  for (const token of tokens) if (token !== "") count++;
  return count;
}

type EndingMark = "question" | "exclamation" | "stop" | "pause" | "ellipsis" | "none";

function endingMark(text: string): EndingMark {
  let index = text.length - 1;
  while (index >= 0 && /[\s"'”’)\]»]/.test(text[index] ?? "")) index--;
  const char = text[index] ?? "";
  if (char === "…" || (char === "." && text[index - 1] === ".")) return "ellipsis";
  if (char === "?" || char === "؟") return "question";
  if (char === "!") return "exclamation";
  if (char === "." || char === "۔") return "stop";
  return char !== "" && ",،;؛:-—–".includes(char) ? "pause" : "none";
}

/** Lower case, without the marks and letter variants that recognisers write now one way, now another. */
function normaliseWord(word: string): string {
  const bare = word.replace(edgeMarks, "").toLowerCase().replace(/’/g, "'");
  if (!/[\u0600-\u06ff]/.test(bare)) return bare;
  return bare
    .replace(/[\u064b-\u065f\u0670\u0640]/g, "")
    .replace(/[أإآٱ]/g, "ا")
    .replace(/ة/g, "ه")
    .replace(/ى/g, "ي")
    .replace(/[٠-٩]/g, (digit) => String(digit.charCodeAt(0) - 0x0660));
}

const edgeMarks = /^[\s"'“”‘’.,!?;:؟،؛…()[\]«»*—–-]+|[\s"'“”‘’.,!?;:؟،؛…()[\]«»*—–-]+$/g;

function tokenise(text: string): string[] {
  return text
    .split(/\s+/)
    .map(normaliseWord)
    .filter((token) => token !== "");
}

const titles = new Set(["sir", "ma'am", "madam", "فندم", "دكتور", "يا"]);

function stripTitles(tokens: readonly string[]): readonly string[] {
  return tokens.length > 1 ? tokens.filter((token) => !titles.has(token)) : tokens;
}

/** Is the utterance nothing but these words and phrases? */
function isMadeOf(tokens: readonly string[], words: ReadonlySet<string>, phrases: ReadonlySet<string>): boolean {
  if (tokens.length === 0) return false;
  let index = 0;
  while (index < tokens.length) {
    const length = phraseLengthAt(tokens, index, phrases);
    if (length > 0) index += length;
    else if (words.has(tokens[index] ?? "")) index++;
    else return false;
  }
  return true;
}

function phraseLengthAt(tokens: readonly string[], at: number, phrases: ReadonlySet<string>): number {
  for (let length = Math.min(4, tokens.length - at); length >= 2; length--) {
    if (phrases.has(tokens.slice(at, at + length).join(" "))) return length;
  }
  return 0;
}

function endsWithPhrase(tokens: readonly string[], phrases: ReadonlySet<string>): boolean {
  for (let length = Math.min(4, tokens.length); length >= 1; length--) {
    if (phrases.has(tokens.slice(-length).join(" "))) return true;
  }
  return false;
}

function endingOf(tokens: readonly string[], mark: EndingMark): PhraseShape["ending"] {
  const last = tokens.at(-1);
  if (last === undefined) return "neutral";
  if (mark === "question" || mark === "exclamation") return "complete";
  if (mark === "pause" || mark === "ellipsis") return "open";
  // Recognisers put a full stop after whatever they froze, so the words weigh more than it does.
  if (endsWithPhrase(tokens, completePhrases)) return "complete";
  if (isOpenEnd(tokens, last, mark)) return "open";
  if (mark === "stop" || soundsFinished(tokens, last)) return "complete";
  return "neutral";
}

/** A stop after "that's", "want", "like" may be meant; after "and" or "my number is" it is not. */
const openUnlessStopped = new Set(
  "in on over by about before after under near like as that this these those some any either is are was were am do does did have has had can could will would should may might must want need well also just very really actually maybe perhaps then though since her his i'm it's that's i we زي بعد قبل عند كمان برضه برضو كان كانت ده دي هو هي ممكن".split(
    " ",
  ),
);

function isOpenEnd(tokens: readonly string[], last: string, mark: EndingMark): boolean {
  if (endsWithPhrase(tokens, openPhrases)) return true;
  if (!openWords.has(last)) return false;
  if (neverOpenAlone.has(last)) return false;
  return mark !== "stop" || !openUnlessStopped.has(last) || tokens.length === 1;
}

function soundsFinished(tokens: readonly string[], last: string): boolean {
  if (completeWords.has(last) || /^\d{1,2}:\d{2}$|^\d{1,2}(?::\d{2})?[ap]\.?m$/.test(last)) return true;
  const first = tokens[0] ?? "";
  if (isClockTime(tokens)) return true;
  return tokens.length >= 5 && questionStarters.has(first);
}

/** "at nine thirty", "الساعة تلاتة ونص". */
function isClockTime(tokens: readonly string[]): boolean {
  const near = tokens.slice(-4);
  const at = near.findIndex((token) => token === "at" || token === "الساعه");
  if (at < 0 || at === near.length - 1) return false;
  return near
    .slice(at + 1)
    .every(
      (token) =>
        /^\d{1,2}$/.test(token) || digitWords.has(token) || tensWords.has(token) || /^و?(?:نص|ربع|تلت)$/.test(token),
    );
}
