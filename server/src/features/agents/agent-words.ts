/** What every agent is told or says beyond its owner's words, in its own language; English where we have none. */
export interface AgentWords {
  /** Says in the greeting that an AI answers. */
  readonly disclosure: string;
  /** A greeting with any of these says so already. */
  readonly disclosed: RegExp;
  readonly whenAsked: string;
  readonly closed: string;
  readonly facts: string;
  /** After the words of an emergency, when the call goes to a person. */
  readonly connecting: string;
  readonly languages: (tags: string) => string;
}

const english: AgentWords = {
  disclosure: "I'm an AI assistant.",
  disclosed: /\bAI\b|artificial intelligence|virtual assistant|automated assistant/i,
  whenAsked:
    "When the caller asks whether you are a person, a robot or an AI, say plainly that you are an AI assistant. Never claim to be human.",
  closed: "The business is closed now. Say so, book nothing, and offer to take a message for the team.",
  facts: "You may also tell:",
  connecting: "If you can, stay on the line: I am connecting you to a person now.",
  languages: (tags) => `If the caller speaks one of these languages, answer in it: ${tags}.`,
};

const arabic: AgentWords = {
  disclosure: "أنا مساعد بالذكاء الاصطناعي.",
  disclosed: /ذكاء (ال)?اصطناعي|الذكاء|مساعد آلي|المساعد الآلي/,
  whenAsked: "لو المتصل سأل إنت بني آدم ولا روبوت، قول بصراحة إنك مساعد بالذكاء الاصطناعي. ماتقولش أبدا إنك بني آدم.",
  closed: "المكان قافل دلوقتي. قول كده للمتصل، ماتحجزش حاجة، واعرض إنك تاخد رسالة للفريق.",
  facts: "ممكن كمان تقول:",
  connecting: "ولو تقدر خليك معايا على الخط، بحولك لحد دلوقتي.",
  languages: (tags) => `لو المتصل اتكلم بلغة من دول، رد عليه بيها: ${tags}.`,
};

export function agentWords(language: string): AgentWords {
  return language.toLowerCase().startsWith("ar") ? arabic : english;
}

/** The greeting with the disclosure before its closing question, once. */
export function disclose(greeting: string, words: string, language: string): string {
  const { disclosure, disclosed } = agentWords(language);
  if (disclosed.test(greeting) || (words !== "" && greeting.includes(words))) return greeting;
  const sentence = words.trim() === "" ? disclosure : words.trim();
  const [, before, question] = /^(.*[.!؟?])\s+([^.!?؟]+[?؟])\s*$/s.exec(greeting) ?? [];
  if (before !== undefined && question !== undefined) return `${before} ${sentence} ${question}`;
  return /[?؟]\s*$/.test(greeting) ? `${sentence} ${greeting}` : `${greeting} ${sentence}`.trim();
}

const emergencyNumbers: Readonly<Record<string, string>> = {
  ...{ GB: "999", IE: "112", US: "911", CA: "911", MX: "911", EG: "123", SA: "911", AE: "999", JO: "911", KW: "112" },
  ...{ AU: "000", NZ: "111", IN: "112", ZA: "112", MA: "150", TN: "190", LB: "140", QA: "999", JP: "119", BR: "192" },
};

/** 112 reaches help from every mobile phone. */
export function emergencyNumberOf(country: string): string {
  return emergencyNumbers[country] ?? "112";
}
