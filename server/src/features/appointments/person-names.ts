/** Names as they are heard on a telephone: an Arabic letter written another way, a letter misheard, a second name left away. */

const plain = (name: string) =>
  name
    .normalize("NFKD")
    .replace(/[\p{M}\u0640]/gu, "")
    .toLowerCase()
    .replace(/[أإآٱ]/g, "ا")
    .replace(/ى/g, "ي")
    .replace(/ة/g, "ه");

const wordsOf = (name: string) =>
  plain(name)
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== "");

/** At most one letter more, less or other; short names must be the same. */
function isNearly(a: string, b: string): boolean {
  if (a === b) return true;
  if (Math.min(a.length, b.length) < 4 || Math.abs(a.length - b.length) > 1) return false;
  let start = 0;
  while (start < a.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end++;
  return Math.max(a.length, b.length) - start - end <= 1;
}

const countShared = (known: readonly string[], told: readonly string[]) =>
  known.filter((word) => told.some((each) => isNearly(word, each))).length;

/** Whether who told this name is who the appointment was made for: two of its names, or the only one it has. */
export function fitsName(known: string, told: string): boolean {
  const words = wordsOf(known);
  return words.length > 0 && countShared(words, wordsOf(told)) >= Math.min(2, words.length);
}

/** One name holds the other: the same wish told twice. */
export function isSamePerson(a: string, b: string): boolean {
  const [shorter = [], longer = []] = [wordsOf(a), wordsOf(b)].sort((left, right) => left.length - right.length);
  return countShared(shorter, longer) === shorter.length;
}
