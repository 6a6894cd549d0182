/** What deeds callers ask for, in English and Arabic, and what they say when they do not want one. */
import { type DeedKind, deedWords } from "./deed-words.ts";
import { wordSet, wordsOf } from "./spoken-words.ts";

const kinds = Object.keys(deedWords) as DeedKind[];

/** By the first word of the name that stands for one: `reschedule_appointment` moves, `send_sms` sends. */
export function deedKindOf(toolName: string): DeedKind | undefined {
  const parts = toolName
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .toLowerCase()
    .split(/[^a-z]+/);
  for (const part of parts) {
    const kind = kinds.find((each) => deedWords[each].named.has(part));
    if (kind !== undefined) return kind;
  }
  return undefined;
}

/** Whether the agent's words name this deed; those of a question that is agreed to. */
export function namesDeed(text: string, kind: DeedKind): boolean {
  const words = wordsOf(text);
  return words.some((word) => isVerbOf(word, kind)) || deedWords[kind].phrases.test(words.join(" "));
}

/** Whether they name another deed than this one. */
export function namesOtherDeed(text: string, kind: DeedKind): boolean {
  return (["cancel", "move", "send", "pay"] as const).some((other) => other !== kind && namesDeed(text, other));
}

/** Whether a caller's words ask for the deed: not "don't cancel", nor "what does it cost to cancel". */
export function wishesDeed(text: string, kind: DeedKind): boolean {
  return clausesOf(text.replace(namesThemselves, " ")).some((clause) => {
    const words = wordsOf(clause);
    const at = words.findIndex((word) => isVerbOf(word, kind));
    if (at >= 0 && !isUnwanted(words, at)) return true;
    const phrase = deedWords[kind].phrases.exec(words.join(" "));
    if (phrase === null) return false;
    const from = words
      .join(" ")
      .slice(0, phrase.index)
      .split(" ")
      .filter((word) => word !== "").length;
    return kind === "cancel" ? !isAsking(words.slice(0, from)) : !isUnwanted(words, from);
  });
}

function isVerbOf(word: string, kind: DeedKind): boolean {
  const { verbs, stem } = deedWords[kind];
  return verbs.has(word) || verbs.has(word.replace(/^[وف](?=\p{Script=Arabic}{3})/u, "")) || stem.test(word);
}

const negations = wordSet("dont not never without wont didnt doesnt neither nor مش بلاش بدون");
/** These take back only the word they stand before: "no, I want to cancel" is a wish. */
const bareNegations = wordSet("no لا لأ");
const asking = wordSet(`what how when why if whether where which does did policy fee fees cost costs charge penalty
  ايه ازاي لو اذا ليه امتي كام بكام هل مين`);
/** After one of these the question is over: "what times do you have, I want to book". */
const wanting = wordSet(
  `want need like please can could lets wanna love would عايز عايزه عاوز عاوزه محتاج محتاجه ممكن ياريت نفسي اريد حابب حابه`,
);
const nearBefore = 3;

function isUnwanted(words: readonly string[], at: number): boolean {
  const near = words.slice(Math.max(0, at - nearBefore), at);
  const isEgyptianNo = /^م\p{L}{2,}ش$/u.test(words[at] ?? "");
  return (
    isEgyptianNo ||
    near.some((word) => negations.has(word)) ||
    bareNegations.has(words[at - 1] ?? "") ||
    isAsking(words.slice(0, at))
  );
}

function isAsking(before: readonly string[]): boolean {
  const question = before.findLastIndex((word) => asking.has(word));
  const wish = before.findLastIndex((word) => wanting.has(word));
  return question >= 0 && wish < question;
}

/** Whatever a caller is called is a name, up to where a wish begins. */
const namesThemselves =
  /(?<!\p{L})(?:(?:my|the) name(?: is|['’]s)|name['’]s|call me|اسمي|الاسم)\s+(?:(?!(?<!\p{L})(?:i|i['’]?d|i['’]m|please|can|could|want|need|عايز|عايزة|عاوز|عاوزة|محتاج|محتاجة|ممكن|لو سمحت)(?!\p{L}))[^.,،;!?؟\n])*/giu;

/** Recognisers write few full stops: words that begin a new thought part clauses too. */
function clausesOf(text: string): string[] {
  return text
    .replace(/(?<=\d)[.:](?=\d)/g, " ")
    .split(/[.!?؟,،;\n]+|\s(?:but|then|so|and|actually|لكن|بس|وبعدين|بعدين)\s/iu)
    .filter((clause) => clause.trim() !== "");
}
