/**
 * Is the other end a machine that reads something out? Judged from what is said in a call's beginning. Pure. Hanging up on a
 * person is far worse than listening to a recording: whoever speaks of themselves or asks for something is a person.
 */

/** Present where a machine's call is ended. */
export interface RobocallWatch {
  /** Said before the line is closed, in the agent's language. */
  readonly say: string;
}

/** What is being said in a call's beginning, so far. Times are milliseconds since the call was answered. */
export interface OpeningUtterance {
  readonly text: string;
  /** Earlier turns that may be a recording's, from `followOpening`. */
  readonly before: string;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
}

const openingMs = 20_000;
const longUtteranceMs = 6000;
const longUtteranceWords = 22;

/** What recordings say and people seldom do. Each speaks to the one who is called. */
const phrases: readonly RegExp[] = [
  /\b(press|dial) (one|two|three|nine|zero|\d)\b/,
  /\byour (\w+('s)? ){0,3}warranty\b/,
  /\bthis is (an? |your |the )?(important|urgent|automated|recorded|final|last|prerecorded) (message|call|notice|attempt|announcement)\b/,
  /\byour (\w+ ){0,3}(account|card|number|service|benefits|subscription)( number)? (has been|have been|was|is|will be) (\w+ )?(suspended|compromised|charged|blocked|locked|cancelled|renewed|disconnected|used)\b/,
  /\b(suspicious activity|arrest warrant|legal action)\b.*\b(your|you|against you)\b|\b(your|you)\b.*\b(suspicious activity|arrest warrant|legal action)\b/,
  /\b(lower|reduce) your (interest rates?|electric(ity)? bill|credit card|debt|monthly)\b/,
  /\byou (have been|are|were|have) (been )?(selected|pre-?approved|chosen|qualified)\b/,
  /\bto (be removed|speak (to|with) (a|an|our) (\w+ )?(agent|representative|specialist|advisor))\b/,
  /(اضغط|إضغط|دوس) (على )?(رقم |الرقم )?(واحد|اثنين|اتنين|صفر|[\d٠-٩])/u,
  /(هذه|هذي|دي) (رسالة|مكالمة) (مسجلة|آلية|الية|هامة|مهمة|تلقائية)/u,
  /(لقد )?(ربحت|كسبت) (جائزة|جايزة|معنا|معانا)/u,
  /(تم|جاري|سيتم) (إيقاف|تعليق|ايقاف|حظر|تجميد) (حسابك|بطاقتك|خدمتك|رقمك|حسابكم|بطاقتكم)/u,
  /عزيزي (العميل|المشترك)|عميلنا العزيز/u,
];

/** Said by people too: it counts beside another only. */
const weakPhrases: readonly RegExp[] = [/\b(do not|don't) hang up\b/, /لا تغلق الخط|متقفلش/u];

/** A person's own words: recordings have no "my appointment" and want nothing. */
const ownWords = new Set(
  `i'd i'll i've me my mine i myself
  انا أنا عايز عاوز عايزه عايزة عاوزه عاوزة أريد اريد محتاج محتاجة محتاجه أحتاج احتاج ابغى أبغى بدي حابب حابة ممكن
  اسمي إسمي عندي حسابي بطاقتي موعدي ميعادي رقمي ابني بنتي مراتي زوجتي جوزي زوجي كلمتني جالي جاتني وصلتني وصلني`.split(
    /\s+/,
  ),
);

/** "I am calling about your warranty" is what machines say of themselves: it shows nobody. */
const machineSelf =
  /\bi('m| am) (calling|contacting|reaching out) (you )?(about|regarding|from|to inform|on behalf)\b/g;

const wordsOf = (text: string) => text.split(/[^\p{L}\p{N}']+/u).filter((word) => word !== "");

function isPerson(text: string): boolean {
  return wordsOf(text.replace(machineSelf, " ")).some(
    (word) => ownWords.has(word) || ownWords.has(word.replace(/^[وف]/u, "")),
  );
}

const normalized = (text: string) => text.normalize("NFKC").toLowerCase().replaceAll("’", "'");

/**
 * One phrase is no proof: people quote them. Two are, or one in an utterance long enough to be read out; never where a person
 * speaks of themselves.
 */
export function isRobocall({ text, before, startedAtMs, endedAtMs }: OpeningUtterance): boolean {
  if (startedAtMs > openingMs) return false;
  const said = normalized(text);
  const all = `${normalized(before)} ${said}`;
  const found = phrases.filter((phrase) => phrase.test(all)).length;
  if (found === 0 || isPerson(all)) return false;
  if (found >= 2 || weakPhrases.some((phrase) => phrase.test(all))) return true;
  return endedAtMs - startedAtMs >= longUtteranceMs || wordsOf(said).length >= longUtteranceWords;
}

/** A turn is over. Undefined: it was a person's, and no later words are judged. */
export function followOpening(before: string, text: string): string | undefined {
  const said = normalized(text);
  const isSuspect = phrases.some((phrase) => phrase.test(said)) && !isPerson(said);
  return isSuspect ? `${before} ${text}`.trim() : undefined;
}
