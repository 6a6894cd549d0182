/** The parts an agent's configuration is made of. Every field has its description, for forms and for the OpenAPI document. */
import { z } from "zod";

export const text = (max: number) => z.string().max(max);
const filled = (max: number) => z.string().trim().min(1, "must not be empty").max(max);

export const languageTag = z
  .string()
  .regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, "must be a language tag such as en-US or ar-EG");

const isTimeZone = (name: string) => {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
};

export const phoneNumber = z
  .string()
  .regex(/^\+[1-9]\d{6,14}$/, "must be a number with its country code, such as +16175550142");

const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$|^24:00$/, "must be a time such as 09:00");

/** A vendor and its own options. The server checks the options by the vendor's schema; keys never stand here. */
const providerChoice = z.strictObject({
  provider: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,39}$/)
    .describe("A vendor's id, such as deepgram, or builtin."),
  options: z
    .record(z.string(), z.unknown())
    .default({})
    .describe("The vendor's own options: model, voiceId and so on. Never a key."),
});

/** Absent: the installation's own choice. */
export const providerChain = providerChoice
  .extend({
    standbys: z.array(providerChoice).max(3).default([]).describe("Who stands in when it fails, in order."),
  })
  .describe("Who does this, and who stands in. Absent: what the installation has; the built-in one always comes last.");

const milliseconds = (low: number, high: number) => z.int().min(low).max(high).optional();

export const turnTaking = z
  .strictObject({
    pace: z
      .enum(["quick", "balanced", "patient"])
      .default("balanced")
      .describe(
        "How soon the agent takes its turn. Patient suits older or distressed callers, quick a simple order line.",
      ),
    answerAfterMs: milliseconds(150, 3000).describe("Silence after a finished sentence. Overrides the pace."),
    unfinishedAfterMs: milliseconds(300, 5000).describe("Silence after a sentence that sounds unfinished."),
    dictationAfterMs: milliseconds(500, 6000).describe("Silence while the caller dictates digits or a spelling."),
    startEarly: z
      .boolean()
      .default(true)
      .describe("Prepare a reply before the turn's end is certain; nothing of it is heard until it is."),
    askIfThereAfterMs: z
      .int()
      .min(3000)
      .max(60_000)
      .default(8000)
      .describe("Silence until the caller is asked whether they are there."),
    askIfThereTimes: z.int().min(0).max(5).default(2).describe("How often, before the goodbye."),
  })
  .prefault({});

export const interruptions = z
  .strictObject({
    sensitivity: z
      .enum(["never", "careful", "balanced", "eager"])
      .default("balanced")
      .describe("How easily the caller's voice stops the agent. Careful suits noisy places; never lets it finish."),
    minSpeechMs: milliseconds(80, 2000).describe("Speech shorter than this never cuts. Overrides the sensitivity."),
    minWords: z.int().min(0).max(6).optional().describe("Words that must follow for the cut to stand."),
    resumeAfterMs: milliseconds(500, 5000).describe("Without words for this long, the agent goes on where it stopped."),
  })
  .prefault({});

const range = z.strictObject({
  opens: timeOfDay.describe("Local time."),
  closes: timeOfDay.describe("Local time. Not later than `opens`: on the next day."),
});
const ranges = z.array(range).max(6);

const weekdayHours = z.strictObject({
  monday: ranges.default([]),
  tuesday: ranges.default([]),
  wednesday: ranges.default([]),
  thursday: ranges.default([]),
  friday: ranges.default([]),
  saturday: ranges.default([]),
  sunday: ranges.default([]),
});
export const weekdays = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] as const;

const monthDays = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function isCalendarDate(date: string): boolean {
  const [year, month = 0, day = 0] = (date.length === 5 ? `2024-${date}` : date).split("-").map(Number);
  const isLeap = new Date(Date.UTC(year ?? 0, 1, 29)).getUTCMonth() === 1;
  return day >= 1 && day <= (month === 2 && !isLeap ? 28 : (monthDays[month - 1] ?? 0));
}

export const openingHours = z.strictObject({
  weekly: weekdayHours.prefault({}).describe("By weekday; an empty day is closed."),
  holidays: z
    .array(
      z.strictObject({
        date: z
          .string()
          .regex(/^(\d{4}-)?\d{2}-\d{2}$/, "must be a date such as 2026-12-25, or 12-25 for every year")
          .refine(isCalendarDate, "is not a date of the calendar"),
        name: text(100).default(""),
        hours: ranges.default([]).describe("Other hours on that day; empty: closed."),
      }),
    )
    .max(200)
    .default([])
    .describe("Days that differ from the week."),
});

