/** Addresses of a site's pages: one spelling for one page, and a guess at which of them have no end. */

const tracking = /^(?:utm_\w+|gclid|fbclid|msclkid|mc_[ce]id|ref|_ga|_gl|phpsessid|jsessionid|sid|sessionid)$/i;
/** Nothing in them that can be quoted. */
const notRead =
  /\.(?:png|jpe?g|gif|webp|avif|svg|ico|bmp|tiff?|css|m?js|json|map|woff2?|ttf|otf|eot|mp[34]|m4[av]|webm|ogg|wav|avi|mov|zip|gz|tgz|rar|7z|exe|dmg|apk|iso|xml|rss|atom|ics|docx?|xlsx?|pptx?)$/i;

const longest = 1000;
const maxSegments = 15;
const maxParameters = 6;

/** Undefined: it is no page of the web, or leads nowhere good. */
export function pageAddress(text: string, base?: string): URL | undefined {
  if (!URL.canParse(text, base)) return undefined;
  const url = new URL(text, base);
  if (!/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "") return undefined;
  url.hash = "";
  for (const name of [...url.searchParams.keys()]) if (tracking.test(name)) url.searchParams.delete(name);
  url.searchParams.sort();
  url.pathname = url.pathname.replace(/;jsessionid=[^/]*/i, "").replace(/\/{2,}/g, "/");
  return url;
}

export function isWorthReading(url: URL): boolean {
  const segments = url.pathname.split("/").filter((segment) => segment !== "");
  const times = new Map<string, number>();
  for (const segment of segments) times.set(segment, (times.get(segment) ?? 0) + 1);
  // `/a/b/a/b/a/b`: links that are relative to themselves.
  const isLoop = [...times.values()].some((count) => count > 2);
  return (
    url.href.length <= longest &&
    segments.length <= maxSegments &&
    [...url.searchParams.keys()].length <= maxParameters &&
    !isLoop &&
    !notRead.test(url.pathname)
  );
}

const timeNames = /^(?:date|day|week|month|year|from|to|start|end|after|before|time|ical|cal\w*|tribe\w*|event\w*)$/i;
const listNames = /^(?:p|page|paged|offset|skip|sort|order\w*|dir|filter\w*|view|replytocom|share|print|s|q|search)$/i;
const datePath = /\/(?:19|20)\d\d(?:[/-]\d{1,2}){1,2}(?:\/|$)/;

/**
 * Calendars, lists and filters make addresses without end. Those of one pattern count together; undefined: this one is not of that
 * kind.
 */
export function endlessPattern(url: URL): string | undefined {
  const names = [...url.searchParams.keys()];
  const isEndless =
    datePath.test(url.pathname) ||
    names.some((name) => timeNames.test(name) || listNames.test(name)) ||
    names.length > 2;
  if (!isEndless) return undefined;
  return `${url.pathname.replace(/\d+/g, "#")}?${[...new Set(names)].join("&")}`;
}

/** `prefix` itself, or below it. */
export function isBelow(path: string, prefix: string): boolean {
  const bare = prefix.replace(/\/$/, "");
  return path === bare || path.startsWith(`${bare}/`);
}
