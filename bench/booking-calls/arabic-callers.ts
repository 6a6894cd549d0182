/** Callers who speak Egyptian Arabic. */
import { DateTime } from "luxon";
import { demoOf, startMs } from "./business.ts";
import type { Random } from "./random.ts";
import type { Asked, Tongue } from "./tongue.ts";

const digitWords = ["صفر", "واحد", "اتنين", "تلاتة", "أربعة", "خمسة", "ستة", "سبعة", "تمانية", "تسعة"];
const hourWords = "اتناشر واحدة اتنين تلاتة أربعة خمسة ستة سبعة تمانية تسعة عشرة حداشر".split(" ");
const weekdays = "الاتنين التلات الأربع الخميس الجمعة السبت الحد".split(" ");
const months = "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر".split(" ");

function sayDate(random: Random, date: string): string {
  const { timeZone } = demoOf("ar");
  const day = DateTime.fromISO(date, { zone: timeZone });
  const ahead = Math.round(day.diff(DateTime.fromMillis(startMs, { zone: timeZone }).startOf("day"), "days").days);
  const weekday = weekdays[day.weekday - 1] ?? "";
  const month = months[day.month - 1] ?? "";
  const whole = [`يوم ${day.day} ${month}`, `${weekday} ${day.day} ${month}`, `يوم ${weekday} ${day.day} ${month}`];
  if (ahead === 1) return random.pick(["بكرة", "بكره", ...whole]);
  if (ahead === 2) return random.pick(["بعد بكرة", `يوم ${weekday}`, ...whole]);
  return random.pick(ahead < 7 ? [`يوم ${weekday}`, weekday, `${weekday} الجاي`, ...whole] : whole);
}

function partOf(hour: number): string {
  if (hour < 12) return "الصبح";
  if (hour < 15) return "الضهر";
  return hour < 18 ? "العصر" : "بالليل";
}

function sayTime(random: Random, time: string): string {
  const hour = Number(time.slice(0, 2));
  const minute = time.slice(3);
  const fraction = { "00": "", "30": " ونص", "15": " وربع" }[minute] ?? "";
  const word = minute === "45" ? `${hourWords[(hour + 1) % 12]} إلا ربع` : `${hourWords[hour % 12]}${fraction}`;
  const clock = hour % 12 === 0 ? 12 : hour % 12;
  const said = random.pick([word, word, minute === "00" ? String(clock) : `${clock}:${minute}`]);
  return random.chance(60) ? `الساعة ${said} ${partOf(hour)}` : `الساعة ${said}`;
}

const arabicIndic = (digits: string) => [...digits].map((digit) => "٠١٢٣٤٥٦٧٨٩"[Number(digit)]).join("");
const sayDigit = (random: Random, digit: string): string =>
  digit === "0" && random.chance(20) ? "زيرو" : (digitWords[Number(digit)] ?? digit);

/** Each entry is said, then there is a pause. */
function sayPhone(random: Random, digits: string): string[] {
  const groups = (digits.length < 8 ? [digits] : [digits.slice(0, 3), digits.slice(3, 7), digits.slice(7)]).filter(
    (group) => group !== "",
  );
  const inWords = (text: string) => [...text].map((digit) => sayDigit(random, digit)).join(" ");
  switch (random.between(0, 5)) {
    case 0:
      return [digits];
    case 1:
      return [groups.join(" ")];
    case 2:
      return [arabicIndic(digits)];
    case 3:
      return [groups.map(inWords).join(" ")];
    case 4:
      return [groups.map(inWords).join("، ")];
    default:
      return groups.map(random.chance(50) ? inWords : (text) => text);
  }
}

