/** Which page is next: near ones before far ones, those of endless lists last, and each once. */
import type { SiteLimits } from "@parley/contract/knowledge";
import { endlessPattern, isBelow, isWorthReading, pageAddress } from "./page-address.ts";

export interface QueuedPage {
  readonly url: URL;
  readonly depth: number;
}

/** Of a calendar, or a list that can be sorted and filtered. */
const pagesPerPattern = 20;
const maxQueued = 20_000;

export class CrawlQueue {
  readonly #limits: SiteLimits;
  readonly #host: string;
  readonly #seen = new Set<string>();
  readonly #patterns = new Map<string, number>();
  readonly #plain: QueuedPage[] = [];
  readonly #endless: QueuedPage[] = [];

  constructor(host: string, limits: SiteLimits) {
    this.#host = host;
    this.#limits = limits;
  }

  get waiting(): number {
    return this.#plain.length + this.#endless.length;
  }

  isOfSite(url: URL): boolean {
    return url.host === this.#host;
  }

  /** `isFirst`: where reading begins, which is read whatever the limits on paths say. */
  add(text: string, depth: number, isFirst = false): void {
    const url = pageAddress(text);
    if (url === undefined || !this.isOfSite(url) || this.#seen.has(url.href) || depth > this.#limits.maxDepth) return;
    if (!isFirst && !(isWorthReading(url) && this.#isWanted(url.pathname))) return;
    if (this.#seen.size >= maxQueued) return;
    const pattern = endlessPattern(url);
    if (pattern !== undefined) {
      const count = (this.#patterns.get(pattern) ?? 0) + 1;
      if (count > pagesPerPattern) return;
      this.#patterns.set(pattern, count);
    }
    this.#seen.add(url.href);
    (pattern === undefined ? this.#plain : this.#endless).push({ url, depth });
  }

  /** False: it was seen before. */
  see(url: URL): boolean {
    if (this.#seen.has(url.href)) return false;
    this.#seen.add(url.href);
    return true;
  }

  next(): QueuedPage | undefined {
    const queue = this.#plain.length > 0 ? this.#plain : this.#endless;
    let nearest = 0;
    for (let at = 1; at < queue.length; at++) if ((queue[at]?.depth ?? 0) < (queue[nearest]?.depth ?? 0)) nearest = at;
    return queue.splice(nearest, 1)[0];
  }

  #isWanted(path: string): boolean {
    const { only, except } = this.#limits;
    const isIn = (prefixes: readonly string[]) => prefixes.some((prefix) => isBelow(path, prefix));
    return (only.length === 0 || isIn(only)) && !isIn(except);
  }
}
