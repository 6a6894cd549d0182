/** What a search engine found, as plain text: no markup, nothing invisible, cut at a word. */
const entities: Readonly<Record<string, string>> = {
  ...{ amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: " ", hellip: "…", ndash: "–", mdash: "—" },
  ...{ rsquo: "’", lsquo: "‘", rdquo: "”", ldquo: "“" },
};

function decoded(text: string): string {
  return text.replace(
    /&(?:#(\d{1,7})|#x([\da-f]{1,6})|([a-z]{2,8}));/gi,
    (whole, ...[decimal, hex, name]: (string | undefined)[]) => {
      if (name !== undefined) return entities[name.toLowerCase()] ?? whole;
      const code = decimal === undefined ? Number.parseInt(String(hex), 16) : Number(decimal);
      return code > 31 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff) ? String.fromCodePoint(code) : " ";
    },
  );
}

/** Control characters, marks that turn the direction of text, and those without width: words can be hidden with them. */
const invisible = /[\p{Cc}\p{Cf}]+/gu;

export function foundText(text: string, maxLength: number): string {
  // Before tags are looked for: nothing that is read may take longer than it is long.
  const bare = text
    .slice(0, 20_000)
    .replace(/<(?:script|style)\b[^>]{0,1000}>[^<]*/gi, " ")
    .replace(/<\/?[a-z!][^<>]{0,2000}>/gi, "");
  const clean = decoded(bare).replace(invisible, " ").replace(/\s+/g, " ").trim();
  if (clean.length <= maxLength) return clean;
  const cut = clean.slice(0, maxLength);
  const end = cut.lastIndexOf(" ");
  return `${(end > maxLength / 2 ? cut.slice(0, end) : cut).trimEnd()}…`;
}