function timesIn(text: string): string[] {
  const pattern = new RegExp(
    `(?:الساعة |أو |، )(${hourWords.join("|")})( وربع| وتلت| ونص| إلا ربع| و\\d+ دقيقة)? (الصبح|الضهر|العصر|بالليل)`,
    "g",
  );
  return [...text.matchAll(pattern)].map(([, word = "", fraction = "", part = ""]) => {
    const said = hourWords.indexOf(word);
    const minutes =
      { " وربع": 15, " وتلت": 20, " ونص": 30, " إلا ربع": -15 }[fraction] ?? Number(/\d+/.exec(fraction)?.[0] ?? 0);
    const isMorning = part === "الصبح" && !(said === 0 && minutes < 0);
    const hour = said + (isMorning || said === 12 ? 0 : 12);
    const total = hour * 60 + minutes;
    return `${String(Math.floor(total / 60)).padStart(2, "0")}:${String(total % 60).padStart(2, "0")}`;
  });
}

function datesIn(text: string): string[] {
  return [...text.matchAll(new RegExp(`(\\d{1,2}) (${months.join("|")})`, "g"))].map(
    ([, day = "", month = ""]) => `${String(months.indexOf(month) + 1).padStart(2, "0")}-${day.padStart(2, "0")}`,
  );
}

const questions: readonly (readonly [Asked, RegExp])[] = [
  ["a message", /تسيب رسالة|آخد رسالة/],
  ["anything else", /حاجة تانية/],
  ["which one", /أنهي ميعاد|أنهي واحد|تقصد أنهي/],
  ["all right", /^(?!الرقم [\d ]+\.).*كده صح/],
  ["digits right", /كده صح/],
  ["more digits", /لحد دلوقتي|كمل الرقم/],
  ["offer", /أنهي ساعة|الوقت ده ينفعك/],
  ["name", /اسم/],
  ["phone", /رقم|تليفون|موبايل/],
  ["service", /تيجي لإيه|نوع الخدمة|أنهي خدمة/],
  ["day", /يوم/],
  ["time", /الساعة كام/],
];

function asked(text: string): Asked {
  const tail = text
    .split(/(?<=[.!?؟])\s+/)
    .slice(-2)
    .join(" ");
  return questions.find(([, pattern]) => pattern.test(tail))?.[0] ?? "else";
}

