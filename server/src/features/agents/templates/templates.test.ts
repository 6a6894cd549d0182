import { findVariables } from "@parley/contract/agent-variables";
import { parseBusinessFacts } from "@parley/contract/business-facts";
import { describe, expect, test } from "vitest";
import type { CallPlan } from "../../../call/call-plan.ts";
import type { ConversationMessage } from "../../../call/ports.ts";
import type { Clock } from "../../../kernel/clock.ts";
import { createFrontDesk } from "../../../providers/builtin/front-desk/index.ts";
import { toolSpecs } from "../../tools/index.ts";
import { businessProfileOf } from "../business-profile.ts";
import { checkConfig } from "../check-config.ts";
import { compilePlan } from "../compile-plan.ts";
import { agentTemplates } from "./index.ts";

// A Wednesday at noon in New York: every one of them is open, but for the one in Cairo, which is too.
const nowMs = Date.parse("2026-11-25T17:00:00Z");
const clock: Clock = { now: () => 0, wallNow: () => nowMs, setTimer: () => () => undefined };
const tools = new Map(toolSpecs.map(({ name }) => [name, () => []] as const));

function compile(template: (typeof agentTemplates)[number]): CallPlan {
  const agent = { agentId: template.id, version: "draft" as const, config: template.config };
  const compiled = compilePlan({
    ...{ orgId: "org_1", callId: "call_1", agent, tools: toolSpecs, direction: "inbound", nowMs },
    ...{ strict: true, canStartEarly: true },
  });
  if (compiled.verdict !== "answer") throw new Error(`${template.id} is closed`);
  return compiled.plan;
}

/** The desk's answer to the last of these sentences; tools are not run. */
async function ask(plan: CallPlan, ...said: readonly string[]): Promise<{ text: string; tools: string[] }> {
  const desk = createFrontDesk({ clock });
  const messages: ConversationMessage[] = [{ role: "agent", text: plan.greeting }];
  let text = "";
  const tools: string[] = [];
  for (const words of said) {
    messages.push({ role: "caller", text: words });
    text = "";
    const { instructions, language, maxOutputTokens } = plan;
    const request = { instructions, context: "", messages, tools: plan.tools, language, maxOutputTokens };
    for await (const part of desk.generate({ ...request, signal: new AbortController().signal })) {
      if (part.type === "text") text += part.text;
      if (part.type === "tool-call") tools.push(part.call.name);
    }
    messages.push({ role: "agent", text });
  }
  return { text, tools };
}

describe.each(agentTemplates.map((template) => [template.id, template] as const))(
  "the template %s",
  (_id, template) => {
    const plan = compile(template);
    const isArabic = template.language.startsWith("ar");

    test("is a configuration that could be saved as it stands, and resolves its variables", () => {
      expect(() => checkConfig(template.config, { tools, agentIds: new Set() })).not.toThrow();
      const texts = [plan.greeting, plan.instructions, plan.emergency?.say ?? "", plan.recording?.announcement ?? ""];
      expect(texts.flatMap(findVariables)).toEqual([]);
      for (const text of texts) expect(text).not.toMatch(/undefined|\{|\}|\(\)| ,/);
    });

    test("says that it is an AI, in the greeting and when asked", async () => {
      expect(plan.greeting).toMatch(isArabic ? /الذكاء الاصطناعي/ : /\bAI\b/);
      expect(plan.instructions).toMatch(isArabic ? /بني آدم/ : /Never claim to be human/);
      const { text } = await ask(plan, isArabic ? "إنت روبوت؟" : "Are you a robot?");
      expect(text).toMatch(isArabic ? /الآلي/ : /automated assistant/);
    });

    test("has emergency words, and wording with the country's number", async () => {
      const number = { US: "911", GB: "999", EG: "123" }[template.config.business.country] ?? "112";
      expect(plan.emergency?.words.length).toBeGreaterThan(10);
      expect(plan.emergency?.say).toContain(number);
      const { text } = await ask(plan, isArabic ? "الحقوني مش قادر أتنفس" : "Help, I can't breathe");
      expect(text).toContain(number);
    });

    test("answers without a model: hours, services, an appointment", async () => {
      const facts = parseBusinessFacts(plan.instructions);
      expect(facts.services.map(({ name }) => name)).toEqual(template.config.business.services.map(({ name }) => name));
      expect(businessProfileOf(template.config, nowMs)?.services.length).toBe(facts.services.length);
      const hours = await ask(plan, isArabic ? "مواعيدكم إيه؟" : "What are your opening hours?");
      expect(hours.text).toMatch(isArabic ? /الساعة|من/ : /open/);
      const service = facts.services[0]?.name ?? "";
      const booking = await ask(plan, isArabic ? `عايز أحجز ${service}` : `I would like to book a ${service}`);
      expect(booking.text).toMatch(isArabic ? /يوم|إمتى|امتى/ : /day/);
      const day = isArabic ? "بكرة" : "tomorrow";
      const asked = await ask(plan, isArabic ? `عايز أحجز ${service}` : `I would like to book a ${service}`, day);
      expect(asked.tools).toContain("check_availability");
    });
  },
);

test("there are seven, each with an id of its own", () => {
  expect(new Set(agentTemplates.map(({ id }) => id)).size).toBe(7);
});

test("the Egyptian hotline speaks Arabic and nothing else", () => {
  const hotline = agentTemplates.find(({ id }) => id === "egyptian-hotline");
  if (hotline === undefined) throw new Error("there is no hotline");
  const plan = compile(hotline);
  const { emergency, recording, phrases, greeting, keyterms } = plan;
  const facts = plan.instructions.indexOf("```facts");
  const block = plan.instructions.slice(facts).replace(/^(\s*[a-zA-Z ]+):/gm, "");
  const spoken = [
    ...[greeting, plan.instructions.slice(0, facts), emergency?.say ?? "", recording?.announcement ?? ""],
    ...[...(emergency?.words ?? []), ...keyterms, ...Object.values(phrases).flat()],
    ...[hotline.name, hotline.description],
    block.replace(/```(facts)?|Africa\/Cairo|closed|\bmin\b/g, ""),
  ];
  for (const text of spoken) expect(text).not.toMatch(/[A-Za-z]/);
  // Egyptian as it is spoken, and none of the written language's words for it.
  expect(spoken.join(" ")).toMatch(/حضرتك|دلوقتي|إزاي/);
  expect(spoken.join(" ")).not.toMatch(/\b(الآن|لماذا|ماذا|سوف|كيف يمكنني)\b|الآن|لماذا/);
});
