/** The demo agents' texts: an English dental practice and its twin in Cairo. Numbers are of the ranges kept for fiction or placeholders. */
import type { BusinessFacts, OpeningSpan } from "./business-facts.ts";
import { formatBusinessFacts } from "./business-facts.ts";

export interface DemoBusiness {
  readonly agentName: string;
  /** BCP-47. */
  readonly language: string;
  /** IANA name. */
  readonly timeZone: string;
  readonly greeting: string;
  readonly facts: BusinessFacts;
  /** The model's standing instructions, with the facts block inside. */
  readonly instructions: string;
  readonly keyterms: readonly string[];
}

function span(weekdays: readonly number[], opens: string, closes: string): OpeningSpan[] {
  return weekdays.map((weekday) => ({ weekday, opens, closes }));
}

const englishFacts: BusinessFacts = {
  name: "Bright Smile Dental",
  timeZone: "America/New_York",
  hours: [...span([1, 2, 3, 4, 5], "09:00", "18:00"), ...span([6], "10:00", "14:00")],
  services: [
    { name: "Cleaning", aliases: ["scaling", "polish", "hygienist", "تنضيف"], price: "$90", durationMinutes: 30 },
    { name: "Check-up", aliases: ["exam", "consultation", "كشف"], price: "$60", durationMinutes: 20 },
    { name: "Whitening", aliases: ["bleaching", "تبييض"], price: "$250", durationMinutes: 60 },
    { name: "Filling", aliases: ["cavity", "حشو"], price: "$150", durationMinutes: 45 },
    { name: "Extraction", aliases: ["pull a tooth", "wisdom tooth", "خلع"], price: "$180", durationMinutes: 45 },
    { name: "Root canal", aliases: ["nerve treatment", "حشو عصب"], price: "$700", durationMinutes: 90 },
    { name: "Braces consultation", aliases: ["braces", "orthodontist", "تقويم"], price: "$75", durationMinutes: 30 },
  ],
  practitioners: ["Dr. Emily Carter", "Dr. Omar Hassan"],
  address: "12 Harbor Street, second floor, next to the public library",
  phone: "+1 617 555 0142",
  emergency: "911",
};

const arabicFacts: BusinessFacts = {
  name: "عيادة ابتسامة للأسنان",
  timeZone: "Africa/Cairo",
  hours: [...span([6, 7, 1, 2, 3, 4], "10:00", "22:00")].sort((a, b) => a.weekday - b.weekday),
  services: [
    { name: "تنضيف أسنان", aliases: ["تنظيف", "إزالة الجير", "cleaning"], price: "600 جنيه", durationMinutes: 30 },
    { name: "كشف", aliases: ["فحص", "استشارة", "check-up"], price: "300 جنيه", durationMinutes: 20 },
    { name: "تبييض أسنان", aliases: ["تبييض", "whitening"], price: "3000 جنيه", durationMinutes: 60 },
    { name: "حشو", aliases: ["حشوة", "تسوس", "filling"], price: "800 جنيه", durationMinutes: 45 },
    { name: "خلع", aliases: ["خلع ضرس", "ضرس العقل", "extraction"], price: "700 جنيه", durationMinutes: 45 },
    { name: "حشو عصب", aliases: ["علاج عصب", "root canal"], price: "2500 جنيه", durationMinutes: 90 },
    { name: "تقويم", aliases: ["تقويم أسنان", "braces"], price: "400 جنيه للاستشارة", durationMinutes: 30 },
  ],
  practitioners: ["د. منى السيد", "د. أحمد فؤاد"],
  address: "15 شارع التحرير، الدقي، الدور التالت، جنب محطة المترو",
  phone: "+20 2 2555 0142",
  emergency: "123",
};

export const brightSmileEnglish: DemoBusiness = {
  agentName: "Bright Smile Dental",
  language: "en-US",
  timeZone: "America/New_York",
  greeting: "Thank you for calling Bright Smile Dental. How can I help you today?",
  facts: englishFacts,
  instructions: [
    "You answer the phone for Bright Smile Dental, warmly and briefly, in the caller's language.",
    "Book, move and cancel appointments with the tools, and confirm service, day, time, name and phone number before you write.",
    "Answer only from the facts below; when you do not know, take a message. Give no medical advice.",
    "In severe pain, heavy bleeding or trouble breathing, tell the caller to call the emergency number at once.",
    "Speak in short sentences, no lists and no markdown. Say goodbye before you end the call.",
    "",
    formatBusinessFacts(englishFacts),
  ].join("\n"),
  keyterms: ["Bright Smile", "cleaning", "check-up", "whitening", "filling", "extraction", "root canal", "braces"],
};

export const brightSmileArabic: DemoBusiness = {
  agentName: "عيادة ابتسامة للأسنان",
  language: "ar-EG",
  timeZone: "Africa/Cairo",
  greeting: "أهلا بيك في عيادة ابتسامة للأسنان. أقدر أساعدك إزاي؟",
  facts: arabicFacts,
  instructions: [
    "إنت بترد على تليفون عيادة ابتسامة للأسنان، بود وباختصار، بالعامية المصرية أو بلغة المتصل.",
    "احجز وغيّر والغي المواعيد بالأدوات، وأكّد الخدمة واليوم والساعة والاسم ورقم التليفون قبل ما تسجل.",
    "رد من المعلومات اللي تحت بس؛ ولو مش عارف خد رسالة. ماتديش نصيحة طبية.",
    "لو فيه ألم شديد أو نزيف أو صعوبة تنفس، قول للمتصل يكلم رقم الطوارئ فورا.",
    "جمل قصيرة من غير قوايم ولا تنسيق. سلّم قبل ما تقفل المكالمة.",
    "",
    formatBusinessFacts(arabicFacts),
  ].join("\n"),
  keyterms: ["تنضيف", "كشف", "تبييض", "حشو", "خلع", "عصب", "تقويم", "ابتسامة"],
};
