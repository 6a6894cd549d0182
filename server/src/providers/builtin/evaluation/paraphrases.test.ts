/**
 * Held-out sentences, written by someone who had not seen the front desk's rules. Mend the rules in general, never for one of
 * these sentences, and never mend a sentence to suit the rules: either makes the score worthless.
 */
import { readFileSync } from "node:fs";
import { brightSmileArabic, brightSmileEnglish } from "@parley/contract/demo-business";
import { DateTime } from "luxon";
import { beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import type { Intent, Understanding } from "../front-desk/understand/types.ts";
import { understand } from "../front-desk/understand/understand.ts";

/** The set's names of intents, and those of the code that mean the same. */
const CODE_INTENTS = {
  book: ["book"],
  reschedule: ["reschedule"],
  cancel: ["cancel"],
  "ask-hours": ["ask-hours"],
  "ask-prices": ["ask-prices"],
  "ask-location": ["ask-location"],
  "ask-services": ["ask-services"],
  message: ["leave-message", "speak-to-human"],
  emergency: ["emergency"],
  "is-robot": ["ask-robot"],
  greeting: ["greeting"],
  thanks: ["thanks"],
  yes: ["yes"],
  no: ["no"],
  goodbye: ["goodbye"],
  unclear: ["unclear"],
} as const satisfies Record<string, readonly Intent[]>;

const BUSINESSES = {
  "en-US": { demo: brightSmileEnglish, region: "US", countryCode: "+1", trunkPrefix: "" },
  "ar-EG": { demo: brightSmileArabic, region: "EG", countryCode: "+20", trunkPrefix: "0" },
} as const;

type ExpectedIntent = keyof typeof CODE_INTENTS;
type Language = keyof typeof BUSINESSES;

const intentSchema = z.enum(Object.keys(CODE_INTENTS) as [ExpectedIntent, ...ExpectedIntent[]]);
const serviceNames = new Set(
  Object.values(BUSINESSES).flatMap(({ demo }) => demo.facts.services.map((service) => service.name)),
);
const entrySchema = z.strictObject({
  text: z.string().min(1),
  language: z.enum(["en-US", "ar-EG"]),
  now: z.iso.datetime({ local: true }),
  intent: z
    .union([intentSchema, z.array(intentSchema).min(2)])
    .transform((intent) => (Array.isArray(intent) ? intent : [intent])),
  slots: z.strictObject({
    service: z
      .string()
      .refine((name) => serviceNames.has(name), "not a service of the demo businesses")
      .optional(),
    date: z.iso.date().optional(),
    time: z
      .string()
      .regex(/^\d\d:\d\d$/)
      .optional(),
    partOfDay: z.enum(["morning", "afternoon", "evening"]).optional(),
    name: z.string().optional(),
    phone: z.string().regex(/^\d+$/).optional(),
  }),
});
type Entry = z.output<typeof entrySchema>;
type SlotName = keyof Entry["slots"];

interface Verdict {
  readonly entry: Entry;
  readonly got: Understanding;
  readonly wrong: readonly string[];
}

function loadEntries(): Entry[] {
  const text = readFileSync(new URL("./paraphrases.json", import.meta.url), "utf8");
  return z.array(entrySchema).parse(JSON.parse(text));
}

function dialNationally(phone: string, language: Language): string {
  const { countryCode, trunkPrefix } = BUSINESSES[language];
  return phone.startsWith(countryCode) ? `${trunkPrefix}${phone.slice(countryCode.length)}` : phone;
}

/** Letters' case and the spellings of alef and yaa are no part of a name. */
function foldName(name: string): string {
  return name.trim().toLowerCase().replace(/[أإآ]/g, "ا").replace(/ى/g, "ي").replace(/ة/g, "ه").replace(/\s+/g, " ");
}

function isSlotRight(slot: SlotName, entry: Entry, got: string | undefined): boolean {
  const expected = entry.slots[slot];
  if (expected === undefined) return true;
  if (got === undefined) return false;
  if (slot === "name") return foldName(got) === foldName(expected);
  if (slot === "phone") return dialNationally(got, entry.language) === expected;
  return got === expected;
}

function judgeEntry(entry: Entry): Verdict {
  const { demo, region } = BUSINESSES[entry.language];
  const got = understand(entry.text, {
    nowMs: DateTime.fromISO(entry.now, { zone: demo.timeZone }).toMillis(),
    timeZone: demo.timeZone,
    region,
    facts: demo.facts,
  });
  const accepted: Intent[] = entry.intent.flatMap((intent) => [...CODE_INTENTS[intent]]);
  const slots = Object.keys(entry.slots) as SlotName[];
  const wrongSlots = slots.filter((slot) => !isSlotRight(slot, entry, got.slots[slot]));
  return { entry, got, wrong: accepted.includes(got.intent) ? wrongSlots : ["intent", ...wrongSlots] };
}

function shareRight(verdicts: readonly Verdict[]): number {
  return verdicts.filter((verdict) => verdict.wrong.length === 0).length / verdicts.length;
}

function describeScores(verdicts: readonly Verdict[]): string {
  const groups = Map.groupBy(verdicts, ({ entry }) => `${entry.language} ${entry.intent[0]}`);
  const scores = [...groups].map(([group, members]) => {
    const right = members.filter((member) => member.wrong.length === 0).length;
    return `${group} ${right}/${members.length}`;
  });
  return scores.join(", ");
}

function describeWrong(verdicts: readonly Verdict[]): string {
  const wrong = verdicts.filter((verdict) => verdict.wrong.length > 0);
  const lines = wrong.map(({ entry, got, wrong: parts }) => {
    const expected = `${entry.intent.join("|")} ${JSON.stringify(entry.slots)}`;
    return `${parts.join("+")}: "${entry.text}" expected ${expected} got ${got.intent} ${JSON.stringify(got.slots)}`;
  });
  return [`${wrong.length} of ${verdicts.length} wrong (right: ${describeScores(verdicts)})`, ...lines, ""].join("\n");
}

describe("front desk on held-out sentences", () => {
  let verdicts: Verdict[] = [];
  beforeAll(() => {
    verdicts = loadEntries().map(judgeEntry);
  });

  test("the set holds 150 different sentences of each language", () => {
    expect(new Set(verdicts.map(({ entry }) => entry.text)).size).toBe(300);
    expect(verdicts.filter(({ entry }) => entry.language === "ar-EG")).toHaveLength(150);
  });

  test("at least 90 of 100 are understood", () => {
    expect(shareRight(verdicts), describeWrong(verdicts)).toBeGreaterThanOrEqual(0.9);
  });

  test.each(["en-US", "ar-EG"] as const)("at least 85 of 100 in %s are understood", (language) => {
    const ofLanguage = verdicts.filter(({ entry }) => entry.language === language);
    expect(shareRight(ofLanguage), describeWrong(ofLanguage)).toBeGreaterThanOrEqual(0.85);
  });
});
