/** Which service is meant: the facts' names and aliases, and the words people really use for them. */
import type { BusinessService } from "@parley/contract/business-facts";
import { normalizeWords, wordPattern } from "../language/normalize.ts";
import { editDistance } from "../language/spelling.ts";

/** Plain name → what people say. The first that matches wins, so the narrower stand first. */
const known: readonly (readonly [string, RegExp])[] = (
  [
    [
      "Root canal",
      "root ?canals?|nerve (?:treatment|filling)|endo(?:dontic|dontist)?|(?:ال)?عصب|حشو(?:ه)? (?:ال)?عصب|علاج (?:ال)?عصب|العصب|اعصاب|روت كانال",
    ],
    [
      "Whitening",
      "(?:teeth |tooth )?whiten(?:ing|ed|er)?|bleach(?:ing|ed)?|brighten|whiter|(?:ال|لل|ل|ب|بال)?تبييض(?:ات|ه)?|(?:ال|لل)?تبيض|(?:ا|ن|ي|ت|تت|يت|ات)بيض(?:لي|هم|ها|وا|ولي)?|(?:سنان|اسنان)\\S* بيضا|ابيض (?:سناني|اسناني)|وايتنينج",
    ],
    [
      "Braces",
      "braces?|ortho(?:dontics?|dontist)?|aligners?|invisalign|straighten(?:ing|ed)?|retainers?|(?:ال|لل|ل|ب|بال)?تقويم(?:ات|ي|ها|ه)?|بريسز",
    ],
    ["Implant", "implants?|(?:ال)?زراعه?|(?:ا|ن)?زرع(?:ه)?|امبلانت"],
    ["Crown", "crowns?|bridge|caps?|(?:ال)?تركيب(?:ه|ات)|(?:ال)?طربوش|(?:ال)?تلبيس(?:ه)?|كراون|كوبري"],
    ["Veneers", "veneers?|lumineers|فينير(?:ز)?|عدسات|هوليود سمايل|hollywood smile"],
    ["Dentures", "dentures?|false teeth|طقم (?:اسنان|سنان)|الطقم"],
    [
      "Extraction",
      "extract(?:ion|ions|ed)?|(?:pull(?:ed|ing)?|remov(?:e|ed|ing|al)|take out|taken out|yank(?:ed)?)(?: \\w+){0,3} (?:tooth|teeth|wisdom|molar)|(?:tooth|teeth|molar|wisdom tooth|wisdom teeth) (?:out|pulled|removed|taken out|extracted|removal|pulling)|wisdom (?:tooth|teeth)|(?:ال|لل|ل|ب|ا|ن|ه|ي|ت|يت|تت|ات|هي|هت|هه|ه?ا|بال)?خلع(?:ه|لي|ها|ي|ني|هولي|هم|وا|ولي|يلي)?|(?:ا|ن|ي|ت)?(?:شيل|قلع)(?:لي|ولي|يلي)? (?:ال)?(?:ضرس|سن|ضروس|سنان|ناب)\\S*|ضرس (?:ال)?عقل",
    ],
    [
      "Filling",
      "(?:re)?fill(?:ing|ings|ed)?(?: (?:a|my|the|this|his|her) (?:tooth|teeth|cavity|hole))|(?:re)?fill(?:ing|ings|ed)|cavit(?:y|ies)|(?:ال|لل|ل|ب|بال|ا|ن|ي)?حشو(?:ه|ات|ي|لي|تين|تي|ها|هم)?|(?:ا|ن|ي|ت|هت|هي|ات|يت|بت|تت)حش[يت](?:لي|ها|ه|هولي|ني|هم)?|(?:متحشي|محشي)(?:ه)?|(?:ال)?تسوس|مسوس(?:ه)?|سوس(?:ه)?|فيلينج",
    ],
    [
      "Cleaning",
      "clean(?:ing|ings|ed|er)?|scal(?:e|ing)|polish(?:ing|ed)?|hygien(?:e|ist)|descal(?:e|ing)|tartar|plaque|(?:ال|لل)?(?:ت)?نضيف|(?:ال|لل)?تنضيف(?:ه|ات)?|(?:ا|ن|ي|ت|تت|يت|ات|ه|هن)نضف(?:لي|هم|ها|ولي|وا|ولنا|يلي)?|(?:ال)?جير|كحت|بوليش|سكيلينج|كلينينج",
    ],
    ["X-ray", "x ?rays?|xray|panorama|(?:ال|لل)?اشعه|بانوراما"],
    [
      "Check-up",
      "check ?-?ups?|check up|exam(?:s|ination)?|examined?|consult(?:ation|ations)?|routine (?:visit|check|appointment)|first visit|(?:have|get|take) (?:a|him|her|someone|the dentist)? ?look(?: at)?|look at my|looked at|checked(?: out)?|(?:ال|لل|ل|ب)?(?:كشف|كشوفات)(?:ه|ي)?|(?:ا|ن|ي|ت|ات|نت|يت)كشف(?:لي|له|لها|وا|ولي)?|(?:ال|لل|ا|ن|ي|ت)?فحص(?:لي|ها|وا|ولي)?|(?:ا|ي|ت|ن)طمن علي (?:سنان|اسنان)\\S*|(?:ال|لل)?استشاره|شيك اب|متابعه|تشيك اب",
    ],
  ] as const
).map(([name, source]) => [name, wordPattern(source)] as const);

