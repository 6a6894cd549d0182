/** What the stand-in's brain understands of a caller's line. */

const stopWords = new Set(
  `i a an the and or but to for of in on at is are was be do does did have has had can could would will should my your me you it that this
  with from about so um uh please hello hi hey yes no okay ok just like want need know there they we us our what when where how which who
  not am i'm i'd it's don't as if get go any some make thank thanks then tell let
  انا أنا عايز عاوز عايزه عايزة في من على علي الى إلى عن مع لو سمحت ممكن هل يا و ده دي هو هي اللي بس كده ايوه أيوه لا اه آه طيب ماشي شكرا السلام عليكم الو ألو كان يعني`.split(
    /\s+/,
  ),
);

export function isArabic(text: string): boolean {
  return /[\u0600-\u06ff]/.test(text);
}

/** Up to `count` telling words of the line, as the caller said them, in their order. */
export function keyWords(text: string, count: number): string[] {
  const words = text.match(/[\p{L}\p{N}][\p{L}\p{M}\p{N}'’:]*/gu) ?? [];
  const telling = [...new Set(words.filter((word) => !stopWords.has(word.toLowerCase()) && word.length > 1))];
  const chosen = new Set([...telling].sort((one, other) => other.length - one.length).slice(0, count));
  return telling.filter((word) => chosen.has(word));
}

const weekdays: readonly (readonly [RegExp, number])[] = [
  [/\bsunday\b|الحد|الأحد|الاحد/i, 0],
  [/\bmonday\b|الاتنين|الاثنين|الإثنين/i, 1],
  [/\btuesday\b|التلات|الثلاثاء/i, 2],
  [/\bwednesday\b|الأربع|الاربع/i, 3],
  [/\bthursday\b|الخميس/i, 4],
  [/\bfriday\b|الجمعة|الجمعه/i, 5],
  [/\bsaturday\b|السبت/i, 6],
];
const hourWords: Readonly<Record<string, number>> = {
  one: 1,
  two: 2,
  three: 3,
  four: 4,
  five: 5,
  six: 6,
  seven: 7,
  eight: 8,
  nine: 9,
  ten: 10,
  eleven: 11,
  twelve: 12,
  noon: 12,
  واحدة: 1,
  اتنين: 2,
  تلاتة: 3,
  ثلاثة: 3,
  أربعة: 4,
  اربعة: 4,
  خمسة: 5,
  ستة: 6,
  سبعة: 7,
  تمانية: 8,
  ثمانية: 8,
  تسعة: 9,
  عشرة: 10,
  حداشر: 11,
  اتناشر: 12,
};
const hourWord = Object.keys(hourWords).join("|");
const writtenTime = /(?<!\d)(\d{1,2}):(\d{2})(?:\s?([ap])\.?m)?|(?<!\d)(\d{1,2})\s?([ap])\.?m/i;
const spokenTime = new RegExp(
  `(?:\\bat|الساعة|الساعه)\\s+(${hourWord}|\\d{1,2})(?:\\s+(thirty|fifteen|forty[- ]five|ونص|وربع|وتلت))?(?:\\s+([ap])\\.?\\s?m)?|\\b(${hourWord})(?:\\s+(thirty|fifteen|forty[- ]five))?\\s+(?:o'clock|([ap])\\.?\\s?m|in the (?:morning|afternoon))`,
  "iu",
);
const spokenMinutes: Readonly<Record<string, number>> = { thirty: 30, fifteen: 15, ونص: 30, وربع: 15, وتلت: 20 };

/** The date (YYYY-MM-DD) and time (HH:MM) in a line; `today` is what relative days count from. */
export function findDayAndTime(text: string, today: Date): { date?: string; time?: string } {
  const date = findDate(text, today);
  const time = findTime(text);
  return { ...(date === undefined ? {} : { date }), ...(time === undefined ? {} : { time }) };
}

function findDate(text: string, today: Date): string | undefined {
  const written = /\b\d{4}-\d{2}-\d{2}\b/.exec(text)?.[0];
  if (written !== undefined) return written;
  const inDays = (days: number) => new Date(today.getTime() + days * 86_400_000).toISOString().slice(0, 10);
  if (/\btoday\b|النهارده|النهاردة|انهارده/i.test(text)) return inDays(0);
  if (/\btomorrow\b|بكرة|بكره|بكرا/i.test(text)) return inDays(1);
  const weekday = weekdays.find(([name]) => name.test(text))?.[1];
  return weekday === undefined ? undefined : inDays(((weekday - today.getUTCDay() + 6) % 7) + 1);
}

function findTime(text: string): string | undefined {
  const written = writtenTime.exec(text);
  if (written) return clock(Number(written[1] ?? written[4]), Number(written[2] ?? 0), written[3] ?? written[5]);
  const spoken = spokenTime.exec(text);
  if (!spoken) return undefined;
  const word = (spoken[1] ?? spoken[4] ?? "").toLowerCase();
  const minutes = (spoken[2] ?? spoken[5] ?? "").toLowerCase();
  const hour = hourWords[word] ?? Number(word);
  return clock(hour, minutes.startsWith("forty") ? 45 : (spokenMinutes[minutes] ?? 0), spoken[3] ?? spoken[6]);
}

/** A clinic's one to seven o'clock is in the afternoon unless told otherwise. */
function clock(hour: number, minute: number, half: string | undefined): string {
  const isAfternoon = half === undefined ? hour >= 1 && hour <= 7 : half.toLowerCase() === "p" && hour < 12;
  const hours = half?.toLowerCase() === "a" && hour === 12 ? 0 : isAfternoon ? hour + 12 : hour;
  return `${String(hours).padStart(2, "0")}:${String(minute).padStart(2, "0")}`;
}

/** The day the model was told it is, or the machine's. */
export function findToday(system: string): Date {
  const told = /\b(20\d{2}-\d{2}-\d{2})\b/.exec(system)?.[1];
  const day = new Date(told === undefined ? Date.now() : `${told}T00:00:00Z`);
  return Number.isNaN(day.getTime()) ? new Date() : day;
}
