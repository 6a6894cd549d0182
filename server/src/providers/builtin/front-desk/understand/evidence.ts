/** Evidence that only counts together: an appointment there already, inability, another time, money. */
import { wordPattern } from "../language/normalize.ts";
import type { Intent, Slots } from "./types.ts";

const visitEn = "(?:appointments?|appt|apt|bookings?|reservation|visit|slot|session|consultation|@service)";
const visitAr = "(?:ميعاد|معاد|موعد|مواعيد|حجز|كشف|appointment|booking|@service)";

const cues = {
  ownVisit: `(?:my|our|his|her|their|tomorrows|todays)(?: \\w+){0,3} ${visitEn}|(?:the|that|this|\\w+days)(?: \\w+)? ${visitEn}|(?:im|i am|were|we are|was|ive been|been) (?:\\w+ )?(?:booked|scheduled|down for|in for|due|supposed)|(?:i|we|ive|weve) (?:had|made|booked|got|have)(?: \\w+){0,4} (?:${visitEn}(?: (?:for|on|at|tomorrow|today|booked|with|this|next))|booked)|(?:time|day|date) (?:you|i|we) (?:gave|got|have|had|booked|chose|agreed|set)|${visitEn} (?:i|we|you) (?:made|booked|have|had|gave)|(?:ال|لل|ب|ل)?(?:ميعاد|معاد|موعد|حجز)(?:ي|نا|ها|ه|هم|تي)|(?:ال|لل)(?:ميعاد|معاد|موعد|حجز|appointment)(?: بتاع\\S*)?|(?:كان |كنت )?(?:حاجز|حاجزه|حاجزين|واخد|واخده) \\S+|عندي (?:ال)?(?:${visitAr}|يوم|بكره|النهارده)|${visitAr} (?:بتاعي|بتاعتي|بتاع|اللي)|بتاعي|ال ?(?:appointment|booking)`,
  inability:
    "(?:no good|not good|not suitable|inconvenient|(?:doesnt|does not|no longer|wont|not going to) (?:works?|suits?))(?: for)? (?:me|us)|(?:cant|cannot|can not|wont|wouldnt|couldnt|will not|not|no longer|unable|never|dont think (?:i|we) can|doubt (?:i|we) can)(?: (?:be|able|going|gonna|to|really|actually|now|even|possibly|quite|longer|think|i|can|ill|gonna be))* (?:make(?! an?\\b)|come|coming|attend|attending|show|turn up|get (?:there|in|to|away|out|off)|be (?:there|coming|in|able|around)|there|keep|manage|do (?:it|that|my|the|monday|tuesday|wednesday|thursday|friday|saturday|tomorrow|today|this))|(?:have to|need to|got to|gotta|gonna|going to|will|ill|gonna have to|must|going to have to) miss|(?:مش|ما|مو|لن) ?(?:ه|ح)?(?:قدر|اقدر|هقدر|هنقدر|هتقدر|هيقدر|هعرف|اعرف|عارف|عارفه|قادر|قادره|هينفع|حينفع|ينفع|هتعرف|هيعرف|هلحق|الحق|هاجي|جاي|جايه|جايين|هنيجي|هتيجي|هييجي|هكون|هحضر|حاجي|هنعرف|فاضي|هبقي)(?: (?:اجي|احضر|الحق|اكون|نيجي|تيجي|ييجي|اوصل|اكمل|موجود|فاضي|انزل|هناك))*|مقدرش|ماقدرش|مهقدرش|مينفعش اجي",
  obstacle:
    "(?:something|somethings|things?|an? \\w+|work|stuff) (?:has |have |just )*(?:came|come|cropped|popped|turned) up|(?:stuck|held up|tied up|snowed under|called (?:in|into)|double booked|car (?:broke|wont|died)|plans (?:have )?changed|change of plans|clash(?:es)?|conflict)|(?:حصل(?:ت)?|جا|طلع|جد|جالي|حصلي|طرا|طلعلي|جالنا|حصلتلي)(?:لي|لنا)? (?:\\S+ )?(?:ضرف|ضروف|حاجه|شغل|مشوار|سفر|ضرف طاري|حاجه طاريه)|(?:ضروف|خطط|مواعيد)\\S* (?:اتغير|اتلخبط)\\S*",
  /** Counts against a visit that is told of, and alone says nothing. */
  absence:
    "out of town|away|travel(?:l?ing)?|flying|on (?:holiday|vacation)|sick|ill|poorly|unwell|under the weather|in hospital|no (?:ride|babysitter|childcare)|(?:عندي|ورايا) (?:ضرف|سفر|شغل|امتحان|مشوار|ضروف|عزا|فرح|اجتماع)|مسافر(?:ه|ين)?|(?:انا|ابني|بنتي|مراتي|جوزي) (?:تعبان|تعبانه|عيان|عيانه)|مشغول(?:ه)?",
  withdrawal: `give (?:\\w+ ){1,3}a miss|(?:bail|bailing|hold off|chicken(?:ing)? out|back off)(?: (?:on|of|from))?|(?:take|remove|leave) me (?:off|out|from)|(?:release|free) (?:up )?(?:my|the|our)(?: \\w+){0,2} (?:slot|place|spot|appointment|booking)|(?:شيل|امسح|اشطب)(?:ني|وني|نا|ونا)|(?:leave|put) (?:it|that|this) (?:for now|on hold)|(?:مفيش|مالوش|ملوش) (?:داعي|لزوم)(?: \\S+)?|بلاش (?:ال)?(?:ميعاد|معاد|حجز|موعد)\\S*|(?:pull|back|bow|opt|drop) out|(?:give|let)(?: \\w+)?(?: my| the| our)? (?:slot|place|spot|appointment|time|booking)(?: \\w+){0,2} (?:away|up|to|go|someone|anyone)|(?:give|giving|hand) up (?:my|the|our)|(?:free|freeing|release|open) (?:up )?(?:my|the|that)(?: \\w+){0,2} (?:slot|place|spot|appointment|booking)|(?:take|cross|strike|remove|scratch|wipe|get)(?: \\w+){0,3} (?:off|out of|from) (?:the |your )?(?:list|books?|schedule|calendar|diary|system|appointment)|(?:skip|scrap|ditch|drop|kill|bin|withdraw|revoke|retract|abandon|forget|pass on|sit out|leave out|rescind)(?: \\w+){0,3} ${visitEn}|(?:dont|do not|no longer|not|wont|didnt|doesnt)(?: \\w+)? (?:need|require|want|be needing|be wanting|wanna)(?: \\w+){0,3} (?:${visitEn}|it|to come|it any ?more|anymore|any ?longer|that|after all)|(?:dont|do not|no need to|wouldnt) (?:expect|wait for|hold|keep|save)(?: \\w+){0,3} ?(?:me|us|him|her|slot|place|spot|appointment|seat|open)|(?:decided|decide|chosen|going|rather|prefer|thinking|best|want|wish)(?: \\w+)? not (?:to )?(?:go|come|do|have|proceed|continue|get|keep)|not go(?:ing)? (?:ahead|through)|(?:undo|reverse|void) (?:the|my|that|our)|(?:wont|not) (?:be )?(?:go|going|coming|come)(?: \\w+)? (?:ahead|through|after all|anymore|any more)|count (?:me|us) out|changed? my mind|(?:going|gone|go) (?:somewhere else|elsewhere|to another dentist)|(?:already|went) (?:and )?(?:got|had) it (?:done|fixed|sorted)(?: \\w+)?|(?:شيل|امسح|اشطب|شطب)(?:وا|و|ي|لي|ولي)? (?:اسم\\S*|ميعاد\\S*|حجز\\S*|ال\\S+)|(?:مش|مبقتش|مابقتش|ماعدتش|معدتش|بقيتش|مبقيتش|ما بقتش) ?(?:بقيت )?(?:عايز|عاوز|عايزه|عاوزه|محتاج|محتاجه|محتاجها|محتاجه|لازم|ناوي|ناويه)(?:ه|ها)?(?: (?:ال)?${visitAr}\\S*| اجي| اكمل| اعمل\\S*| خلاص| تاني| احضر|$)|(?:ت|ي|ن)?د[وي]ا? ?(?:ال)?(?:ميعاد|معاد|حجز|مكان|دور)(?:ي|ه|ها)? (?:ل|لل)\\S*|(?:صرفت|هصرف|صرفنا) (?:ال)?نضر|(?:افك|فك|فكوا|اسحب|سحب|نسحب|انسحب|ابطل|اتراجع|تراجعت|ابطل|اشيل|نشيل|الغ)(?: عن| من)? (?:ال)?(?:ميعاد|معاد|حجز|موعد|موضوع)\\S*|(?:ما ?)?(?:ت|م)ستنو?(?:ني|نا|وني|ونيش|نيش|وناش|ناش)(?: \\S+)?|(?:ه|ب|ا|ن|هن|ت)?عتدر(?:لي|لنا|ي|وا)?(?: \\S+)? (?:عن|عنه|مش|علي|من)(?: \\S+)?|مش ه(?:كمل|نكمل|عمل|نعمل|ركب|عملها|عملو)(?: \\S+)?|(?:مش|مو) (?:جاي|جايه|جايين|جاين|هاجي|هنيجي)(?: \\S+){0,2}|غيرت راي\\S*|(?:لغيت|لاغي) (?:ال)?فكره|روحت (?:ل)?دكتور تاني`,
  otherTime: `(?:another|different|other|new|later|earlier|better|alternative)(?: \\w+)? (?:time|day|date|slot|one|week|opening|appointment|month)|instead|rather (?:come|have|do|than)|(?:later|earlier|sooner) (?:than|in the|on|that|this|slot|one|if|please)|(?:bit|little|much|hour|hours|day|days|week) (?:later|earlier|sooner)|(?:be|made|make it|do it|come in) (?:earlier|later|sooner|another)|(?:suits?|works?|suit|be|is)(?: me| us)? (?:much )?better|(?:يوم|وقت|ميعاد) غير(?: \\S+)?|than planned|(?:doesnt|does not|isnt|not|dont)(?: \\w+)? (?:suit|work|good|convenient)(?: \\w+){0,5} (?:another|other|different|new|change)|(?:is there|have you|do you have|you got|got|any chance of|how about|what about|can we (?:do|make|try)|could we (?:do|make|try)|can i (?:come|do|have|get)|could i (?:come|do|have|get)|(?:can|could|lets|please|just|rather) (?:we |you |i )?make it|want|prefer|like)(?: \\w+){0,3} (?:later|another|instead|monday|tuesday|wednesday|thursday|friday|saturday|tomorrow|next|morning|afternoon|evening|\\d+|one|two|three|four|five|nine|ten|eleven|something|anything)|(?:ينفع|ممكن|نخليها|نخليه|يناسبني|يبقي) (?:\\S+ )?(?:يوم|ال(?:اتنين|تلات|اربع|خميس|جمعه|سبت|حد)|الحد|بعد بكره|بكره)|و(?:عايز|عاوز)(?:ه|ها) \\S+|(?:يوم|وقت|ميعاد|معاد|موعد|ساعه|حاجه) (?:تاني|تانيه|غيره|غير|غير ده|بعد كده|بعده|ابدر|اقرب|ابعد)|(?:عايز|عاوز|عايزه|عاوزه|محتاج|اديني|تديني|ينفع) (?:\\S+ )?(?:غيره|غيرها|بداله|بدالها|بداله|تاني|بعد|قبل|الاسبوع|يوم|الساعه|عشره|تسعه|تمانيه|تلاته|خمسه|سته|سبعه)(?: \\S+)?|(?:بدال|بدل|مكان)(?:ه|ها|هم)?|(?:ال)?(?:انسب|احسن|افضل)(?:لي| لي| ليا)?|انسبلي|(?:نخلي|اخلي|تخلي|خلي|نخل)(?:ه|ها)?(?: \\S+)? (?:الاسبوع|بعد|يوم|ال\\S+|بكره|بالليل|ميعادي)|(?:متاخر|بدري|ابدر|بعد كده|قبل كده)(?: شويه)?|(?:ن|ا|ت)?(?:قرب|ابدر|بدر|ازق|زق|زحزح|رحل|اخر|قدم|بعد)(?:ه|ها)? (?:ال)?(?:ميعاد|معاد|حجز|موعد|شويه|منه|عنه)\\S*|(?:في حاجه|فيه حاجه|عندكم حاجه) (?:بعد|قبل|يوم|تاني\\S*|الاسبوع|ال\\S+)`,
  money:
    "كام (?:عندكم |عندكو )?(?:ال)?@service|(?:ballpark|price range|quote|figure|tariff|hundreds?|thousands?|owe|spend|spending|dig|dollars?|bucks|quid|pounds?|euros?|cents|money|cash|budget|price\\w*|pric(?:e|ey|y)|costs?|costly|pay|paying|charge[sd]?|fees?|bill|damage|expensive|cheap\\w*|afford\\w*|free of charge|for free|break the bank|set me back|out of pocket|installments?|instalments?|payment plan|rip off|how many dollars)|(?:looking at|goes? for|going for|come to|comes to|works? out|run(?:s|ning)?|charge|ask|asking|take|want|have ready|bring) (?:for|at|to|me|with me)?(?: an?| the| my)? ?@service|@service (?:go|goes|going|run|runs|come|comes|work|works|cost|set)(?: \\w+)?$|@service (?:go for|goes for|come to|comes to|works? out at|run me)|what (?:do|would|does|will|should|am|are)(?: \\w+){0,3} (?:take|looking at|ask|want|charge|pay|budget|run|go for|come to|expect to pay)(?: \\w+){0,2} @service|(?:what|whatll|how much|roughly what)(?: \\w+){0,3} @service (?:run|cost|go for|come to|set)|(?:ا|ن|ه|هن|ب|ت|بت)?(?:دفع|ادفع)(?:ه|ها|وا)?|(?:ميه|الف|الاف|ميتين|تلتميه|ربعميه|خمسميه) (?:جنيه|ولا|بس)|فلوس(?:ي|ها|ه|كم)?|بفلوس|ببلاش|مجان(?:ي|ا|ي[هة])?|(?:غالي|غاليه|رخيص|رخيصه|ارخص|اغلي)|(?:ال)?(?:سعر|اسعار|تكلفه|تمن|ميزانيه|قسط|تقسيط|اقساط|جنيه|خصم|عرض|عروض|فيزيتا)(?:\\S{0,3})|(?:في|فيه|فيها|علي|ليه|لها|معايا|معاي|حدود|حوالي|ل|يوصل|بيوصل|توصل|بتوصل|بياخدوا|بتاخدوا|تاخدوا|ياخدوا|اجهز|هيطلع|يطلع|تطلع|هتطلع|بيطلع|تعمل|يعمل|تقف|يقف|واقف)(?: \\S+){0,2} ?(?:ل|ب|علي )?كام|(?:ل|ب)كام(?! (?:يوم|شهر|ساعه|سنه|مره|جلسه|دقيقه))",
  /** A wish for a new appointment in so many words. */
  newVisit:
    "(?:book|schedule|squeeze|fit|pencil|put)(?: \\w+)? (?:me|us|him|her|my \\w+|an?|another)|(?:make|set up|get|arrange) an? (?:new )?appointment|new (?:appointment|booking|patient)|احجز(?:لي|ولي|يلي)?|اححز|حجز جديد|ميعاد جديد|(?:عايز|عاوز|عايزه|عاوزه) (?:احجز|اكشف|كشف|ميعاد|معاد)",
} as const;

