/** The default answers: a dental receptionist who shows, by the caller's own words, that she heard them. Deterministic. */
import { findDayAndTime, findToday, isArabic, keyWords } from "./caller-line.ts";
import type { BrainReply, BrainRequest, BrainTool, BrainTurn } from "./model-types.ts";
import { fillToolInput, findWho } from "./tool-input.ts";

const farewell =
  /\b(?:goodbye|bye|bye-bye|that's all|that is all|have a (?:nice|good) day)\b|مع السلامة|مع السلامه|سلام|باي|شكرا كده|بس كده/i;
const availability =
  /\b(?:available|availability|free|opening|openings|slot|slots|do you have)\b|فاضي|متاح|عندكم|عندكو|ينفع/i;
const booking =
  /\b(?:book|booking|appointment|schedule|reserve|come in|see the dentist)\b|احجز|أحجز|حجز|ميعاد|موعد|كشف/i;
const human =
  /\b(?:real person|human|put me through|(?:speak|talk) to (?:a|some)(?:body|one)? ?(?:person|human|manager)?)\b|حد حقيقي|موظف|حولني/i;
const consent = /^\W*(?:yes|yeah|yep|sure|ok|okay|please|book it|go ahead|perfect)\b|أيوه|ايوه|ماشي|تمام|احجز/i;
const topics: readonly (readonly [RegExp, english: string, arabic: string])[] = [
  [
    /\b(?:price|cost|how much|fee)\b|بكام|سعر|تكلفة/i,
    "A check-up is forty dollars and a cleaning is sixty.",
    "الكشف بتلتمية جنيه والتنضيف بخمسمية.",
  ],
  [
    /\b(?:open|hours|close)\b|فاتحين|مواعيدكم/i,
    "We are open from nine to five, Sunday to Thursday.",
    "إحنا فاتحين من تسعة لخمسة، من الحد للخميس.",
  ],
  [
    /\b(?:insurance|cover)\b|تأمين/i,
    "We take most insurance plans, just bring your card with you.",
    "بنقبل معظم شركات التأمين، هات الكارت معاك.",
  ],
  [
    /\b(?:where|address|parking|located)\b|فين|عنوان/i,
    "We are at twelve Garden Street, next to the library.",
    "إحنا في شارع الجنينة رقم اتناشر، جنب المكتبة.",
  ],
  [
    /\b(?:pain|hurts?|hurting|toothache|swollen|bleeding)\b|وجع|بيوجع|ورم|نزيف/i,
    "I am sorry that it hurts, the dentist can see you the same day.",
    "ألف سلامة عليك، الدكتور يقدر يشوفك في نفس اليوم.",
  ],
];
const usual = [
  "The dentist can usually see you within two or three days.",
  "الدكتور عادة بيقدر يشوفك خلال يومين تلاتة.",
] as const;

export function receptionist(request: BrainRequest): BrainReply[] {
  const last = request.turns.at(-1);
  if (last?.role === "tool") return [{ text: afterTool(last.name, last.text, request) }];
  const line = last?.role === "user" ? last.text : "";
  const forced = forcedTool(request);
  if (forced !== undefined) return [{ toolCalls: [{ name: forced.name, input: fillToolInput(forced, request) }] }];
  const tool = request.toolChoice === "none" ? undefined : chooseTool(line, request);
  const arabic = isArabic(line);
  if (farewell.test(line)) {
    const text = arabic ? "شكرا لاتصالك، مع السلامة!" : "Thank you for calling, goodbye!";
    return tool === undefined ? [{ text }] : [{ text }, call(tool, request)];
  }
  if (tool?.name === "transfer_call") {
    const text = arabic ? "حاضر، هحولك لحد من الفريق." : "Of course, let me put you through to somebody.";
    return [{ text }, call(tool, request)];
  }
  if (tool !== undefined) {
    const text = arabic ? "تمام، ثانية واحدة أشوف الميعاد." : "Sure, let me look at that for you.";
    return [{ text }, call(tool, request)];
  }
  const wanted = tellsWhen(line, request) && booking.test(line) ? unknownWho(request) : undefined;
  if (wanted !== undefined) return [{ text: arabic ? askWho[wanted][1] : askWho[wanted][0] }];
  if (line === "") return [{ text: "Hello, this is the dental clinic. How can I help you today?" }];
  return [{ text: answerLine(line) }];
}

function call(tool: BrainTool, request: BrainRequest): BrainReply {
  return { toolCalls: [{ name: tool.name, input: fillToolInput(tool, request) }] };
}

function forcedTool({ toolChoice, tools }: BrainRequest): BrainTool | undefined {
  if (toolChoice === "required") return tools[0];
  return typeof toolChoice === "object" ? tools.find((tool) => tool.name === toolChoice.name) : undefined;
}

/** Tools are called once their deed is asked for and day and time are told. */
function chooseTool(line: string, { tools, system, turns }: BrainRequest): BrainTool | undefined {
  const offered = (name: string) => tools.find((tool) => tool.name === name);
  if (farewell.test(line)) return offered("end_call");
  if (human.test(line) && offered("transfer_call")) return offered("transfer_call");
  if (consent.test(line) && lastToolOf(turns) === "check_availability") return offered("book_appointment");
  const lines = linesSinceBooking(turns);
  const today = findToday(system);
  const told = lines.map((each) => findDayAndTime(each, today));
  const isTold = told.some(({ date }) => date !== undefined) && told.some(({ time }) => time !== undefined);
  const last = findWho(lines.at(-1) ?? "");
  const tellsMore = Object.keys(told.at(-1) ?? {}).length > 0 || (last.name ?? last.phone) !== undefined;
  if (!isTold || !tellsMore) return undefined;
  const asking = lines.findLast((each) => availability.test(each) || booking.test(each)) ?? "";
  if (availability.test(asking)) return offered("check_availability") ?? offered("book_appointment");
  if (!booking.test(asking) || unknownWho({ tools, turns }) !== undefined) return undefined;
  return offered("book_appointment") ?? offered("check_availability");
}

function tellsWhen(line: string, { system }: BrainRequest): boolean {
  const { date, time } = findDayAndTime(line, findToday(system));
  return date !== undefined && time !== undefined;
}

const askWho = {
  name: ["Sure. May I have your name, please?", "تمام. ممكن اسم حضرتك؟"],
  phone: ["Thank you. And your phone number?", "شكرا. ورقم التليفون؟"],
} as const;

/** What a booking needs to know of the caller and nobody has said; a receptionist asks, and makes nothing up. */
function unknownWho({ tools, turns }: Pick<BrainRequest, "tools" | "turns">): "name" | "phone" | undefined {
  const required = tools.find((tool) => tool.name === "book_appointment")?.schema["required"];
  const who = findWho(turns.flatMap((turn) => (turn.role === "user" ? [turn.text] : [])).join("\n"));
  return (["name", "phone"] as const).find(
    (each) => Array.isArray(required) && required.includes(each) && who[each] === undefined,
  );
}

function lastToolOf(turns: readonly BrainTurn[]): string | undefined {
  return turns.findLast((turn) => turn.role === "tool")?.name;
}

/** What the caller said since the last booking: day, time and wish may come in different lines. */
function linesSinceBooking(turns: readonly BrainTurn[]): string[] {
  const booked = turns.findLastIndex((turn) => turn.role === "tool" && turn.name === "book_appointment");
  return turns.slice(booked + 1).flatMap((turn) => (turn.role === "user" ? [turn.text] : []));
}

function afterTool(name: string, output: string, { turns }: BrainRequest): string {
  const caller = turns.findLast((turn) => turn.role === "user")?.text ?? "";
  const arabic = isArabic(caller);
  const failed = /error|failed|false|unavailable|not available|taken/i.test(output);
  const heard = keyWords(caller, 3).join(", ");
  if (name === "end_call") return arabic ? "مع السلامة." : "Goodbye.";
  if (failed) {
    return arabic
      ? `معلش، الميعاد ده مش متاح، ${heard}. تحب ميعاد تاني قريب منه؟`
      : `I am sorry, that time did not work, you asked for ${heard}. Would another time near it suit you?`;
  }
  if (name === "book_appointment") {
    return arabic
      ? `تم الحجز يا فندم، ${heard}. هتوصلك رسالة بالتفاصيل. أقدر أساعدك في حاجة تانية؟`
      : `Your appointment is booked, I have you down for ${heard}. You will get a text message with the details in a minute. Is there anything else I can do?`;
  }
  return arabic
    ? `أيوه، الميعاد ده متاح، ${heard}. تحب أحجزه لحضرتك؟`
    : `Yes, that time is still open, you asked for ${heard}. Shall I book it for you?`;
}

function answerLine(line: string): string {
  const arabic = isArabic(line);
  const topic = topics.find(([asked]) => asked.test(line));
  const heard = keyWords(line, 4).join(arabic ? "، " : " and ");
  if (arabic) {
    const echo = heard === "" ? "" : ` حضرتك قلت ${heard}.`;
    return `أكيد، أقدر أساعدك في الموضوع ده.${echo} ${topic?.[2] ?? usual[1]} تحب تيجي يوم إيه والساعة كام؟`;
  }
  const echo = heard === "" ? "" : ` you mentioned ${heard}.`;
  return `Of course, I can help with that,${echo === "" ? " no problem." : echo} ${topic?.[1] ?? usual[0]} Which day and time would suit you best?`;
}
