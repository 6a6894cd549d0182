/**
 * The block of facts inside an agent's instructions, so that the built-in front desk (and any model) answers from the same lines.
 * Written between three backticks, opened with the word `facts`:
 *
 *     name: Bright Smile Dental
 *     time zone: America/New_York
 *     hours:
 *       Mon-Fri: 09:00-18:00
 *       Sat: 10:00-14:00
 *       Sun: closed
 *     services:
 *       - Cleaning (scaling, تنضيف) — $90 — 30 min
 *     address: 12 Harbor Street, Boston
 *     phone: +1 617 555 0142
 *     emergency: 911
 *
 * Reading is tolerant (Arabic keys and days, 12-hour times, hyphens for dashes, a missing fence); what cannot be read is left out.
 */
import { z } from "zod";

const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$|^24:00$/);

export const businessFacts = z.object({
  name: z.string().optional(),
  timeZone: z.string().optional(),
  /** Opening spans; a weekday (1 Monday … 7 Sunday) that is absent is closed. Empty: hours unknown. */
  hours: z.array(z.object({ weekday: z.number().int().min(1).max(7), opens: timeOfDay, closes: timeOfDay })),
  services: z.array(
    z.object({
      name: z.string().min(1),
      /** Other words for it, in any language. */
      aliases: z.array(z.string()),
      price: z.string().optional(),
      durationMinutes: z.number().int().positive().optional(),
    }),
  ),
  practitioners: z.array(z.string()),
  address: z.string().optional(),
  phone: z.string().optional(),
  /** The number to call in an emergency. */
  emergency: z.string().optional(),
});
export type BusinessFacts = z.infer<typeof businessFacts>;
export type BusinessService = BusinessFacts["services"][number];
export type OpeningSpan = BusinessFacts["hours"][number];

export const noBusinessFacts: BusinessFacts = { hours: [], services: [], practitioners: [] };

const weekdayNames: readonly (readonly string[])[] = [
  ["mon", "monday", "الاثنين", "الإثنين", "الاتنين", "اتنين"],
  ["tue", "tues", "tuesday", "الثلاثاء", "التلات", "الثلاثا"],
  ["wed", "wednesday", "الأربعاء", "الاربعاء", "الاربع", "الأربع"],
  ["thu", "thur", "thurs", "thursday", "الخميس", "خميس"],
  ["fri", "friday", "الجمعة", "الجمعه", "جمعة"],
  ["sat", "saturday", "السبت", "سبت"],
  ["sun", "sunday", "الأحد", "الاحد", "الحد"],
];

const keys: Readonly<Record<string, string>> = {
  name: "name",
  business: "name",
  الاسم: "name",
  "time zone": "timeZone",
  timezone: "timeZone",
  "المنطقة الزمنية": "timeZone",
  hours: "hours",
  "opening hours": "hours",
  المواعيد: "hours",
  "مواعيد العمل": "hours",
  services: "services",
  الخدمات: "services",
  practitioners: "practitioners",
  doctors: "practitioners",
  الأطباء: "practitioners",
  الدكاترة: "practitioners",
  address: "address",
  العنوان: "address",
  phone: "phone",
  التليفون: "phone",
  الهاتف: "phone",
  emergency: "emergency",
  الطوارئ: "emergency",
};

const dash = "[-–—]";

function toAsciiDigits(text: string): string {
  return text.replace(/[٠-٩]/g, (digit) => String(digit.charCodeAt(0) - 0x0660));
}

function readWeekday(text: string): number | undefined {
  const word = text.trim().toLowerCase();
  const index = weekdayNames.findIndex((names) => names.includes(word));
  return index === -1 ? undefined : index + 1;
}

function readWeekdays(text: string): number[] {
  if (/^(daily|every day|يوميا|كل يوم)$/i.test(text.trim())) return [1, 2, 3, 4, 5, 6, 7];
  return text.split(/[,،]/).flatMap((part) => {
    const [first, last] = part.split(new RegExp(`${dash}|\\bto\\b| إلى | الى | لحد `)).map(readWeekday);
    if (first === undefined) return [];
    if (last === undefined) return [first];
    return Array.from({ length: ((last - first + 7) % 7) + 1 }, (_, step) => ((first - 1 + step) % 7) + 1);
  });
}

function readTime(text: string): string | undefined {
  const match = /^\s*(\d{1,2})(?:[:.](\d{2}))?\s*(am|pm|ص|م)?\s*$/i.exec(text);
  if (!match) return undefined;
  const mark = match[3]?.toLowerCase();
  let hour = Number(match[1]);
  if ((mark === "pm" || mark === "م") && hour < 12) hour += 12;
  if ((mark === "am" || mark === "ص") && hour === 12) hour = 0;
  const time = `${String(hour).padStart(2, "0")}:${match[2] ?? "00"}`;
  return timeOfDay.safeParse(time).success ? time : undefined;
}

