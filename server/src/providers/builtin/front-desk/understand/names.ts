/** People's names, out of words with their case kept. */
import { cleanWords, foldArabic } from "../language/normalize.ts";
import { editDistance } from "../language/spelling.ts";
import { isGivenName, isOrdinaryWord } from "./name-words.ts";

const word = "[\\p{L}][\\p{L}'-]*";
/** Up to four words, and the letters of one that is spelled. */
const run = `(?<name>${word}(?: ${word}){0,3}(?: \\p{L}(?![\\p{L}'])){0,14})`;
const leads: readonly RegExp[] = [
  new RegExp(
    `(?<!what |whats |on )(?:my (?:full )?name(?:'s| is|s)|the name(?:'s| is)|name(?:'s| is)?:?|under(?: the)? name(?: of)?|in the name of|it's under|name for the booking is|patient is|patient name is)(?: it's)? ${run}`,
    "iu",
  ),
  new RegExp(
    `(?<!\\p{L})(?:this is|i am|i'm|im|speaking is|it is|it's|its|you're speaking with|speaking with me is) ${run}`,
    "iu",
  ),
  new RegExp(`(?<!\\p{L})(?:for|under) ${run}`, "iu"),
  new RegExp(
    `(?<!\\p{L})(?:و?[إا]سمي|و?الاسم|(?<!(?:أنا|انا) )باسم|ب[إ]سم|معاك|معاكي|معاكم|معاكو|و?اسم المريض|[إا]سم (?:ابني|بنتي|مراتي|جوزي|والدي|والدتي)|بتكلم معاك|انا اسمي|ل[إا]سم|[إا]سمه|[إا]سمها)(?: هو| هي)?:? ${run}`,
    "u",
  ),
  new RegExp(`(?<!\\p{L})و?[أا]نا (?:مدام |الاستاذ |استاذ |الحاج |الحاجه )?${run}`, "u"),
  new RegExp(
    `(?<!\\p{L})(?:for my (?:son|daughter|wife|husband|mother|mom|father|dad|brother|sister|kid)|لبنتي|لابني|لمراتي|لجوزي|لوالدي|لوالدتي|لاخويا|لاختي) ${run}`,
    "iu",
  ),
];
const weakLead = new Set([1, 2, 4, 5]);

const stopWords = new Set(
  foldArabic(
    `a an and the my our i i'm im we you it is was are am be been at on in of for to from by with please thanks thank number phone mobile and
tomorrow today tonight monday tuesday wednesday thursday friday saturday sunday morning afternoon evening noon calling call speaking here looking
trying having going wanting wondering hoping interested just not no yes yeah sorry ok okay fine good great well still in sure new late running
ready done afraid unable unfortunately free available right correct about because actually really very so but that this would want need can
cleaning whitening filling check checkup root canal extraction braces appointment booking one two three four five six seven eight nine ten
off up out back when later if after before بكام كام تقويم حشو تنضيف كشف اسمه اسمها امتي booked scheduled supposed اسمي عنده عندها قصدي غلط صح الصح اقصد اصحي مش me him her them my myself himself both do does did will how's where's when's told said says name's us he she they there what when where how why which who if as also instead lost bleeding sick ill dying having emergency
next week day time pm o'clock oclock half quarter next all any some another a.m p.m dr doctor dentist an teeth tooth pain bad urgent robot human bot
already regarding under name please uh um like only double triple zero maybe possible same
اني ان انه انا انها قال قالي قالت موجود هيكون بيكون شاطر كويس لما بيشتغل بيجي هيجي يكلمني يتصل بيا تاني غيره نفسه نفسها الاسنان اسنان سنان i'd i'll i've don't can't it's that's what's
عايز عاوز عايزه عاوزه محتاج محتاجه كنت مش عندي حاجز حاجزه حابب حابه نفسي بتكلم بكلم بكلمك بسال ممكن لو في من عند وعايز وعايزه
ورقمي رقمي تليفوني وتليفوني موبايلي نمرتي و ده دي هو هي اللي كمان بس تعبان تعبانه جاي جايه هاجي هكون هتاخر متاخر موجود فاضي فاضيه قلت قولت
يوم الساعه ساعه بكره بكرا النهارده السبت الحد الاحد الاتنين التلات الاربع الخميس الجمعه بعد الصبح العصر الضهر بالليل اريد ارغب اود
سمعت سامع مين فين ازاي كام امتي ليه ايه انت لا نعم ايوه اه تمام ماشي طيب طب يعني والله اصلا برده عميل مريض لسه خلاص بنزف موجوع تعبت
عشان علشان والرقم الرقم الصغير الكبير قادر عارف مكسوف اسف اسفه بخير كويس كويسه الحمد فعلا غيرت هلغي هحجز شخص حد انسان روبوت`,
  )
    .toLowerCase()
    .split(/\s+/),
);

