/** What the agent's last words asked for, whoever spoke them: this desk or another model. */
import { normalizeWords, wordPattern } from "../language/normalize.ts";
import type { Expecting } from "../understand/types.ts";

const questions: readonly (readonly [Expecting, RegExp])[] = [
  [
    "anything-else",
    wordPattern("anything else|something else|help you with anything|حاجه تانيه|خدمه تانيه|اي شي اخر|مساعده تانيه"),
  ],
  [
    "confirmation",
    wordPattern(
      "is (?:that|this|it|everything) (?:right|correct|ok|okay|all right)|(?:that|this|it) (?:right|correct)|correct|right|shall i|should i|would you like me to|do you want me to|can i confirm|do you confirm|does that work|is that (?:ok|okay|fine)|ok with you|shall we|كده صح|صح كده|كده تمام|تمام كده|صح|مضبوط|ا?اكد|احجزه?|تحب ا\\S+|تحبي ا\\S+|هل هذا صحيح|مناسب|موافق|اوصلها|ابلغهم|اسجل|press 1|دوس 1",
    ),
  ],
  [
    "message",
    wordPattern(
      "(?:your|the|a) message|message (?:is|be|would)|pass on|what should i tell|what would you like me to (?:say|tell|pass)|رساله|الرساله|اقولهم|ابلغهم بايه",
    ),
  ],
  [
    "phone",
    wordPattern(
      "phone|number|mobile|reach you|call you (?:back )?(?:on|at)|go on|رقم|رقمك|تليفون|تليفونك|موبايل|الرقم|كمل|كملي|النمره",
    ),
  ],
  [
    "name",
    wordPattern(
      "name|whos (?:this|it|calling)|who am i speaking|who is it|اسم|اسمك|الاسم|باسم مين|مين معايا|حضرتك مين",
    ),
  ],
  [
    "service",
    wordPattern(
      "(?:which|what)(?: \\w+){0,3} (?:service|treatment|procedure)|(?:what|whats)(?: \\w+){0,6} (?:for|in for|done)|what do you need|reason for|خدمه|الخدمه|تعمل ايه|تعملي ايه|لايه|محتاج ايه|نوع|سبب الزياره|كشف ولا",
    ),
  ],
  [
    "date",
    wordPattern(
      "(?:which|what) day|what date|when|day and time|another day|day (?:suits|works)|امتي|يوم|اني يوم|انهي يوم|تاريخ|يوم ايه",
    ),
  ],
  [
    "time",
    wordPattern(
      "what time|which time|time|which (?:one )?(?:suits|works|would)|suits? you|works? (?:best|for you)|ساعه|الساعه|وقت|معاد|ميعاد|يناسبك|انسب",
    ),
  ],
];

/** Undefined where the last words are no question that this desk knows. */
export function readExpectation(agentText: string): Expecting | undefined {
  const sentences = agentText.split(/(?<=[.!?؟])\s+/).filter((sentence) => /\p{L}/u.test(sentence));
  const last = sentences.findLast((sentence) => /[?؟]/.test(sentence)) ?? sentences.at(-1);
  if (last === undefined) return undefined;
  const text = normalizeWords(last);
  return questions.find(([, pattern]) => pattern.test(text))?.[0];
}
