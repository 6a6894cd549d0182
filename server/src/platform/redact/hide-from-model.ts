/**
 * Redaction that can be undone, for one call: addresses and telephone numbers stand as `[email-1]` and `[phone-1]` in what a language
 * model reads, and become themselves again in what it says. Cards and national ids are masked for good. What stands for what is kept in
 * the memory of the call and nowhere else.
 */
import { type Found, type RedactedKind, redactText } from "./redact-text.ts";

export interface HidingOptions {
  readonly kinds: readonly RedactedKind[];
  readonly maskCards: (text: string) => string;
  /** Where a number without a country code belongs. */
  readonly country?: string | undefined;
}

export interface Hiding {
  hide(text: string): string;
  /** The same for strings and numbers anywhere in a value. */
  hideValue(value: unknown): unknown;
  reveal(text: string): string;
  revealValue(value: unknown): unknown;
  /** For text in pieces: what may be the beginning of a name waits for the rest of it. */
  revealPieces(): PieceRevealer;
}

export interface PieceRevealer {
  push(piece: string): string;
  /** What waited. */
  end(): string;
}

/** Models change what they repeat: case, and what stands before the number. */
const nameShape = /\[(phone|email)[-_ ]?(\d{1,4})\]/giu;
const nameBegins = /\[(?:[a-z]{0,5}|(?:phone|email)[-_ ]?\d{0,4})$/iu;
/** Texts of a call are few and come again with every request. */
const mostKept = 1000;
/** Fewer digits than this of a number that was cut off tell nobody anything. */
const shortestCut = 5;

export function createHiding({ kinds, maskCards, country }: HidingOptions): Hiding {
  const names = new Map<string, string>();
  const written = new Map<string, string>();
  const hidden = new Map<string, string>();
  const counts = { phone: 0, email: 0 };
  const nameOf = (found: Found): string => {
    const name = names.get(`${found.kind} ${found.key}`) ?? `[${found.kind}-${++counts[found.kind]}]`;
    names.set(`${found.kind} ${found.key}`, name);
    if (!written.has(name)) written.set(name, found.written);
    return name;
  };
  const hide = (text: string): string => {
    const known = hidden.get(text);
    if (known !== undefined) return known;
    const result = hideCut(redactText(text, { kinds, maskCards, country, nameOf }), written);
    if (hidden.size >= mostKept) hidden.clear();
    hidden.set(text, result);
    return result;
  };
  const reveal = (text: string): string =>
    text.replace(nameShape, (all, kind: string, number: string) => {
      return written.get(`[${kind.toLowerCase()}-${Number(number)}]`) ?? all;
    });
  return {
    hide,
    hideValue: (value) => mapStrings(value, hide),
    reveal,
    revealValue: (value) => mapStrings(value, reveal),
    revealPieces: () => createRevealer(reveal),
  };
}

/** An agent that was interrupted in the middle of a number leaves the beginning of it. */
function hideCut(text: string, written: ReadonlyMap<string, string>): string {
  for (const [name, value] of written) {
    for (let length = value.length - 1; length >= shortestCut; length--) {
      if (text.endsWith(value.slice(0, length))) return text.slice(0, -length) + name;
    }
  }
  return text;
}

function createRevealer(reveal: (text: string) => string): PieceRevealer {
  let held = "";
  return {
    push(piece) {
      const text = held + piece;
      const at = text.search(nameBegins);
      held = at < 0 ? "" : text.slice(at);
      return reveal(at < 0 ? text : text.slice(0, at));
    },
    end() {
      const rest = held;
      held = "";
      return rest;
    },
  };
}

function mapStrings(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === "string") return change(value);
  if (typeof value === "number") {
    const [plain, changed] = [String(value), change(String(value))];
    return changed === plain ? value : changed;
  }
  if (Array.isArray(value)) return value.map((item) => mapStrings(item, change));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapStrings(item, change)]));
}