const numberWord =
  /^(?:zero|one|two|three|four|five|six|seven|eight|nine|oh|صفر|زيرو|واحد|اتنين|تلاته|اربعه|خمسه|سته|سبعه|تمانيه|تسعه|عشره)$/;

/** Arabic present and future verbs look like names after a title; these names look like verbs. */
function isVerb(folded: string): boolean {
  return (
    /^(?:ي|بي|هي|بت|هت)[\u0600-\u06FF]{3,}$/.test(folded) &&
    !/^(?:يوسف|ياسر|ياسمين|يحي|يسر|يار|يعقوب|بيشوي|بيتر|هيتم|هيدي|هيام|يونس|ياسين)/.test(folded)
  );
}

function isStop(part: string): boolean {
  const folded = foldArabic(part.toLowerCase());
  const isSuffixed = /^و(?:عايز|رقم|تليفون|نمر|موبايل|عاوز|محتاج|كنت|ممكن|علي)/.test(folded);
  if (part === "على" || isVerb(folded)) return true;
  if (/^[آا]ي[ةه]$/.test(part) && part !== "ايه") return false;
  return (
    stopWords.has(folded) ||
    isOrdinaryWord(folded) ||
    numberWord.test(folded) ||
    isSuffixed ||
    (/^[a-z]{4,}ing$/.test(folded) && part[0] === part[0]?.toLowerCase())
  );
}

