import { Lexer, type Token, type Tokens } from "marked";
import type { Block, ReadDocument } from "./block.ts";
import { tidy } from "./decode-text.ts";

export function readMarkdown(text: string): ReadDocument {
  return { blocks: Lexer.lex(text).flatMap(blocksOf), facts: {} };
}

function blocksOf(token: Token): Block[] {
  switch (token.type) {
    case "heading": {
      const { depth } = token as Tokens.Heading;
      return asBlock(wordsOf(token), (words) => ({ kind: "heading", level: depth, text: words }));
    }
    case "table": {
      const { header, rows } = token as Tokens.Table;
      return [{ kind: "table", rows: [header, ...rows].map((row) => row.map((cell) => tidy(wordsOf(cell)))) }];
    }
    case "list":
      return (token as Tokens.List).items.flatMap((item) => item.tokens.flatMap(blocksOf));
    case "blockquote":
      return (token as Tokens.Blockquote).tokens.flatMap(blocksOf);
    case "space":
    case "hr":
    case "def":
    case "html":
      return [];
    default:
      return asBlock(wordsOf(token), (words) => ({ kind: "text", text: words }));
  }
}

function asBlock(words: string, make: (words: string) => Block): Block[] {
  const text = tidy(words);
  return text === "" ? [] : [make(text)];
}

interface Written {
  readonly type?: string;
  readonly tokens?: Token[] | undefined;
  readonly text?: string;
}

/** Without marks; a link is its words, a picture its caption. */
function wordsOf(token: Written | Token): string {
  const { type, tokens, text } = token as Written;
  if (type === "html") return "";
  if (type === "br") return " ";
  return tokens === undefined ? (text ?? "") : tokens.map(wordsOf).join("");
}
