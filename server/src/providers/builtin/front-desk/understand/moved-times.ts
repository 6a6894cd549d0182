/** When an appointment is moved, only the new day and time may be read: the old ones are taken out of the words first. */

const whenEn =
  "(?:on|at|for|this|next|the|coming|in|of|from|mondays?|tuesdays?|wednesdays?|thursdays?|fridays?|saturdays?|sundays?|mon|tues?|wed|thurs?|fri|sat|sun|tomorrows?|todays?|tonight|week|morning|afternoon|evening|noon|midday|half|past|quarter|oclock|o|clock|am|pm|january|february|march|april|may|june|july|august|september|october|november|december|\\d{1,2}(?::\\d\\d)?(?:st|nd|rd|th|s)?)";
const whenAr =
  "(?:في|علي|يوم|ا?ل?(?:اتنين|تلات[ها]?|اربعا?|خميس|جمعه|سبت|احد|حد)|التلاتاء?|الاربعاء|بكره|بكرا|بعد|النهارده|انهارده|الساعه|ساعه|الجاي|الجايه|الصبح|الضهر|العصر|المغرب|بالليل|ونص|وربع|وتلت|و|نص|ربع|تلت|الا|\\d{1,2}(?::\\d\\d)?|(?:التانيه|التالته|الرابعه|الخامسه|السادسه|السابعه|التامنه|التاسعه|العاشره))";
const visitEn =
  "(?:appointment|appt|booking|reservation|visit|slot|session|one|cleaning|filling|checkup|check up|extraction|whitening|root canal)";
const from = "(?<![\\p{L}\\p{N}])";
const upTo = "(?![\\p{L}\\p{N}])";

function oldTime(source: string): RegExp {
  return new RegExp(`${from}(?:${source})${upTo}`, "gu");
}

/** Surely old: what the new one replaces. */
const replaced = [
  oldTime(`(?:instead of|rather than|not|than|in place of|replace)(?: ${whenEn}){1,6}`),
  oldTime(`from(?: ${whenEn}){1,6}(?= (?:to|until|till|for|and)${upTo})`),
  oldTime(`(?:swap|switch|exchange|change|trade)(?: (?!my)${whenEn}){1,6}(?= (?:for|to|with)${upTo})`),
  oldTime(`(?:بدل|مكان|بدال|غير|مش)(?: ${whenAr}){1,6}`),
  oldTime(`من(?: ${whenAr}){1,6}(?= (?:ل|الي|علي))`),
  oldTime(
    `(?:cant|cannot|can not|wont|not|unable to|not able to|be able to)(?: \\w+)? (?:make|come|do|attend|be there|get there)(?: it| in)?(?: (?:my|the|${visitEn}))*(?: ${whenEn}){1,6}`,
  ),
  oldTime(
    `(?:مش|ما) ?(?:هقدر|هعرف|هينفع|هلحق|هاجي|اقدر|قادر|فاضي|ينفع)(?: (?:اجي|احضر|الحق|ميعاد\\S*|نيجي))*(?: ${whenAr}){1,6}`,
  ),
];
/** The appointment there is. */
const ownVisit = [
  oldTime(`(?:my|our|his|her|their)(?: ${whenEn}){1,6}(?: ${visitEn})?|the(?: ${whenEn}){1,6} ${visitEn}`),
  oldTime(
    `(?:my|our|his|her|their|the|a|an)(?: \\w+){0,2} ${visitEn}(?: (?:is|was|thats|i have|which is|booked|scheduled))*(?: (?!to)${whenEn}){1,7}`,
  ),
  oldTime(`(?:booked|scheduled|down|due)(?: in)?(?: ${whenEn}){1,7}`),
  oldTime(`(?:ال)?(?:ميعاد|معاد|موعد|حجز|كشف)(?:ي|نا|ه|ها)?(?: بتاع\\S*| اللي| كان| هو)*(?: ${whenAr}){1,7}`),
  oldTime(`(?:حاجز|حاجزه|حاجزين|عندي|واخد|واخده)(?: (?:ميعاد|معاد|حجز|كشف|تنضيف|حشو|خلع|تقويم))*(?: ${whenAr}){1,7}`),
];
const anyWhen = new RegExp(
  `${from}(?:(?:mon|tues|wednes|thurs|fri|satur|sun)days?|mon|tues?|wed|thurs?|fri|sat|sun|tomorrow|today|tonight|morning|afternoon|evening|noon|week|january|february|march|april|may|june|july|august|september|october|november|december|\\d{1,2}(?::\\d\\d)?(?:st|nd|rd|th)?|(?:ال|لل|ل|ب|بال)?(?:اتنين|تلات[ها]?|اربعا?|خميس|جمعه|سبت|احد|حد)|ل?بكر[ها]|ل?بعد بكره|(?:ال|لل)?اسبوع|الصبح|الضهر|العصر|المغرب|بالليل)${upTo}`,
  "u",
);

function strip(text: string, patterns: readonly RegExp[]): string {
  return patterns
    .reduce((rest, pattern) => rest.replace(pattern, " | "), text)
    .replace(/\s+/g, " ")
    .trim();
}

/** After the last "to", "but" or "and" that is followed by a day or a time. */
function afterMarker(text: string): string {
  const markers = [
    ...text.matchAll(/ (?<!(?:quarter|\b5|10|20|25|minutes?) )(?:to|till|until|but|instead) /gu),
  ].reverse();
  for (const marker of markers) {
    const tail = text.slice(marker.index + marker[0].length);
    if (anyWhen.test(tail)) return tail;
  }
  return text;
}

/** The part of a wish to move that tells the new time; "" where only the old one is told. Over normalised words with digits. */
export function keepNewTime(text: string): string {
  const kept = strip(text, replaced);
  const bare = strip(kept, ownVisit);
  const wanted = anyWhen.test(bare) ? afterMarker(bare) : kept === text ? bare : kept;
  return wanted.replace(/(?<!\p{L})(?:لل|ل)ساعه/gu, "الساعه");
}
