/** What deeds callers ask for, in English and Arabic, and what they say when they do not want one. */
import { wordSet, wordsOf } from "./spoken-words.ts";

/** Deeds that people have words for. A tool belongs to one by a word of its name. */
interface DeedWords {
  /** Words of tools' names. */
  readonly named: ReadonlySet<string>;
  /** Said, they ask for it. */
  readonly verbs: ReadonlySet<string>;
  /** Several words, spelled as `wordsOf` spells them. */
  readonly phrases: RegExp;
}

const deeds = {
  book: {
    named: wordSet("book booking reserve reservation schedule hold appoint"),
    verbs: wordSet(`book booking booked reserve reservation schedule pencil squeeze
      احجز احجزلي احجزي احجزيلي حجز حجزلي تحجز تحجزلي تحجزيلي نحجز بحجز هحجز يحجز سجلني احجزلى`),
    phrases:
      /\b(?:want|need|like|get|have|make|take|find|give me|come in for|looking for|set up|arrange)\b(?: \p{L}+){0,4} (?:an?|another|the|that|this|some|next|first|earliest|new|any) (?:\p{L}+ ){0,3}(?:appointment|visit|slot|spot|checkup|check up|cleaning|consultation|session|table|room|time|one|opening)\b|\b(?:see|come in|come and see)\b(?: \p{L}+){0,3} (?:dentist|doctor|dr|somebody|someone|hygienist)\b|\bput (?:me|us|him|her) (?:down|in)\b|\bfit (?:me|us) in\b|\bill take (?:it|that|the)\b|(?:عايز|عايزه|عاوز|عاوزه|محتاج|محتاجه|ممكن|نفسي|اريد|حابب|حابه|ياريت|اخد|خد|خدلي)(?: \p{L}+){0,3} (?:ميعاد|معاد|موعد|كشف|زياره|اكشف|جلسه|استشاره)(?![\p{L}])|(?:عايز|عايزه|عاوز|عاوزه|محتاج|محتاجه|ممكن) (?:اجي|اكشف)/u,
  },
  cancel: {
    named: wordSet("cancel cancellation delete remove abort void"),
    verbs: wordSet(`cancel cancelling canceling cancellation delete remove
      الغي الغيه الغيها الغيلي الغاء تلغي تلغيه تلغيها تلغيلي نلغي يلغي يتلغي هلغي بلغي لاغي كنسل كنسلي امسح امسحلي شيل شيلي`),
    phrases:
      /\b(?:call (?:it )?off|cant make it|cannot make it|wont (?:be )?(?:coming|come|make it)|scrap (?:it|that))\b|مش (?:هاجي|هقدر اجي|جاي)/u,
  },
  move: {
    named: wordSet("reschedule move postpone shift"),
    verbs: wordSet(`reschedule move postpone rebook push shift change switch swap delay
      اغير غير غيرلي تغير تغيرلي نغير اغيره اجل ااجل تاجل اجلي تاجيل انقل تنقل ننقل نقل اقدم تقديم ازحلق بدل`),
    phrases:
      /\b(?:another|different|other|later|earlier) (?:day|time|date|slot)\b|\binstead\b|\bbring (?:it )?forward\b|(?:يوم|وقت|ميعاد|معاد) تاني/u,
  },
  update: {
    named: wordSet(
      "update edit change set correct modify save record note add create upsert append insert write log register",
    ),
    verbs: wordSet(`update change correct edit fix add save record note write register put create open file log
      عدل عدلي عدللي تعدل حدث حدثلي تحدث غير غيرلي اغير تغير صحح صححي ضيف ضيفي ضيفلي اضف اضيف سجل سجلي سجللي تسجل اكتب اكتبي اكتبلي احفظ افتح افتحلي اعمل اعملي اعمللي`),
    phrases:
      /\b(?:my|our) new\b|\bhas changed\b|\b(?:ive|i have|we have|weve) moved\b|بقي (?:عنواني|رقمي|اسمي)|(?:عنواني|رقمي|ايميلي) (?:ال)?جديد/u,
  },
  send: {
    named: wordSet("send sms text email mail message notify whatsapp invite"),
    verbs: wordSet(`send text sms email mail whatsapp resend forward
      ابعت ابعتي ابعتلي ابعتيلي ابعتهالي ابعتوا ابعتولي تبعت تبعتلي تبعتيلي تبعتولي نبعت يبعت ارسل ارسلي ارسلولي ترسل ترسلي`),
    phrases: /\bmessage me\b|\bdrop me\b/u,
  },
  pay: {
    named: wordSet("pay payment charge refund order buy purchase checkout subscribe transfer"),
    verbs: wordSet(`pay charge refund order buy purchase subscribe ادفع تدفع خصم اخصم رجع ترجع اطلب تطلب اشتري اشترك`),
    phrases: /(?!)/u,
  },
} satisfies Readonly<Record<string, DeedWords>>;

export type DeedKind = keyof typeof deeds;
const kinds = Object.keys(deeds) as DeedKind[];

/** By the first word of the name that stands for one: `reschedule_appointment` moves, `send_sms` sends. */
export function deedKindOf(toolName: string): DeedKind | undefined {
  const parts = toolName
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .toLowerCase()
    .split(/[^a-z]+/);
  for (const part of parts) {
    const kind = kinds.find((each) => deeds[each].named.has(part));
    if (kind !== undefined) return kind;
  }
  return undefined;
}

/** Whether the agent's words name this deed; those of a question that is agreed to. */
export function namesDeed(text: string, kind: DeedKind): boolean {
  const words = wordsOf(text);
  return words.some((word) => isVerbOf(word, kind)) || deeds[kind].phrases.test(words.join(" "));
}

/** Whether they name another deed than this one. */
export function namesOtherDeed(text: string, kind: DeedKind | undefined): boolean {
  return (["cancel", "move", "send", "pay"] as const).some((other) => other !== kind && namesDeed(text, other));
}

/** Whether a caller's words ask for the deed: not "don't cancel", nor "what does it cost to cancel". */
export function wishesDeed(text: string, kind: DeedKind): boolean {
  return clausesOf(text).some((clause) => {
    const words = wordsOf(clause);
    const at = words.findIndex((word) => isVerbOf(word, kind));
    if (at >= 0 && !isUnwanted(words, at)) return true;
    const phrase = deeds[kind].phrases.exec(words.join(" "));
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
  const { verbs } = deeds[kind];
  return verbs.has(word) || verbs.has(word.replace(/^[وفه](?=\p{Script=Arabic}{3})/u, ""));
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

/** Recognisers write few full stops: words that begin a new thought part clauses too. */
function clausesOf(text: string): string[] {
  return text
    .replace(/(?<=\d)[.:](?=\d)/g, " ")
    .split(/[.!?؟,،;\n]+|\s(?:but|then|so|and|actually|لكن|بس|وبعدين|بعدين)\s/iu)
    .filter((clause) => clause.trim() !== "");
}