function titleCase(name: string): string {
  return name.replace(/(^|[\s'-])([a-z])/g, (_, before: string, letter: string) => before + letter.toUpperCase());
}

/** `s a r a` → `sara`; after a name that was said, the letters say how one of its words is spelled. */
function joinSpelling(parts: readonly string[]): string[] {
  const from = parts.findIndex((_, index) => parts.slice(index).every((part) => part.length === 1));
  const said = from === -1 ? [...parts] : parts.slice(0, from);
  const letters = from === -1 ? [] : parts.slice(from);
  if (letters.length < 3) return [...parts];
  const spelled = letters.join("").toLowerCase();
  if (said.length === 0) return [spelled];
  const distances = said.map((part) => editDistance(plainLetters(part), plainLetters(spelled), 3));
  const nearest = Math.min(...distances);
  if (nearest > 3 || nearest >= spelled.length - 1) return said.length === 1 ? [...said, spelled] : said;
  // A recogniser loses letters more often than it makes some up.
  return said.map((part, index) =>
    index === distances.indexOf(nearest) && nearest > 0 && spelled.length >= plainLetters(part).length ? spelled : part,
  );
}

const plainLetters = (text: string) => foldArabic(text.toLowerCase()).replace(/[^\p{L}]/gu, "");

function cut(candidate: string): string | undefined {
  const joined = joinSpelling(candidate.split(" "));
  const stopAt = joined.findIndex(isStop);
  const kept = stopAt === -1 ? joined : joined.slice(0, stopAt);
  const name = kept.join(" ").trim();
  return /^\p{L}[\p{L}' -]+$/u.test(name) ? titleCase(name) : undefined;
}

/** What stands between a name and its letters. */
const spellingFollows =
  /(?: ,)? (?:(?:that's|thats|that is|it's spelled|spelled|بحروف|يعني) )?(?:, )?(?=\p{L} (?:, )?\p{L} (?:, )?\p{L}(?: |$))/giu;

function separateSentences(text: string): string {
  return cleanWords(text)
    .replace(/(?<!\p{L})\p{L}(?:-\p{L})+(?!\p{L})/gu, (letters) => letters.replaceAll("-", " "))
    .replace(/[.,;:!?،؛؟]+/g, " , ")
    .replace(/\s+/g, " ")
    .replace(spellingFollows, " ");
}

/**
 * The name said. Where a name was asked for, the whole short answer is one. Looser openings ("for …", "أنا …") count only for words
 * that are no ordinary words.
 */
export function readName(text: string, isExpected: boolean): string | undefined {
  const clean = separateSentences(text);
  for (const [index, lead] of leads.entries()) {
    const name = findName(clean, lead);
    if (name !== undefined && (!weakLead.has(index) || isExpected || isLikelyName(name, index, clean))) return name;
  }
  if (!isExpected) return undefined;
  const answer = clean
    .replace(
      /^(?:(?:ok|okay|yes|yeah|sure|um|uh|well|of course|تمام|ماشي|طيب|اه|أه|حاضر|ايوه|أيوه|يا فندم|آه)(?!\p{L}) ?,? ?)+/iu,
      "",
    )
    .replace(/^(?:it's|its|it is|هو|الاسم|اسمي) /iu, "");
  const words = answer.split(" , ")[0]?.trim() ?? "";
  if (words.split(" ").filter((each) => each.length > 1).length > 8) return undefined;
  return cut(joinSpelling(words.split(" ").slice(0, 24)).slice(0, 4).join(" "));
}

/** The first match whose words are a name. */
function findName(text: string, lead: RegExp): string | undefined {
  for (let tail = text, tries = 0; tries < 4; tries++) {
    const match = lead.exec(tail);
    const found = match?.groups?.["name"];
    if (!match || found === undefined) return undefined;
    const name = cut(found);
    if (name !== undefined) return name;
    tail = tail.slice(match.index + match[0].length - found.length);
  }
  return undefined;
}

/**
 * After "I'm", "for" or "أنا": a name people have; else in English a capital letter in the middle of lower-case words, or an
 * introduction that is the whole utterance.
 */
function isLikelyName(name: string, leadIndex: number, text: string): boolean {
  const parts = name.split(" ");
  if (parts.some(isGivenName)) return parts.length <= 4;
  if (leadIndex === 4 || leadIndex === 5) return false;
  const at = text.toLowerCase().indexOf(name.toLowerCase());
  const said = text.slice(at, at + name.length);
  if (/^\p{Lu}/u.test(said) && text !== text.toUpperCase()) return true;
  const isIntroduction =
    /^(?:(?:hi|hello|hey|yes|yeah|good|morning|afternoon|evening|um|uh|well|so|,) )*(?:this is|i am|i'm|im|it's|it is) \S+(?: \S+)?(?: ,)?(?: (?:speaking|calling|here|from|and|i|i'd|i'm|can|could|,).*)?$/iu;
  return (
    leadIndex === 1 &&
    parts.length <= 2 &&
    isIntroduction.test(text) &&
    /(?:this is|speaking|calling|i'm .* here)/i.test(text)
  );
}

const title = "(?:dr\\.?|doctor|doc|د\\.|دكتور[هة]?|الدكتور[هة]?|للدكتور[هة]?|د)";
const practitioner = new RegExp(`(?<!\\p{L})(?:with |مع |عند )?${title} (?<name>${word}(?: ${word})?)`, "iu");

/** The practitioner asked for, without the title; the facts' own spelling when known there. */
export function readPractitioner(text: string, known: readonly string[]): string | undefined {
  const found = practitioner.exec(separateSentences(text))?.groups?.["name"];
  const said = found === undefined ? undefined : cut(found);
  const first = foldArabic((said ?? "").toLowerCase()).split(" ")[0] ?? "";
  const folded = ` ${foldArabic(cleanWords(text).toLowerCase())} `;
  const listed = known.find((name) => {
    const parts = foldArabic(name.toLowerCase())
      .split(/[\s.]+/)
      .filter((part) => part.length > 2);
    return said !== undefined ? parts.includes(first) : parts.length > 1 && folded.includes(` ${parts.join(" ")} `);
  });
  return listed ?? said;
}
