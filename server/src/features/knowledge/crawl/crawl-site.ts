/**
 * One reading of a site: its own host alone, what its robots.txt allows, and never without an end. Knows no database: what is found
 * is told, a page at a time.
 */
import type { SiteLimits } from "@parley/contract/knowledge";
import { type Clock, sleep } from "../../../kernel/clock.ts";
import type { GuardedAnswer, GuardedFetch, OutboundError } from "../../../platform/net/guarded-fetch.ts";
import { outboundProblems, SourceProblem, statusProblem } from "../problems.ts";
import { CrawlQueue, type QueuedPage } from "./crawl-queue.ts";
import { pageAddress } from "./page-address.ts";
import { readSitemaps } from "./read-sitemap.ts";
import { readRules, type SiteRules } from "./site-rules.ts";
import { userAgent } from "./user-agent.ts";

export interface KnownPage {
  readonly url: string;
  readonly depth: number;
  /** Headers that ask for it only if it changed. */
  readonly conditions: Readonly<Record<string, string>>;
}

export interface Fetched {
  readonly url: string;
  readonly depth: number;
  readonly answer: GuardedAnswer;
}

export interface Taken {
  readonly links: readonly string[];
}

export interface Crawl {
  readonly startUrl: string;
  readonly limits: SiteLimits;
  /** From the last reading: they are asked for again. */
  readonly known: readonly KnownPage[];
  readonly fetch: GuardedFetch;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly politenessMs: number;
  /** `see`: false for an address of this site that was seen before. Throws what ends the crawl. */
  onPage(page: Fetched, see: (url: string) => boolean): Promise<Taken>;
  onSame(url: string): Promise<void>;
  /** Could not be read now: what was read before stays. */
  onFailed(url: string, problem: string): Promise<void>;
  /** The site has it no more, or does not want it to be read. */
  onGone(url: string): Promise<void>;
  onProgress(done: number, total: number): void;
}

export interface CrawlEnd {
  readonly pages: number;
  /** Everything that could be reached was looked at: what was not seen is gone. */
  readonly isWhole: boolean;
  readonly failed: number;
}

const pageTimeoutMs = 30_000;
const maxPageBytes = 10 * 1024 * 1024;
const maxStartHops = 5;

/** Throws SourceProblem when the site cannot be read at all. */
export async function crawlSite(crawl: Crawl): Promise<CrawlEnd> {
  return await new Crawler(crawl).run();
}

class Crawler {
  readonly #crawl: Crawl;
  readonly #endAtMs: number;
  #bytes = 0;
  #pages = 0;
  #failed = 0;
  #asked = 0;
  readonly #known: ReadonlyMap<string, KnownPage>;
  #lastAskedMs = Number.NEGATIVE_INFINITY;
  #rules: SiteRules = { isAllowed: () => true, delayMs: 0, sitemaps: [] };
  #queue: CrawlQueue;

  constructor(crawl: Crawl) {
    this.#crawl = crawl;
    this.#known = new Map(crawl.known.map((page) => [page.url, page]));
    this.#endAtMs = crawl.clock.now() + crawl.limits.maxMinutes * 60_000;
    this.#queue = new CrawlQueue(new URL(crawl.startUrl).host, crawl.limits);
  }