export const business = z
  .strictObject({
    name: text(200).default("").describe("As callers know it. Empty: the agent's name."),
    timeZone: z
      .string()
      .refine(isTimeZone, "must be a zone such as Europe/London")
      .default("UTC")
      .describe("IANA name."),
    country: z
      .string()
      .regex(/^[A-Z]{2}$/, "must be two letters, such as GB")
      .default("US")
      .describe("ISO 3166: how numbers without a country code are read, and which emergency number holds."),
    address: text(400).default(""),
    phone: text(40).default("").describe("The number callers are told."),
    services: z
      .array(
        z.strictObject({
          name: filled(120),
          otherWords: z.array(filled(80)).max(20).default([]).describe("How callers call it, in any language."),
          price: text(80).optional().describe("As it is said: `$90`, `from 40 euro`."),
          durationMinutes: z.int().min(5).max(1440).optional().describe("How long an appointment for it takes."),
          bufferBeforeMinutes: z.int().min(0).max(240).optional().describe("Kept free before each of them."),
          bufferAfterMinutes: z.int().min(0).max(240).optional().describe("Kept free after each of them."),
          people: z
            .array(filled(120))
            .max(50)
            .optional()
            .describe("Who does it: names of calendars. Absent: every calendar that does not say otherwise."),
        }),
      )
      .max(200)
      .default([]),
    people: z.array(filled(120)).max(100).default([]).describe("Who callers may ask for."),
    facts: z.array(filled(500)).max(100).default([]).describe("Anything else the agent may tell."),
  })
  .prefault({});

export const booking = z
  .strictObject({
    slotEveryMinutes: z.int().min(5).max(240).default(30).describe("Appointments begin at these steps after opening."),
    noticeMinutes: z.int().min(0).max(10_080).default(60).describe("How soon the first one may be."),
    daysAhead: z.int().min(1).max(365).default(90),
    identityCheck: z
      .enum(["none", "caller-number", "name", "caller-number-or-name"])
      .default("none")
      .describe(
        "Before an appointment is moved or cancelled: the call comes from the number it was made under, or the caller tells the name it was made under.",
      ),
  })
  .prefault({});

export const afterHours = z
  .strictObject({
    behaviour: z
      .enum(["answer", "take-message", "say-and-hang-up"])
      .default("answer")
      .describe(
        "Outside the opening hours: answer as always, only take messages, or say the greeting and end the call.",
      ),
    greeting: text(1000).default("").describe("Said instead of the greeting. Empty: the same one."),
    instructions: text(4000).default("").describe("Added to the instructions."),
  })
  .prefault({});

export const recording = z
  .strictObject({
    enabled: z.boolean().default(false),
    announcement: text(500).default("").describe("Said before anything is recorded. Many countries ask for it."),
  })
  .prefault({});

export const aiDisclosure = z
  .strictObject({
    when: z
      .enum(["greeting", "when-asked"])
      .default("greeting")
      .describe("Whether the greeting says that an AI answers. Asked, the agent always says so."),
    words: text(300).default("").describe("The sentence. Empty: one in the agent's language."),
  })
  .prefault({});

export const emergency = z
  .strictObject({
    words: z.array(filled(80)).max(200).default([]).describe("What a caller in danger says. Empty: no such watch."),
    number: z
      .string()
      .regex(/^\d{2,6}$/, "must be digits, such as 112")
      .optional()
      .describe("The country's emergency number. Absent: by `business.country`."),
    say: text(600)
      .default("")
      .describe(
        "Said at once, word for word; where there is a number to transfer to, followed by a word about that. `{{emergency.number}}` stands for the emergency number.",
      ),
    transferTo: phoneNumber.optional().describe("Where the call goes right after. Absent: `transferNumber`."),
  })
  .prefault({});

export const handoff = z.strictObject({
  agentId: z.string().regex(/^[A-Za-z0-9_-]{1,100}$/),
  when: filled(300).describe("For the model: when that agent is the right one."),
});

export const outcomeField = z
  .strictObject({
    name: z.string().regex(/^[a-zA-Z][a-zA-Z0-9_]{0,49}$/, "must be letters, digits and _, beginning with a letter"),
    type: z.enum(["text", "number", "boolean", "choice"]),
    description: filled(300).describe("The question that is answered after each call."),
    choices: z.array(filled(80)).min(2).max(20).optional(),
  })
  .refine((field) => (field.type === "choice") === (field.choices !== undefined), {
    path: ["choices"],
    message: "belong to the type choice, which needs at least two",
  });

export const privacy = z
  .strictObject({
    pauseForCardDigits: z
      .boolean()
      .default(true)
      .describe("Recording and transcript stop while a card number is given."),
    redactBeforeModel: z
      .boolean()
      .default(false)
      .describe("Personal data are taken out of what the language model reads."),
    rememberCallers: z
      .boolean()
      .default(false)
      .describe("Tell the agent what was said in earlier calls. Only callers who consented are remembered."),
  })
  .prefault({});

export const variable = z.strictObject({
  name: z
    .string()
    .max(80)
    .regex(/^[a-z][a-zA-Z0-9_]*(\.[a-z][a-zA-Z0-9_]*)*$/, "must look like customer.name"),
  type: z.enum(["text", "number", "boolean", "date", "phone"]).default("text"),
  required: z
    .boolean()
    .default(false)
    .describe("A call that is started without it is refused; one that comes in gets the default."),
  default: text(500).default("").describe("Stands in where nothing is known."),
  description: text(300).default(""),
});

export const phrases = z
  .strictObject({
    fillers: z.array(filled(200)).min(1).max(10).optional().describe("Said while something takes its time."),
    idlePrompts: z.array(filled(200)).min(1).max(10).optional(),
    didNotHear: z.array(filled(200)).min(1).max(10).optional(),
    recovery: z.array(filled(200)).min(1).max(10).optional(),
    apology: filled(300).optional(),
    goodbye: filled(300).optional(),
    keypadMenu: filled(500).optional(),
  })
  .prefault({})
  .describe("The platform's own sentences, in this agent's words. What is absent is said as the platform says it.");
