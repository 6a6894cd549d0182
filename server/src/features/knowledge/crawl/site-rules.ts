/** What a site's robots.txt allows. */
import { userAgent } from "./user-agent.ts";

export interface SiteRules {
  isAllowed(url: URL): boolean;
  /** Between two requests, at least. */
  readonly delayMs: number;
  readonly sitemaps: readonly string[];
}

type ParseRobots = (
  url: string,
  text: string,
) => {
  isAllowed(url: string, robot: string): boolean | undefined;
  getCrawlDelay(robot: string): number | undefined;
  getSitemaps(): string[];
};

/** A site that asks for more is read this slowly. */
const longestDelayMs = 10_000;
/** Each address is compared with each rule: rules that would take long are no rules that a site needs. */
const maxRules = 2000;
const maxRuleLetters = 1000;
const maxStars = 10;
const robotName = userAgent.split("/")[0] ?? "";

/** `text` undefined: there is none, and all is allowed. */
export async function readRules(robotsUrl: string, text: string | undefined): Promise<SiteRules> {
  if (text === undefined) return { isAllowed: () => true, delayMs: 0, sitemaps: [] };
  // Its types call a module what is a function.
  const parseRobots = (await import("robots-parser")).default as unknown as ParseRobots;
  const robots = parseRobots(robotsUrl, bounded(text));
  const delayMs = Math.max(0, (robots.getCrawlDelay(robotName) ?? 0) * 1000);
  return {
    isAllowed: (url) => robots.isAllowed(url.href, robotName) !== false,
    delayMs: Math.min(Number.isFinite(delayMs) ? delayMs : 0, longestDelayMs),
    sitemaps: robots.getSitemaps(),
  };
}

function bounded(text: string): string {
  const lines = text.split(/[\r\n]+/).filter((line) => /^[^#]*:/.test(line.slice(0, 100)));
  return lines
    .map((line) => line.replace(/\*{2,}/g, "*").slice(0, maxRuleLetters))
    .filter((line) => line.split("*").length - 1 <= maxStars)
    .slice(0, maxRules)
    .join("\n");
}