export const arabicCallers: Tongue = {
  firstNames:
    "محمد أحمد منى سارة ياسمين كريم نهى عمر دينا هشام ريهام طارق مريم خالد إيمان يوسف هبة شريف نورهان وليد آية حسام سلمى مصطفى رانيا عماد فاطمة إسلام شيماء باسم".split(
      " ",
    ),
  lastNames:
    "حسن عادل محمود السيد فؤاد إبراهيم منصور عبدالله صلاح جمال رمضان سمير فاروق يحيى زكي نبيل شوقي مراد سليمان غانم بدوي الشناوي حجازي مرسي قنديل عثمان لطفي رشدي عزت توفيق".split(
      " ",
    ),
  services: {
    "تنضيف أسنان": ["تنضيف أسنان", "تنضيف", "تنظيف أسنان", "تنضيف جير"],
    كشف: ["كشف", "كشف أسنان", "كشف"],
    "تبييض أسنان": ["تبييض", "تبييض أسنان"],
    حشو: ["حشو", "حشو ضرس"],
    خلع: ["خلع", "خلع ضرس", "خلع ضرس العقل"],
    "حشو عصب": ["حشو عصب", "علاج عصب"],
    تقويم: ["تقويم", "تقويم أسنان"],
  },
  opening: [
    "عايز أحجز ميعاد لو سمحت",
    "السلام عليكم، كنت عايز أحجز",
    "ألو، ممكن أحجز ميعاد؟",
    "مساء الخير، عايزة ميعاد عند الدكتور",
  ],
  openingService: [
    "عايز أحجز {service}",
    "السلام عليكم، محتاجة أحجز {service}",
    "ممكن ميعاد {service} لو سمحت؟",
    "كنت عايز أعمل {service}",
    "أنا أول مرة آجي وعايز أحجز {service}",
  ],
  openingServiceDay: [
    "عايز أحجز {service} {date}",
    "ممكن أحجز {service} {date}؟",
    "عندكم حاجة {date} عشان {service}؟",
    "عايزة آجي {date} أعمل {service}",
  ],
  openingWhole: [
    "أنا اسمي {name} وعايز أحجز {service} {date} {time} ورقمي {phone}",
    "السلام عليكم، معاك {name}، عايز أحجز {service} {date} {time}، ورقم تليفوني {phone}",
    "احجزلي {service} {date} {time} باسم {name} ورقمي {phone}",
  ],
  openingMove: ["عايز أغير ميعادي", "لو سمحت عايزة أأجل الميعاد بتاعي", "أنا حاجز عندكم وعايز أغير الميعاد"],
  openingMoveWhen: [
    "عايز أنقل ميعادي ل{date} {time}",
    "ممكن أغير الميعاد بتاعي وأخليه {date} {time}؟",
    "مش هقدر آجي في ميعادي، ينفع {date} {time}؟",
  ],
  askWhatIsFree: ["عندكم إيه فاضي {date}؟", "{date} فيه مواعيد إيه؟"],
  tellService: ["{service}", "{service} لو سمحت", "عايز {service}", "عشان {service}"],
  tellDay: ["{date}", "{date} لو ينفع", "خليها {date}", "ممكن {date}", "{date} يناسبني"],
  tellTime: ["{time}", "{time} لو سمحت", "ممكن {time}؟", "خليها {time}", "{time} كويس"],
  tellPart: {
    morning: ["الصبح لو سمحت", "أي وقت الصبح", "عندكم حاجة الصبح؟"],
    afternoon: ["العصر أحسن", "بعد الضهر لو ينفع", "عندكم حاجة العصر؟"],
  },
  takeTime: ["{time}", "{time} تمام", "خلاص {time}", "ماشي {time}", "يبقى {time}"],
  tellName: ["{name}", "اسمي {name}", "أنا {name}", "الاسم {name}", "باسم {name}"],
  spellName: ["{name}، {spelled}", "اسمي {name}، {spelled}"],
  tellPhone: ["{phone}", "رقمي {phone}", "الرقم {phone}", "اكتب عندك {phone}"],
  correctPhone: ["لا، الرقم {phone}", "لا معلش، رقمي {phone}", "الرقم غلط، هو {phone}"],
  correctEnd: ["لا، آخر أربع أرقام {end}", "معلش، آخره {end}", "الرقم غلط، آخره {end}"],
  correctDigit: ["لا، آخر رقم {right} مش {wrong}", "معلش، آخر رقم {right}", "لا، آخره {right} مش {wrong}"],
  correctName: ["لا، الاسم {name}", "لا أنا اسمي {name}", "الاسم غلط، اسمي {name}"],
  correctService: ["لا معلش، عايز {service}", "بدل كده خليها {service}", "لا، أنا عايزة {service}"],
  correctDay: ["لا خليها {date}", "معلش، ممكن {date}؟", "لا، قصدي {date}", "{date} أحسن"],
  correctTime: ["لا خليها {time}", "معلش، ممكن {time}؟", "لا، قصدي {time}", "{time} أحسن"],
  interrupt: ["{time} لو سمحت", "معلش، عندك {time}؟", "ينفع {time}؟"],
  askPrice: ["هو بكام {service}؟", "طب {service} بكام؟", "وسعر {service} كام؟"],
  whichOne: ["بتاع {service}", "ميعاد {service}", "{service}", "اللي عشان {service}"],
  yes: ["أيوه", "أيوه صح", "تمام كده", "مظبوط", "أيوه تمام", "صح كده", "اه تمام"],
  no: ["لا", "لا شكرا"],
  goodbye: ["لا شكرا، مع السلامة", "لا كده تمام، شكرا", "خلاص شكرا، سلام"],
  again: ["ألو؟", "معلش، تاني كده؟"],
  fillers: ["اه", "يعني", "طيب", "بص", "ممم", "ثانية واحدة"],
  smallWords: new Set("لو سمحت معلش ممكن السلام عليكم ألو كنت".split(" ")),
  ...{ sayDate, sayTime, sayPhone, sayDigit, timesIn, datesIn, asked },
  spell: (name) => [...(name.split(" ")[0] ?? "")].join(" "),
  nothingFree: /مفيش مكان فاضي|لسه محجوز/,
  done: /تم الحجز|ميعادك بقى/,
  namesService: (text, service) => text.includes(service) && (service !== "حشو" || !text.includes("حشو عصب")),
};
