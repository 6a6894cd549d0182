/** The built-in model: rules instead of weights, behind the same port. No network, no key; answers when nothing else can. */
import { type BusinessFacts, parseBusinessFacts } from "@parley/contract/business-facts";
import { brightSmileArabic, brightSmileEnglish, type DemoBusiness } from "@parley/contract/demo-business";
import { type CountryCode, isSupportedCountry, parsePhoneNumberFromString } from "libphonenumber-js";
import { IANAZone } from "luxon";
import type { ConversationMessage, LanguageModel, ModelPart, ModelRequest } from "../../../call/ports.ts";
import type { Clock } from "../../../kernel/clock.ts";
import { replay } from "./dialogue/replay.ts";
import { respond } from "./dialogue/respond.ts";
import { pickOffers } from "./dialogue/schedule.ts";
import type { Desk } from "./dialogue/state.ts";
import type { Reply } from "./dialogue/tasks.ts";
import { readHandoffs } from "./understand/handoffs.ts";

export interface FrontDeskOptions {
  readonly clock: Clock;
  /** Country of numbers said without a country code, ISO 3166. Absent: that of the business's own number, else by language. */
  readonly defaultRegion?: string;
  /** Zone where the facts name none. Absent: UTC. */
  readonly timeZone?: string;
}

const maxRememberedFacts = 200;
const warmUpCalls: readonly (readonly ConversationMessage[])[] = [
  "can i book a cleaning on december 3rd at 3 pm with dr lee my number is 617 555 0199",
  "عايز احجز كشف يوم 3 ديسمبر الساعة تلاتة ورقمي 01012345678",
  "can i move my appointment from tuesday to friday morning",
  "مواعيدكم ايه يوم الخميس",
  "how much is a filling",
].map((text) => [
  { role: "agent", text: "What time would you like?" },
  { role: "caller", text },
]);

function describeWarmUp(demo: DemoBusiness, messages: readonly ConversationMessage[]): ModelRequest {
  const { instructions, language } = demo;
  return {
    instructions,
    context: "",
    messages,
    tools: [],
    language,
    maxOutputTokens: 1,
    signal: new AbortController().signal,
  };
}

function chooseRegion(facts: BusinessFacts, request: ModelRequest, options: FrontDeskOptions): CountryCode {
  const own = facts.phone === undefined ? undefined : parsePhoneNumberFromString(facts.phone);
  const calling = own?.countryCallingCode === "1" ? "US" : own?.countryCallingCode === "20" ? "EG" : own?.country;
  const fallback = request.language.startsWith("ar") ? "EG" : "US";
  const wished = options.defaultRegion;
  return wished !== undefined && isSupportedCountry(wished) ? wished : (calling ?? fallback);
}

function describeDesk(request: ModelRequest, facts: BusinessFacts, options: FrontDeskOptions): Desk {
  const zone = [facts.timeZone, options.timeZone].find((name) => name !== undefined && IANAZone.create(name).isValid);
  return {
    facts,
    nowMs: options.clock.wallNow(),
    timeZone: zone ?? "UTC",
    region: chooseRegion(facts, request, options),
    language: request.language.startsWith("ar") ? "ar" : "en",
    tools: new Set(request.tools.map((tool) => tool.name)),
    handoffs: readHandoffs(request.tools),
    question: lastCallerText(request),
    passages: request.passages ?? [],
  };
}

function lastCallerText({ messages }: ModelRequest): string {
  const last = messages.findLast((message) => message.role === "caller");
  return last?.role === "caller" ? last.text : "";
}

/** Words in twos and threes, so that speech can begin before the reply is whole. */
function splitText(text: string): string[] {
  return joinArticles(text).match(/\S+\s*(?:\S+\s*){0,2}/g) ?? [];
}

/** "لـ" grows into the word that follows. */
function joinArticles(text: string): string {
  return text.replace(/لـال/g, "لل").replace(/لـ(?=[\u0621-\u064A])/g, "ل");
}

function countCalls(request: ModelRequest): number {
  return request.messages.reduce(
    (sum, message) => sum + (message.role === "agent" ? (message.toolCalls?.length ?? 0) : 0),
    0,
  );
}

/** Creates the desk. It keeps nothing of a call: every step is derived from the request alone. */
export function createFrontDesk(options: FrontDeskOptions): LanguageModel {
  const remembered = new Map<string, BusinessFacts>();
  let isWarm = false;
  const readFacts = (instructions: string): BusinessFacts => {
    const found = remembered.get(instructions);
    if (found) return found;
    if (remembered.size >= maxRememberedFacts) remembered.clear();
    const facts = parseBusinessFacts(instructions);
    remembered.set(instructions, facts);
    return facts;
  };
  const answer = (request: ModelRequest): Reply => {
    const desk = describeDesk(request, readFacts(request.instructions), options);
    const state = replay(request.messages, desk, (before) => pickOffers(before, desk));
    return respond(state, desk, request.messages.at(-1)?.role === "tool");
  };
  return {
    provider: "builtin",
    model: "front-desk",
    /** Builds patterns and zone tables, some 100 ms once in a process: call it at start. Under a caller it does nothing more. */
    prewarm() {
      if (isWarm) return;
      isWarm = true;
      for (const demo of [brightSmileEnglish, brightSmileArabic]) {
        for (let round = 0; round < 3; round++)
          for (const messages of warmUpCalls) answer(describeWarmUp(demo, messages));
      }
    },
    async *generate(request: ModelRequest): AsyncIterable<ModelPart> {
      if (request.signal.aborted) return;
      const reply = answer(request);
      for (const text of splitText(reply.text)) {
        if (request.signal.aborted) return;
        yield { type: "text", text };
      }
      if (request.signal.aborted) return;
      if (reply.call) {
        const { name, input } = reply.call;
        yield { type: "tool-call", call: { id: `desk-${countCalls(request) + 1}`, name, input } };
      }
      yield { type: "usage", inputTokens: 0, outputTokens: 0 };
      yield { type: "finish", reason: reply.call ? "tool-calls" : "stop" };
    },
  };
}
