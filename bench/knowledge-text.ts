/** Text in which words are as unevenly frequent as in life, the same for the same seed. */

export interface SeededText {
  /** 250 words. */
  paragraph(): string;
  heading(): string;
  /** Of five words: one rare, the others as they come. */
  question(): string;
  /** Of length 1. */
  vector(dimensions: number): Float32Array;
}

/** Of the vectors. */
export const dimensions = 512;
const vocabulary = 20_000;
const wordsPerParagraph = 250;

export function createSeededText(seed: number): SeededText {
  let state = seed;
  const random = () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
  // Zipf: the rank of a word drawn evenly on a logarithmic scale.
  const rank = () => Math.floor(vocabulary ** random()) - 1;
  const word = (at: number) => {
    let rest = at + 37;
    let made = "";
    while (rest > 0) {
      made += `${"bdfgklmnprtvz"[rest % 13]}${"aeiou"[rest % 5]}`;
      rest = Math.floor(rest / 13);
    }
    return `${made}x`;
  };
  const words = (count: number) => Array.from({ length: count }, () => word(rank()));
  return {
    paragraph: () => words(wordsPerParagraph).join(" "),
    heading: () => words(4).join(" "),
    question: () => [...words(4), word(1000 + Math.floor(random() * 15_000))].join(" "),
    vector(dimensions) {
      const vector = Float32Array.from({ length: dimensions }, () => random() + random() + random() - 1.5);
      const length = Math.hypot(...vector);
      return vector.map((value) => value / length);
    },
  };
}
