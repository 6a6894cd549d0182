/**
 * What tools give is read by models: it loses what cannot be seen, and what looks like the marks that vendors put around a
 * conversation, and it is of bounded size. Its shape stays, so that whoever reads fields still finds them.
 */
const maxTextChars = 4000;
const maxTotalChars = 16_000;
const maxItems = 100;
const maxDepth = 8;
const cut = " …";

/** Control characters but tabs and line feeds, characters that hide or turn text, and tags that carry hidden letters. */
const unseen = /(?![\t\n])[\p{Cc}\p{Cf}\u{E0000}-\u{E007F}]/gu;
/** Marks of roles, tools and turns: "<|im_start|>", "</tool_result>", "[INST]", "<system>", "### System:". */
const marks =
  /<\|[^<>|]{0,40}\|>|<\/?\s*(?:system|assistant|user|tool|function|instructions?|tool_?(?:call|result|use)s?|think(?:ing)?|outside)\b[^<>]{0,80}>|\[\/?(?:INST|SYS|TOOLS?_\w+|AVAILABLE_TOOLS|end_call)\b[^\]\n]{0,80}\]?|<<\/?SYS>>|^\s*#{2,}\s*(?:system|instructions?|assistant)\s*:?/gimu;

export function cleanText(text: string, maxChars = maxTextChars): string {
  const plain = text.replace(unseen, "").replace(marks, " ");
  return plain.length <= maxChars ? plain : `${plain.slice(0, maxChars)}${cut}`;
}

export function cleanOutput(output: unknown): unknown {
  const left = { chars: maxTotalChars };
  return clean(output, left, 0);
}

function clean(value: unknown, left: { chars: number }, depth: number): unknown {
  if (typeof value === "string") {
    const text = cleanText(value, Math.max(0, Math.min(maxTextChars, left.chars)));
    left.chars -= text.length;
    return text;
  }
  if (typeof value !== "object" || value === null) return value;
  if (depth >= maxDepth) return cut;
  if (Array.isArray(value)) return value.slice(0, maxItems).map((each) => clean(each, left, depth + 1));
  const entries = Object.entries(value).slice(0, maxItems);
  return Object.fromEntries(entries.map(([key, each]) => [cleanText(key, 100), clean(each, left, depth + 1)]));
}