  async run(): Promise<CrawlEnd> {
    const { limits, known, onProgress } = this.#crawl;
    await this.#takeStart();
    for (const { url, depth } of known) this.#queue.add(url, Math.min(depth, limits.maxDepth));
    for (const url of await this.#listed()) this.#queue.add(url, Math.min(1, limits.maxDepth));
    while (this.#pages < limits.maxPages && !this.#isSpent()) {
      const page = this.#queue.next();
      if (page === undefined) break;
      await (this.#rules.isAllowed(page.url) ? this.#take(page) : this.#crawl.onGone(page.url.href));
      onProgress(this.#pages, Math.min(limits.maxPages, this.#pages + this.#queue.waiting));
    }
    return { pages: this.#pages, isWhole: this.#queue.waiting === 0, failed: this.#failed };
  }

  #isSpent(): boolean {
    const { limits, clock } = this.#crawl;
    const isOver = clock.now() >= this.#endAtMs || this.#bytes >= limits.maxMegabytes * 1024 * 1024;
    // What is no page, leads elsewhere or fails is asked for as well.
    return isOver || this.#asked >= limits.maxPages * 3 + 50;
  }

  /** A first page that leads to another host (`www.`) says where the site lives; then that host's rules hold. */
  async #takeStart(): Promise<void> {
    let url = pageAddress(this.#crawl.startUrl);
    for (let hop = 0; url !== undefined && hop <= maxStartHops; hop++) {
      this.#queue = new CrawlQueue(url.host, this.#crawl.limits);
      await this.#readRules(url);
      if (!this.#rules.isAllowed(url))
        throw new SourceProblem("The site's robots.txt asks not to be read. Upload its content as files or texts.");
      const answer = await this.#ask(url.href);
      if (typeof answer === "string") throw new SourceProblem(answer);
      const next = redirectOf(answer);
      if (next === undefined) {
        if (answer.status !== 200 && answer.status !== 304) throw new SourceProblem(statusProblem(answer.status));
        this.#queue.see(url);
        return await this.#keep({ url, depth: 0 }, answer);
      }
      url = pageAddress(next);
    }
    throw new SourceProblem(outboundProblems["too-many-redirects"]);
  }

  async #readRules(url: URL): Promise<void> {
    const robotsUrl = new URL("/robots.txt", url).href;
    const answer = await this.#ask(robotsUrl, { maxRedirects: 3 });
    if (typeof answer === "string") throw new SourceProblem(answer);
    if (answer.status >= 500)
      throw new SourceProblem(`The site's robots.txt cannot be read (status ${answer.status}). Try again later.`);
    const text = answer.status === 200 ? answer.body.subarray(0, 512 * 1024).toString("utf8") : undefined;
    this.#rules = await readRules(robotsUrl, text);
  }

  async #listed(): Promise<string[]> {
    const { startUrl } = this.#crawl;
    const own = new URL("/sitemap.xml", startUrl).href;
    const first = this.#rules.sitemaps.length > 0 ? this.#rules.sitemaps : [own];
    return await readSitemaps(first, async (text) => {
      const url = pageAddress(text);
      if (url === undefined || !this.#queue.isOfSite(url) || this.#isSpent()) return undefined;
      const answer = await this.#ask(url.href, { maxRedirects: 3 });
      return typeof answer !== "string" && answer.status === 200 ? answer.body : undefined;
    });
  }

  async #take(page: QueuedPage): Promise<void> {
    const { onFailed } = this.#crawl;
    const answer = await this.#ask(page.url.href);
    if (typeof answer === "string") {
      this.#failed++;
      return await onFailed(page.url.href, answer);
    }
    const next = redirectOf(answer);
    if (next !== undefined) return this.#queue.add(next, page.depth);
    if (answer.status === 429 || answer.status >= 500) {
      this.#failed++;
      return await onFailed(page.url.href, statusProblem(answer.status));
    }
    await this.#keep(page, answer);
  }

  async #keep({ url, depth }: QueuedPage, answer: GuardedAnswer): Promise<void> {
    if (answer.status === 304) {
      this.#pages++;
      return await this.#crawl.onSame(url.href);
    }
    if (answer.status !== 200 || !isReadable(answer.headers["content-type"])) return await this.#crawl.onGone(url.href);
    this.#pages++;
    const see = (text: string) => {
      const canonical = pageAddress(text);
      return canonical === undefined || this.#queue.see(canonical);
    };
    const { links } = await this.#crawl.onPage({ url: url.href, depth, answer }, see);
    for (const link of links) this.#queue.add(link, depth + 1);
  }

  /** A sentence where there is no answer. */
  async #ask(url: string, { maxRedirects = 0 } = {}): Promise<GuardedAnswer | string> {
    const { fetch, signal } = this.#crawl;
    await this.#wait();
    this.#asked++;
    const conditions = this.#known.get(url)?.conditions;
    try {
      const headers = {
        "user-agent": userAgent,
        accept: "text/html,application/pdf,text/plain,*/*;q=0.1",
        ...conditions,
      };
      const limits = { timeoutMs: pageTimeoutMs, maxBytes: maxPageBytes, maxRedirects };
      const answer = await fetch(url, { headers, signal, ...limits });
      this.#bytes += answer.body.length;
      return answer;
    } catch (error) {
      if (error instanceof Error && error.name === "OutboundError")
        return outboundProblems[(error as OutboundError).failure];
      throw error;
    }
  }

  async #wait(): Promise<void> {
    const { clock, signal, politenessMs } = this.#crawl;
    const from = this.#lastAskedMs + Math.max(politenessMs, this.#rules.delayMs);
    if (from > clock.now()) await sleep(clock, from - clock.now(), signal);
    signal.throwIfAborted();
    this.#lastAskedMs = clock.now();
  }
}

function redirectOf({ status, headers, url }: GuardedAnswer): string | undefined {
  const { location } = headers;
  if (![301, 302, 303, 307, 308].includes(status) || location === undefined) return undefined;
  return URL.canParse(location, url) ? new URL(location, url).href : undefined;
}

const isReadable = (contentType = "text/html") =>
  /^(?:text\/html|application\/xhtml\+xml|text\/plain|text\/markdown|application\/pdf)\b/i.test(contentType);
