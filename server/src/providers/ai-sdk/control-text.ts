/**
 * Finds control text (tool calls written as text) in what a model says. It is meant to miss nothing that a caller must
 * not hear: when in doubt whether a `{` or a `[TOOL` is speech, it is not.
 */
export type ControlScan =
  /** Plain speech: the first `length` characters may be spoken. */
  | { kind: "speech"; length: number }
  /** More text is needed to tell. */
  | { kind: "undecided" }
  /** The first `length` characters are control text. `closed` is false when the text ended inside it. */
  | { kind: "control"; length: number; closed: boolean };

/** Anything that may begin control text, and the half-written beginnings of it at the end of what has arrived. */
const opener = /[[［【(<{`]|end_call|tool/i;
const halfWritten = /(?:e(?:n(?:d(?:_(?:c(?:a(?:l)?)?)?)?)?)?|t(?:oo?)?|[\uD800-\uDBFF])$/i;

/** How far a bracket may run before it has to show that it is a tool call. */
const decisionWindow = 64;

const bracketKeyword =
  /^[[［【][\s*_`"':/|-]*(?:tools?(?![a-z])|tools?_?(?:calls?|results?|use)(?![a-z])|end[\s_-]?call(?![a-z]))/i;
const parenKeyword = /^\([\s*_`"':/|-]*end[\s_-]?call(?![a-z])/i;
const tagKeyword = /^<[\s/|]*(?:tool|function|end_?call|think)/i;
const tagBegun = /^<[\s/|]*[a-z_]*$/i;

/** Looks at the beginning of `text`. With `atEnd`, nothing more will come and the answer is never "undecided". */
export function scanControl(text: string, atEnd: boolean): ControlScan {
  const start = text.search(opener);
  const speechEnd = start < 0 ? text.length - (atEnd ? 0 : (halfWritten.exec(text)?.[0].length ?? 0)) : start;
  if (speechEnd > 0) return { kind: "speech", length: speechEnd };
  if (start < 0) return { kind: "undecided" };
  return scanOpener(text, atEnd);
}

function scanOpener(text: string, atEnd: boolean): ControlScan {
  const first = text.charAt(0);
  if (first === "`") return scanFence(text, atEnd);
  if (first === "{") return scanRegion(text, atEnd);
  if (first === "<") {
    if (/^<[\s|]*think/i.test(text)) return scanThinking(text, atEnd);
    if (tagKeyword.test(text)) return scanTag(text, atEnd);
    return tagBegun.test(text) && text.length < 24 && !atEnd ? { kind: "undecided" } : { kind: "speech", length: 1 };
  }
  if (/^end_call/i.test(text)) return { kind: "control", length: "end_call".length, closed: true };
  if (/^tool/i.test(text)) return scanBareTool(text, atEnd);
  return scanBracket(text, atEnd);
}

function scanBracket(text: string, atEnd: boolean): ControlScan {
  const opening = text.charAt(0);
  const isBracket = /[[［【]/.test(opening);
  if (isBracket ? bracketKeyword.test(text) : parenKeyword.test(text)) {
    const decided = atEnd || !/^\W*[a-z_\s-]*$/i.test(text.slice(1)) || text.length > decisionWindow;
    if (!decided && !/\n/.test(text.slice(2))) return { kind: "undecided" };
    return scanRegion(text, atEnd);
  }
  const window = text.slice(1, decisionWindow);
  const brace = window.indexOf("{");
  const lead = window.length - window.trimStart().length;
  const stop = window.slice(lead).search(/[\]］】)\n]/);
  if (brace >= 0 && (stop < 0 || brace < lead + stop)) return scanRegion(text, atEnd);
  const settled = stop >= 0 || text.length >= decisionWindow || atEnd;
  return settled ? { kind: "speech", length: 1 } : { kind: "undecided" };
}

/** The word `tool` is speech unless a name and a brace follow it. */
function scanBareTool(text: string, atEnd: boolean): ControlScan {
  const begun = /^tools?(?:_?c?a?l?l?s?)(?:$|[\s:]+["'*]*[\p{L}\p{N}_.-]{0,64}["'*]*[\s:(]*($|\{))/iu.exec(text);
  if (begun?.[1] === "{") return scanRegion(text, atEnd);
  return begun !== null && !atEnd ? { kind: "undecided" } : { kind: "speech", length: "tool".length };
}

/** Backticks are never speech; three of them take the language word of the fence with them. */
function scanFence(text: string, atEnd: boolean): ControlScan {
  const ticks = /^`+/.exec(text)?.[0].length ?? 1;
  if (ticks === text.length && !atEnd && ticks < 3) return { kind: "undecided" };
  if (ticks < 3) return { kind: "control", length: ticks, closed: true };
  const info = /^`+[ \t]*[\w-]*[ \t]*/.exec(text)?.[0].length ?? ticks;
  if (info === text.length && !atEnd) return { kind: "undecided" };
  return { kind: "control", length: /[\n{[]/.test(text.charAt(info)) ? info : ticks, closed: true };
}

function scanThinking(text: string, atEnd: boolean): ControlScan {
  const end = /<\s*\/\s*think(?:ing)?\s*>/i.exec(text);
  if (end === null) return atEnd ? { kind: "control", length: text.length, closed: false } : { kind: "undecided" };
  return { kind: "control", length: end.index + end[0].length, closed: true };
}

function scanTag(text: string, atEnd: boolean): ControlScan {
  const end = text.search(/[>{\n]/);
  if (end < 0) return atEnd ? { kind: "control", length: text.length, closed: false } : { kind: "undecided" };
  return { kind: "control", length: text.charAt(end) === "{" ? end : end + 1, closed: true };
}

interface RegionState {
  depth: number;
  quoted: boolean;
  escaped: boolean;
  sawJson: boolean;
}

/** From an opener to its end: `]` outside JSON, the end of the JSON when no bracket follows, or a line's end without JSON. */
function scanRegion(text: string, atEnd: boolean): ControlScan {
  const state: RegionState = { depth: 0, quoted: false, escaped: false, sawJson: false };
  const isBare = text.charAt(0) === "{";
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (state.depth > 0 || char === "{") {
      advanceJson(state, char);
      if (isBare && state.depth === 0) return { kind: "control", length: at + 1, closed: true };
      continue;
    }
    const end = regionEnd(text, at, state);
    if (end === "undecided" && !atEnd) return { kind: "undecided" };
    if (typeof end === "number") return { kind: "control", length: end, closed: true };
  }
  return atEnd ? { kind: "control", length: text.length, closed: false } : { kind: "undecided" };
}

function regionEnd(text: string, at: number, state: RegionState): number | "undecided" | undefined {
  const char = text.charAt(at);
  if (/[\]］】)]/.test(char) && at > 0) return at + 1;
  if (state.sawJson) return /[\s,]/.test(char) ? undefined : at;
  if (char !== "\n") return undefined;
  const next = text.slice(at).trimStart().charAt(0);
  if (next === "") return "undecided";
  return next === "{" || next === "]" ? undefined : at + 1;
}

function advanceJson(state: RegionState, char: string): void {
  if (state.quoted) {
    if (state.escaped) state.escaped = false;
    else if (char === "\\") state.escaped = true;
    else if (char === '"') state.quoted = false;
    return;
  }
  if (char === '"') state.quoted = true;
  if (char === "{") state.depth += 1;
  if (char !== "}") return;
  state.depth -= 1;
  if (state.depth === 0) state.sawJson = true;
}