function patternOf(service: BusinessService): RegExp {
  const words = [service.name, ...service.aliases].map(normalizeWords).filter((name) => name.length > 1);
  const escaped = words
    .sort((a, b) => b.length - a.length)
    .map((name) => name.replace(/[.*+?^${}()|[\]\\/-]/g, "\\$&"));
  return wordPattern(`(?:ال|لل|ب|ل|بال)?(?:${escaped.join("|")})s?`);
}

const compiled = new WeakMap<BusinessService, { pattern: RegExp; kind: string | undefined }>();

function describe(service: BusinessService): { pattern: RegExp; kind: string | undefined } {
  const found = compiled.get(service);
  if (found) return found;
  const own = normalizeWords([service.name, ...service.aliases].join(" ، "));
  const named = normalizeWords(service.name);
  const kind = (known.find(([, pattern]) => pattern.test(named)) ??
    known.find(([, pattern]) => pattern.test(own)))?.[0];
  const made = { pattern: patternOf(service), kind };
  compiled.set(service, made);
  return made;
}

/** Long words of a service's name that are nearly said. */
function isNearly(service: BusinessService, words: readonly string[]): boolean {
  const own = normalizeWords(service.name)
    .split(" ")
    .filter((part) => part.length >= 6);
  return own.some((part) =>
    words.some((said) => said.length >= 6 && said[0] === part[0] && editDistance(said, part, 1) <= 1),
  );
}

const notAService = wordPattern(
  "clean(?:er)? (?:place|clinic)|at the cap|double check|check (?:my|the|on|if|whether|that)|كشف حساب",
);

/**
 * The service meant, by its name in the facts; by a plain English name when it is a known one that the facts do not list.
 * `text`: normalised words.
 */
export function readService(text: string, services: readonly BusinessService[]): string | undefined {
  const kind = known.find(([, pattern]) => pattern.test(text.replace(notAService, " ")))?.[0];
  if (kind !== undefined) {
    const ofKind = services.filter((service) => describe(service).kind === kind);
    const exact = ofKind.find((service) => describe(service).pattern.test(text));
    const found = exact ?? ofKind[0];
    if (found) return found.name;
  }
  const named = services.find((service) => describe(service).pattern.test(text));
  if (named) return named.name;
  if (kind !== undefined) return kind;
  const words = text.split(" ").slice(0, 60);
  return services.find((service) => isNearly(service, words))?.name;
}

/** How to say a service's name in a language: an alias of that script where the name is of another. */
export function serviceInLanguage(name: string, language: "en" | "ar", services: readonly BusinessService[]): string {
  const isArabic = (text: string) => /[\u0600-\u06FF]/.test(text);
  if (isArabic(name) === (language === "ar")) return name;
  const service = services.find((candidate) => candidate.name === name);
  return service?.aliases.find((alias) => isArabic(alias) === (language === "ar")) ?? name;
}

/** The text with every service's words replaced by `@service`, for patterns such as "how much is @service". */
export function markServices(text: string, services: readonly BusinessService[]): string {
  const patterns = [...services.map((service) => describe(service).pattern), ...known.map(([, pattern]) => pattern)];
  return patterns.reduce((marked, pattern) => marked.replace(pattern, "@service"), text);
}
