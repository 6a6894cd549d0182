/** E-mail and web addresses, as somebody reads them out. */
import { replaceMatches } from "./replace-matches.ts";
import type { SpokenLanguage } from "./spoken-language.ts";

const email = /(?:mailto:)?([\p{L}\p{N}][\p{L}\p{N}._%+-]*)@([\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+)/giu;
const endings =
  "com|net|org|info|biz|io|co|ai|app|dev|me|tv|edu|gov|online|site|shop|clinic|health|dental|eg|sa|ae|kw|qa|jo|uk|us|ca|au|de|fr|es|it|nl|eu|example|test|local";
const webAddress = new RegExp(
  String.raw`(?<![\p{L}\p{N}@.])(?:https?:\/\/)(?:www\.)?([\p{L}\p{N}][\p{L}\p{N}.-]*)(?::\d+)?([/?#][^\s<>"'،؟)\]]*)?|(?<![\p{L}\p{N}@.])(?:www\.)?((?:[a-z0-9][a-z0-9-]*\.)+(?:${endings}))(?![\p{L}\p{N}-])(\/[^\s<>"'،؟)\]]*)?`,
  "giu",
);

export function speakAddresses(text: string, language: SpokenLanguage): string {
  if (!/[@.]/.test(text)) return text;
  const { words } = language;
  const spoken = replaceMatches(text, email, ([, local = "", domain = ""]) => {
    return `${speakPieces(local, language)} ${words.at} ${speakPieces(domain, language)}`;
  });
  return replaceMatches(spoken, webAddress, ([, host, path, bareHost, barePath]) => {
    const full = (path ?? barePath ?? "").replace(/[?#].*$/, (query) => trailing(query));
    const tail = trailing(full);
    const parts = full
      .slice(0, full.length - tail.length)
      .split("/")
      .filter((part) => part !== "");
    const name = host ?? bareHost ?? "";
    const dot = name.endsWith(".") ? "." : "";
    const said = [name.replace(/\.+$/, ""), ...parts].map((part) => speakPieces(part, language));
    return said.join(` ${words.slash} `) + dot + tail;
  });
}

/** Punctuation of the sentence that a path swallowed. */
function trailing(path: string): string {
  return /[.,!?;:]+$/.exec(path)?.[0] ?? "";
}

function speakPieces(text: string, language: SpokenLanguage): string {
  const { words } = language;
  return text
    .replace(/\./g, ` ${words.dot} `)
    .replace(/_/g, ` ${words.underscore} `)
    .replace(/-/g, ` ${words.dash} `)
    .replace(/\+/g, ` ${words.plus} `)
    .replace(/%20/g, " ")
    .replace(/[%=&~]/g, " ")
    .replace(/\d+/g, (digits) => ` ${language.digits(digits)} `)
    .replace(/\s+/g, " ")
    .trim();
}
