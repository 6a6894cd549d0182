/** Chance that can be repeated: the same seed, the same calls. */
export interface Random {
  /** 0 ≤ x < 1. */
  next(): number;
  /** True in so many of a hundred. */
  chance(percent: number): boolean;
  pick<T>(items: readonly [T, ...T[]] | readonly T[]): T;
  /** A whole number, both ends included. */
  between(least: number, most: number): number;
}

export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  return {
    next,
    chance: (percent) => next() * 100 < percent,
    pick(items) {
      const item = items[Math.floor(next() * items.length)];
      if (item === undefined) throw new Error("nothing to pick from");
      return item;
    },
    between: (least, most) => least + Math.floor(next() * (most - least + 1)),
  };
}