function readHoursLine(line: string): OpeningSpan[] {
  const match = /^[\s-]*([^\d:]+?)\s*:?\s+(\d.*)$/.exec(line.replace(/^([^\d:]*):(?=\d)/, "$1: "));
  if (!match) return [];
  const spans = (match[2] ?? "").split(/[,،]|\band\b/).flatMap((span) => {
    const [opens, closes] = span.split(new RegExp(`${dash}|\\bto\\b`)).map(readTime);
    return opens !== undefined && closes !== undefined ? [{ opens, closes }] : [];
  });
  return readWeekdays(match[1] ?? "").flatMap((weekday) => spans.map((span) => ({ weekday, ...span })));
}

function readServiceLine(line: string): BusinessService[] {
  const [title = "", ...rest] = line.replace(/^\s*[-*•]\s*/, "").split(/\s+[-–—]\s+|\s*\|\s*/);
  const match = /^([^(]+?)\s*(?:\(([^)]*)\))?\s*$/.exec(title);
  const name = match?.[1]?.trim();
  if (!name) return [];
  const aliases = (match?.[2] ?? "").split(/[,،;]/).flatMap((alias) => alias.trim() || []);
  const duration = rest.find((part) => /\d+\s*(min|minutes|دقيقة|دقايق|دقائق)/i.test(part));
  const price = rest.find((part) => part !== duration && part.trim() !== "")?.trim();
  const durationMinutes = duration === undefined ? undefined : Number(/\d+/.exec(duration)?.[0]);
  return [{ name, aliases, ...(price ? { price } : {}), ...(durationMinutes ? { durationMinutes } : {}) }];
}

function findBlock(instructions: string): string {
  const fences = [...instructions.matchAll(/```[^\n]*\n([\s\S]*?)(?:```|$)/g)];
  const marked = fences.find((fence) => /^```\s*(facts|business)/i.test(fence[0]));
  return (marked ?? fences[0])?.[1] ?? instructions;
}

/** Gathers the lines of the block under their keys. */
function readSections(block: string): Map<string, string[]> {
  const sections = new Map<string, string[]>();
  let current: string[] | undefined;
  for (const line of block.split("\n")) {
    const match = /^\s*([^:\d]{2,40}?)\s*:\s*(.*)$/.exec(line);
    const key =
      match && Object.hasOwn(keys, (match[1] ?? "").toLowerCase()) ? keys[(match[1] ?? "").toLowerCase()] : undefined;
    if (key !== undefined) {
      current = match?.[2]?.trim() ? [match[2].trim()] : [];
      sections.set(key, current);
    } else if (/^\s+\S|^\s*[-*•]/.test(line)) current?.push(line.trim());
    else if (line.trim() !== "") current = undefined;
  }
  return sections;
}

/** Reads the facts out of an agent's instructions. Never throws; what is missing or unreadable is absent. */
export function parseBusinessFacts(instructions: string): BusinessFacts {
  const sections = readSections(findBlock(toAsciiDigits(instructions.slice(0, 50_000))));
  const one = (key: string) => sections.get(key)?.join(", ") || undefined;
  const fields = {
    name: one("name"),
    timeZone: one("timeZone"),
    address: one("address"),
    phone: one("phone"),
    emergency: one("emergency"),
  };
  const facts = {
    ...Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)),
    hours: (sections.get("hours") ?? []).flatMap((line) => line.split(";")).flatMap(readHoursLine),
    services: (sections.get("services") ?? []).flatMap(readServiceLine),
    practitioners: (one("practitioners") ?? "")
      .split(/[,،]/)
      .flatMap((name) => name.replace(/^[-*•]\s*/, "").trim() || []),
  };
  const parsed = businessFacts.safeParse(facts);
  return parsed.success ? parsed.data : noBusinessFacts;
}

function formatHours(hours: readonly OpeningSpan[]): string[] {
  return weekdayNames.map((names, index) => {
    const spans = hours.filter((span) => span.weekday === index + 1).map((span) => `${span.opens}-${span.closes}`);
    const label = (names[0] ?? "").replace(/^./, (letter) => letter.toUpperCase());
    return `  ${label}: ${spans.length > 0 ? spans.join(", ") : "closed"}`;
  });
}

function formatService(service: BusinessService): string {
  const aliases = service.aliases.length > 0 ? ` (${service.aliases.join(", ")})` : "";
  const duration = service.durationMinutes === undefined ? [] : [`${service.durationMinutes} min`];
  return `  - ${[service.name + aliases, ...(service.price ? [service.price] : []), ...duration].join(" — ")}`;
}

/** The fenced block for an agent's instructions; `parseBusinessFacts` reads it back unchanged. */
export function formatBusinessFacts(facts: BusinessFacts): string {
  const line = (key: string, value: string | undefined) => (value === undefined ? [] : [`${key}: ${value}`]);
  return [
    "```facts",
    ...line("name", facts.name),
    ...line("time zone", facts.timeZone),
    ...(facts.hours.length > 0 ? ["hours:", ...formatHours(facts.hours)] : []),
    ...(facts.services.length > 0 ? ["services:", ...facts.services.map(formatService)] : []),
    ...(facts.practitioners.length > 0 ? [`practitioners: ${facts.practitioners.join(", ")}`] : []),
    ...line("address", facts.address),
    ...line("phone", facts.phone),
    ...line("emergency", facts.emergency),
    "```",
  ].join("\n");
}
