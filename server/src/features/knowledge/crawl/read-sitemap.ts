/** The pages a site lists itself. A sitemap may be a list of sitemaps, and may be packed. */
import { gunzipSync } from "node:zlib";

const maxBytes = 10 * 1024 * 1024;
const maxSitemaps = 20;
const maxListed = 5000;

/** `load` answers undefined for what is not there. Addresses as they are written, of any host. */
export async function readSitemaps(
  first: readonly string[],
  load: (url: string) => Promise<Buffer | undefined>,
): Promise<string[]> {
  const waiting = [...first];
  const seen = new Set<string>();
  const pages: string[] = [];
  for (let url = waiting.shift(); url !== undefined && pages.length < maxListed; url = waiting.shift()) {
    if (seen.has(url) || seen.size >= maxSitemaps) continue;
    seen.add(url);
    const listed = await parse(await load(url));
    // Not spread: a list of a million is too long for that.
    for (const each of listed.sitemaps.slice(0, maxSitemaps)) waiting.push(each);
    for (const each of listed.pages.slice(0, maxListed)) pages.push(each);
  }
  return pages.slice(0, maxListed);
}

interface Listed {
  readonly sitemaps: readonly string[];
  readonly pages: readonly string[];
}

const nothing: Listed = { sitemaps: [], pages: [] };

async function parse(body: Buffer | undefined): Promise<Listed> {
  const text = body === undefined ? undefined : unpack(body);
  if (text === undefined) return nothing;
  if (!/^\s*</.test(text)) return { ...nothing, pages: text.split(/\s+/).filter((line) => URL.canParse(line)) };
  const { XMLParser } = await import("fast-xml-parser");
  const parser = new XMLParser({ ignoreAttributes: true, removeNSPrefix: true, parseTagValue: false, isArray: isList });
  try {
    const { sitemapindex, urlset } = parser.parse(text) as Partial<Record<"sitemapindex" | "urlset", unknown>>;
    return { sitemaps: locations(sitemapindex, "sitemap"), pages: locations(urlset, "url") };
  } catch {
    return nothing;
  }
}

const isList = (name: string) => name === "url" || name === "sitemap";

function locations(within: unknown, name: string): string[] {
  if (typeof within !== "object" || within === null) return [];
  const entries: unknown = Reflect.get(within, name);
  if (!Array.isArray(entries)) return [];
  return entries.flatMap((entry: unknown) => {
    const location: unknown = typeof entry === "object" && entry !== null ? Reflect.get(entry, "loc") : undefined;
    return typeof location === "string" ? [location.trim()] : [];
  });
}

function unpack(body: Buffer): string | undefined {
  const isPacked = body[0] === 0x1f && body[1] === 0x8b;
  try {
    return (isPacked ? gunzipSync(body, { maxOutputLength: maxBytes }) : body.subarray(0, maxBytes)).toString("utf8");
  } catch {
    return undefined;
  }
}