type Cue = keyof typeof cues;
const patterns = (Object.keys(cues) as Cue[]).map((cue) => [cue, wordPattern(cues[cue])] as const);

const inability = wordPattern(cues.inability);

/** Whether the words turn something down because it cannot be. */
export function saysCannot(text: string): boolean {
  return inability.test(text);
}

function findCues(text: string, marked: string): ReadonlySet<Cue> {
  return new Set(patterns.flatMap(([cue, pattern]) => (pattern.test(marked) || pattern.test(text) ? [cue] : [])));
}

/**
 * Scores on the scale of the rules, for wishes that no single phrase tells. `isUnderWay`: the caller is answering about a visit that is
 * being arranged, so that "I can't make it at three" turns down an offer and cancels nothing.
 */
export function weighEvidence(
  input: { readonly text: string; readonly marked: string; readonly slots: Slots },
  isUnderWay: boolean,
): Map<Intent, number> {
  const scores = new Map<Intent, number>();
  const found = findCues(input.text, input.marked);
  const has = (cue: Cue) => found.has(cue);
  const hasWhen = (input.slots.date ?? input.slots.time ?? input.slots.partOfDay) !== undefined;
  const isNew = has("newVisit") && !has("ownVisit");
  const cannot =
    has("inability") || (has("obstacle") && (hasWhen || has("ownVisit"))) || (has("absence") && has("ownVisit"));
  if (!isNew && !isUnderWay && (cannot || has("withdrawal"))) {
    if (has("otherTime")) scores.set("reschedule", has("withdrawal") && !cannot ? 9.15 : 9.6);
    if (has("withdrawal") || has("ownVisit") || hasWhen) scores.set("cancel", has("withdrawal") ? 9.3 : 9.1);
  }
  if (!isNew && has("ownVisit") && has("otherTime") && !has("withdrawal"))
    scores.set("reschedule", Math.max(8.4, scores.get("reschedule") ?? 0));
  if (has("money") && (input.slots.service !== undefined || /@service/.test(input.marked) || !hasWhen))
    scores.set("ask-prices", has("newVisit") ? 8.1 : 8.6);
  return scores;
}
