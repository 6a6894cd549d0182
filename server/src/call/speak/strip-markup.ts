/** Takes out what a writer adds for the eye: markdown, tags, emoji, control text. */

const fence = /^[ \t]*(?:```|~~~)[^\n]*$/gm;
const hidden = /<(think|thinking|tool_call|script|style)>[\s\S]*?(?:<\/\1>|$)/gi;
const controlTokens = /<\|[^|>\n]{0,60}\|>|\[\/?INST\]|<!--[\s\S]*?-->/g;
const stageWords =
  "pause|pauses|laughs?|laughing|chuckles?|sighs?|silence|music|clears throat|smiles?|beep|end call|hang up|hangs up|ضحك|صمت|وقفة";
const stageDirections = new RegExp(String.raw`\[(?:${stageWords})\]|\((?:${stageWords})\)|\*(?:${stageWords})\*`, "gi");
const tag = /<\/?[a-z][^<>\n]{0,200}>/gi;
/** Control, format, private and broken characters; the tab and the line feed stay. */
const controlCharacters = /(?![\t\n])[\p{Cc}\p{Cf}\p{Co}\p{Cs}]/gu;
const emoji = /\p{Extended_Pictographic}|\p{Emoji_Modifier}|\p{Regional_Indicator}|\p{Variation_Selector}|\u20e3/gu;

/** Links and images become their label, tables lists, bullets plain lines. Emphasis stays, for `stripEmphasis`. */
export function stripMarkup(text: string): string {
  const plain = text
    .replace(/\r\n?/g, "\n")
    .replace(hidden, " ")
    .replace(controlTokens, " ")
    .replace(fence, "")
    .replace(/<br\s*\/?>/gi, "\n")
    .replace(/<((?:https?:\/\/|mailto:)?[^\s<>]+[.@][^\s<>]+)>/g, "$1")
    .replace(tag, "")
    .replace(/[\u2028\u2029]/g, "\n")
    .replace(controlCharacters, "")
    .replace(emoji, "")
    .replace(stageDirections, " ")
    .replace(/!?\[([^\]\n]*)\]\([^)\n]*\)/g, "$1")
    .replace(/!?\[([^\]\n]*)\]\[[^\]\n]*\]/g, "$1")
    .replace(/^[ \t]*\[[^\]\n]+\]:[ \t]*\S+.*$/gm, "");
  return joinLines(plain.split("\n").map(stripLine));
}

/** Runs after addresses were spoken: a "_" in one is no emphasis. */
export function stripEmphasis(text: string): string {
  return text
    .replace(/[*`]+/g, "")
    .replace(/~~/g, "")
    .replace(/(?<![\p{L}\p{N}])_+|_+(?![\p{L}\p{N}])/gu, "")
    .replace(/_+/g, " ");
}

interface Line {
  readonly text: string;
  /** A heading, a list item, a table row: a pause follows whatever its last character is. */
  readonly isBlock: boolean;
}

function stripLine(line: string): Line {
  const trimmed = line.trim();
  if (/^(?:[-*_=]\s*){3,}$/.test(trimmed) || /^\|?[\s:|-]*-[\s:|-]*\|[\s:|-]*$/.test(trimmed))
    return { text: "", isBlock: true };
  if (/^\|.*\|$/.test(trimmed)) return { text: tableRow(trimmed), isBlock: true };
  const unquoted = trimmed.replace(/^(?:>\s?)+/, "");
  const heading = unquoted.replace(/^#{1,6}(?:\s+|$)/, "").replace(/\s+#+$/, "");
  if (heading !== unquoted) return { text: heading, isBlock: true };
  const item = unquoted.replace(/^(?:[-*+•◦▪‣·–—]\s+(?:\[[ xX]\]\s+)?)+/, "");
  if (item !== unquoted || /^[-*+•]$/.test(unquoted)) return { text: item.replace(/^[-*+•]$/, ""), isBlock: true };
  const numbered = /^(\d{1,2})[.)]\s+(?=\S)/.exec(unquoted);
  if (numbered) return { text: `${numbered[1] ?? ""}, ${unquoted.slice(numbered[0].length)}`, isBlock: true };
  return { text: unquoted, isBlock: false };
}

function tableRow(row: string): string {
  return row
    .split("|")
    .map((cell) => cell.trim())
    .filter((cell) => cell !== "")
    .join(", ");
}

function joinLines(lines: readonly Line[]): string {
  const kept = lines.filter((line) => /\S/.test(line.text));
  let joined = "";
  for (const [index, line] of kept.entries()) {
    const next = kept[index + 1];
    joined += line.text;
    if (next === undefined) break;
    const flows = !line.isBlock && !next.isBlock && /^[a-z]/.test(next.text);
    joined += flows || /[.!?؟…,،:;؛][\s"'”’)*_]*$/.test(line.text) ? " " : ". ";
  }
  return joined;
}
