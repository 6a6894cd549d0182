/** The blind index: what a contact is found by, as keyed hashes. */
import { deriveSecret, keyedHash } from "../../platform/crypto/envelope.ts";
import type { ContactDetails } from "./contact-details.ts";

const longestBeginning = 15;
const wordsOfName = 8;
/** Half a hash tells a million contacts' words apart. */
const termLength = 16;

const sameLetters: Readonly<Record<string, string>> = { ٱ: "ا", ى: "ي", ی: "ي", ې: "ي", ک: "ك", ة: "ه", ـ: "" };

/** One spelling: no case, no vowel marks, hamza and final letters as people type them on a telephone. */
function normalizeWord(word: string): string {
  return word.replace(/[ٱىیېکةـ]/g, (letter) => sameLetters[letter] ?? letter);
}

/** Words as they are compared; the order is kept. */
export function wordsOf(text: string): string[] {
  const plain = text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  return [...plain.matchAll(/[\p{L}\p{N}ـ]+/gu)].map(([word]) => normalizeWord(word)).filter((word) => word !== "");
}

const withoutArticle = (word: string) => (/^ال.{3,}/.test(word) ? [word, word.slice(2)] : [word]);

function beginningsOf(word: string): string[] {
  const letters = [...word].slice(0, longestBeginning);
  if (letters.length === 1) return [word];
  return letters.slice(1).map((_, index) => letters.slice(0, index + 2).join(""));
}

const beginning = (word: string) => [...word].slice(0, longestBeginning).join("");
export const plainEmail = (email: string): string => email.trim().toLowerCase();
const plainTag = (tag: string) => tag.trim().normalize("NFKC").toLowerCase();

export interface ContactHashes {
  phone(e164: string): Buffer;
  /** What a search for this name looks for: every one of them; the longest word first. */
  ofName(name: string): Buffer[];
  ofEmail(email: string): Buffer;
  ofTag(tag: string): Buffer;
  /** Each once. */
  allOf(details: ContactDetails): Buffer[];
}

const known = new WeakMap<Buffer, ContactHashes>();

/** Under the organisation's key: the same words of two organisations have nothing in common. */
export function contactHashes(orgKey: Buffer): ContactHashes {
  const made = known.get(orgKey) ?? makeHashes(orgKey);
  known.set(orgKey, made);
  return made;
}

function makeHashes(orgKey: Buffer): ContactHashes {
  const phoneKey = deriveSecret(orgKey, "contact phones");
  const termKey = deriveSecret(orgKey, "contact terms");
  const term = (kind: "name" | "email" | "tag", value: string) =>
    keyedHash(termKey, `${kind}\0${value}`).subarray(0, termLength);
  const ofEmail = (email: string) => term("email", plainEmail(email));
  const ofTag = (tag: string) => term("tag", plainTag(tag));
  return {
    ...{ ofEmail, ofTag },
    phone: (e164) => keyedHash(phoneKey, e164),
    ofName: (name) =>
      wordsOf(name)
        .map(beginning)
        .toSorted((left, right) => right.length - left.length)
        .map((word) => term("name", word)),
    allOf({ name, emails, tags }) {
      const words = wordsOf(name).slice(0, wordsOfName).flatMap(withoutArticle);
      const beginnings = new Set(words.flatMap(beginningsOf));
      const hashes = [...[...beginnings].map((word) => term("name", word)), ...emails.map(ofEmail), ...tags.map(ofTag)];
      return [...new Map(hashes.map((hash) => [hash.toString("base64"), hash])).values()];
    },
  };
}
