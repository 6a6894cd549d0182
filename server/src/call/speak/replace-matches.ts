/** `String.replace` whose replacer sees the whole match (groups, index, input) and may decline with undefined. */
export function replaceMatches(
  text: string,
  pattern: RegExp,
  speak: (match: RegExpExecArray) => string | undefined,
): string {
  let out = "";
  let from = 0;
  for (const match of text.matchAll(pattern)) {
    const spoken = speak(match);
    if (spoken === undefined) continue;
    out += text.slice(from, match.index) + spoken;
    from = match.index + match[0].length;
  }
  return from === 0 ? text : out + text.slice(from);
}
