/** The words in which callers ask for deeds and agents offer them, in English and Egyptian Arabic. Spelled as `wordsOf` spells them. */
import { wordSet } from "./spoken-words.ts";

/** Deeds that people have words for. A tool belongs to one by a word of its name. */
interface DeedWords {
  /** Words of tools' names. */
  readonly named: ReadonlySet<string>;
  /** Said, they ask for it. */
  readonly verbs: ReadonlySet<string>;
  /** The same verb in any person, with whatever clings to its end; not in the past. */
  readonly stem: RegExp;
  /** Several words. */
  readonly phrases: RegExp;
}

const never = /(?!)/u;
const oneOf = (...patterns: readonly string[]) => new RegExp(patterns.join("|"), "u");
/** An Arabic verb in the present, the future or as a command. */
const verb = (root: string) => new RegExp(`^[وف]?[هبح]?[اتني](?:${root})`, "u");

const wantArabic = "(?:عايز|عايزه|عاوز|عاوزه|محتاج|محتاجه|ممكن|نفسي|اريد|حابب|حابه|ياريت|اخد|خد|خدلي)";

export const deedWords = {
  book: {
    named: wordSet("book booking reserve reservation schedule hold appoint"),
    verbs: wordSet("book booking booked reserve reservation schedule pencil squeeze حجز حجزلي سجلني"),
    stem: verb("حجز"),
    phrases: oneOf(
      "\\b(?:want|need|like|get|have|make|take|find|give me|come in for|looking for|set up|arrange)\\b(?: \\p{L}+){0,4} (?:an?|another|the|that|this|some|next|first|earliest|new|any) (?:\\p{L}+ ){0,3}(?:appointment|visit|slot|spot|checkup|check up|cleaning|consultation|session|table|room|time|one|opening)\\b",
      "\\b(?:see|come in|come and see)\\b(?: \\p{L}+){0,3} (?:dentist|doctor|dr|somebody|someone|hygienist)\\b",
      "\\bput (?:me|us|him|her) (?:down|in)\\b",
      "\\bfit (?:me|us) in\\b",
      "\\bill take (?:it|that|the)\\b",
      `${wantArabic}(?: \\p{L}+){0,3} (?:ميعاد|معاد|موعد|كشف|زياره|اكشف|جلسه|استشاره)(?!\\p{L})`,
      `${wantArabic} (?:اجي|اكشف)`,
    ),
  },
  cancel: {
    named: wordSet("cancel cancellation delete remove abort void"),
    verbs: wordSet(`cancel cancelling canceling cancellation delete remove
      الغي الغيه الغيها الغيلي الغيلك الغيهولك الغاء لاغي كنسل كنسلي كنسله امسح امسحلي شيل شيلي`),
    stem: verb("لغي|لغا|كنسل"),
    phrases: oneOf(
      "\\b(?:call (?:it )?off|cant make it|cannot make it|wont (?:be )?(?:coming|come|make it)|scrap (?:it|that))\\b",
      "مش (?:هاجي|هقدر اجي|جاي)",
    ),
  },
  move: {
    named: wordSet("reschedule move postpone shift"),
    verbs: wordSet(
      "reschedule move postpone rebook push shift change switch swap delay غير غيرلي اجل اجلي تاجيل نقل تقديم بدل",
    ),
    stem: verb("غير|اجل|نقل|قدم"),
    phrases: oneOf(
      "\\b(?:another|different|other|later|earlier) (?:day|time|date|slot)\\b",
      "\\binstead\\b",
      "\\bbring (?:it )?forward\\b",
      "(?:يوم|وقت|ميعاد|معاد) تاني",
    ),
  },
  update: {
    named: wordSet(
      "update edit change set correct modify save record note add create upsert append insert write log register",
    ),
    verbs: wordSet(`update change correct edit fix add save record note write register put create open file log
      عدل عدلي عدللي حدث حدثلي غير غيرلي صحح صححي ضيف ضيفي ضيفلي سجل سجلي سجللي`),
    stem: verb("عدل|حدت|غير|صحح|ضيف|ضف|سجل|كتب|حفظ|فتح|عمل"),
    phrases: oneOf(
      "\\b(?:my|our) new\\b",
      "\\bhas changed\\b",
      "\\b(?:ive|i have|we have|weve) moved\\b",
      "بقي (?:عنواني|رقمي|اسمي)",
      "(?:عنواني|رقمي|ايميلي) جديد",
    ),
  },
  send: {
    named: wordSet("send sms text email mail message notify whatsapp invite"),
    verbs: wordSet("send text sms email mail whatsapp resend forward بعتلي"),
    stem: verb("بعت|رسل"),
    phrases: oneOf("\\bmessage me\\b", "\\bdrop me\\b"),
  },
  pay: {
    named: wordSet("pay payment charge refund order buy purchase checkout subscribe transfer"),
    verbs: wordSet("pay charge refund order buy purchase subscribe"),
    stem: verb("دفع|خصم|رجع|طلب|شتري|شترك"),
    phrases: never,
  },
} satisfies Readonly<Record<string, DeedWords>>;

export type DeedKind = keyof typeof deedWords;
