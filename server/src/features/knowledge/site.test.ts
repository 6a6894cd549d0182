import type { IncomingMessage, ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";
import { siteLimits } from "@parley/contract/knowledge";
import { describe, expect, test } from "vitest";
import { systemClock } from "../../kernel/clock.ts";
import { createGuardedFetch } from "../../platform/net/guarded-fetch.ts";
import { openKnowledgeDesk, startTestSite } from "../../testing/knowledge-desk.ts";
import { tendSources } from "./tend-sources.ts";

interface Page {
  status?: number;
  type?: string;
  headers?: Record<string, string>;
  body: string | Buffer;
}

type Pages = Record<string, Page | string>;

const html = (title: string, words: string, links: readonly string[] = []) =>
  `<html><head><title>${title}</title></head><body><h1>${title}</h1><p>${words}</p>
  ${links.map((link) => `<a href="${link}">more</a>`).join(" ")}</body></html>`;

/** Answers with an ETag of the content, and with 304 where it is known. */
function serve(pages: Pages, otherwise?: (path: string) => Page | string | undefined) {
  return (request: IncomingMessage, response: ServerResponse) => {
    const path = request.url ?? "/";
    const found = pages[path] ?? otherwise?.(path);
    if (found === undefined) return void response.writeHead(404, { "content-type": "text/html" }).end("none");
    const page = typeof found === "string" ? { body: found } : found;
    const etag = `"${Buffer.from(page.body).toString("base64url").slice(-40)}"`;
    if (request.headers["if-none-match"] === etag) return void response.writeHead(304).end();
    const { status = 200, type = "text/html; charset=utf-8", headers, body } = page;
    response.writeHead(status, { "content-type": type, etag, ...headers }).end(body);
  };
}

const siteOf = (url: string, limits: Partial<ReturnType<typeof siteLimits.parse>> = {}) =>
  ({ kind: "site", url, refresh: "daily", limits: siteLimits.parse(limits) }) as const;

const wordsOf = (chunks: readonly { text: string }[]) => chunks.map(({ text }) => text).join("\n");

test("a site is read by its links and its packed sitemap, within its host and its robots.txt", async () => {
  await using desk = await openKnowledgeDesk();
  const pages: Pages = {};
  await using site = await startTestSite(serve(pages));
  await using other = await startTestSite(serve({ "/elsewhere": html("Elsewhere", "Not ours.") }));
  Object.assign(pages, {
    "/robots.txt": {
      type: "text/plain",
      body: `User-agent: *\nDisallow: /private\nCrawl-delay: 0.01\nSitemap: ${site.url}/map.xml.gz`,
    },
    "/map.xml.gz": {
      type: "application/gzip",
      body: gzipSync(
        `<?xml version="1.0"?><urlset><url><loc>${site.url}/lonely?a=1&amp;b=2</loc></url><url><loc>${other.url}/elsewhere</loc></url></urlset>`,
      ),
    },
    "/": html("Home", "Welcome to the mill.", [
      "/prices",
      "/private/plan",
      `${other.url}/elsewhere`,
      "/old",
      "/picture.png",
      "/copy",
    ]),
    "/prices": `<html><head><title>Prices</title></head><body><nav><a href="/deep">x</a></nav><main><h1>Prices</h1>
      <table><tr><th>Flour</th><th>Price</th></tr><tr><td>Rye</td><td>3 pounds</td></tr></table></main></body></html>`,
    "/old": { status: 301, headers: { location: "/new/" }, body: "" },
    "/new/": html("New", "The new mill wheel turns since spring."),
    "/copy": html("Copy", "Welcome to the mill.").replace("</head>", `<link rel="canonical" href="/new/"></head>`),
    "/lonely?a=1&b=2": html("Lonely", "Only the sitemap knows this page."),
    "/deep": html("Deep", "Found through the navigation."),
    "/private/plan": html("Plan", "Nobody may read this plan."),
  } satisfies Pages);
  const source = await desk.add(siteOf(`${site.url}/`));
  expect(source).toMatchObject({ status: "ready", problem: null, title: "Home" });
  expect(source.nextRefreshAt).not.toBeNull();
  const chunks = await desk.chunksOf(source.id);
  expect(new Set(chunks.map(({ url }) => url?.slice(site.url.length)))).toEqual(
    new Set(["/", "/deep", "/lonely?a=1&b=2", "/new/", "/prices"]),
  );
  expect(wordsOf(chunks)).toContain("| Rye | 3 pounds |");
  expect(wordsOf(chunks)).not.toMatch(/Nobody may read|Not ours/);
  expect(site.asked).not.toContain("/private/plan");
  expect(site.asked).not.toContain("/picture.png");
  expect(other.asked).toEqual([]);
});

test("read again, only what changed is made anew; what is gone goes, and what fails stays", async () => {
  await using desk = await openKnowledgeDesk();
  const pages: Pages = {
    "/": html("Home", "Welcome.", ["/a", "/b", "/c"]),
    "/a": html("A", "The first page."),
    "/b": html("B", "The second page."),
    "/c": html("C", "The third page."),
  };
  await using site = await startTestSite(serve(pages));
  const source = await desk.add(siteOf(site.url));
  const before = await desk.chunksOf(source.id);
  expect(before).toHaveLength(4);
  const revision = async () => (await desk.database.asAdmin("select revision from knowledge_collections")).rows[0];
  const firstRevision = await revision();

  await desk.read(source.id);
  expect(await desk.chunksOf(source.id)).toEqual(before);
  expect(await revision()).toEqual(firstRevision);

  pages["/a"] = html("A", "The first page has changed.", ["/new"]);
  pages["/new"] = html("New", "A page that was not there.");
  pages["/b"] = { status: 503, body: "tired" };
  delete pages["/c"];
  const again = await desk.read(source.id);
  expect(again).toMatchObject({ status: "ready", problem: "1 of 4 pages could not be read this time." });
  const after = await desk.chunksOf(source.id);
  const sentences = wordsOf(after)
    .split("\n")
    .filter((line) => line.endsWith("."));
  expect(sentences.toSorted()).toEqual([
    ...["A page that was not there.", "The first page has changed.", "The second page.", "Welcome."],
  ]);
  const kept = (chunks: typeof before, path: string) => chunks.find(({ url }) => url === `${site.url}${path}`)?.id;
  expect(kept(after, "/b")).toBe(kept(before, "/b"));
  expect(kept(after, "/a")).not.toBe(kept(before, "/a"));
  expect(await revision()).not.toEqual(firstRevision);
});

describe("a site without an end", () => {
  test("calendars and filters are left early, and what is real is read", async () => {
    await using desk = await openKnowledgeDesk();
    const real = Array.from({ length: 12 }, (_, at) => `/about/${"abcdefghijkl"[at]}`);
    const day = (path: string): Page | string | undefined => {
      const number = Number(/[?&]date=(\d+)/.exec(path)?.[1] ?? Number.NaN);
      if (path.startsWith("/calendar")) {
        return html(`Day ${number}`, `Nothing on day ${number}.`, [
          `/calendar?date=${number + 1}`,
          `/calendar?date=${number + 2}`,
        ]);
      }
      return real.includes(path) ? html(path, `Here is ${path}.`, [`/calendar?date=1`]) : undefined;
    };
    await using site = await startTestSite(serve({ "/": html("Home", "Hello.", ["/calendar?date=0", ...real]) }, day));
    const source = await desk.add(siteOf(site.url, { maxDepth: 10, maxPages: 500 }));
    expect(source).toMatchObject({ status: "ready" });
    const chunks = await desk.chunksOf(source.id);
    expect(chunks.filter(({ url }) => url?.includes("/about/"))).toHaveLength(12);
    expect(chunks.filter(({ url }) => url?.includes("/calendar")).length).toBeLessThanOrEqual(20);
  });

  test("its limits hold: pages, depth, bytes, paths that loop", async () => {
    await using desk = await openKnowledgeDesk();
    const filler = "word ".repeat(40_000);
    await using site = await startTestSite(
      serve({ "/robots.txt": { status: 404, body: "" }, "/sitemap.xml": { status: 404, body: "" } }, (path) => {
        const letters = path.replaceAll("/", "");
        if (path.includes("loop")) return html("Loop", `Loop ${path}`, ["loop/x", `${path}/loop/x`]);
        return html(`Page ${path}`, path.startsWith("/fat") ? `${path} ${filler}` : path, [
          ...(letters.length < 12 ? [`/${letters}a`, `/${letters}b`] : []),
          ...(path.startsWith("/fat") ? [`${path}x`] : []),
        ]);
      }),
    );
    const pages = await desk.add(siteOf(`${site.url}/q`, { maxPages: 7 }));
    expect(await desk.countOf(`knowledge_pages where source_id = '${pages.id}'`)).toBe(7);
    const depth = await desk.add(siteOf(`${site.url}/q`, { maxDepth: 2 }));
    expect(await desk.countOf(`knowledge_pages where source_id = '${depth.id}'`)).toBe(7);
    const bytes = await desk.add(siteOf(`${site.url}/fat`, { maxMegabytes: 1, maxDepth: 10 }));
    expect(await desk.countOf(`knowledge_pages where source_id = '${bytes.id}'`)).toBeLessThan(10);
    const loop = await desk.add(siteOf(`${site.url}/loop/x`, { maxDepth: 10 }));
    expect(await desk.countOf(`knowledge_pages where source_id = '${loop.id}'`)).toBeLessThan(6);
    const only = await desk.add(siteOf(`${site.url}/q`, { only: ["/qa"], maxDepth: 2 }));
    expect(await desk.countOf(`knowledge_pages where source_id = '${only.id}'`)).toBe(2);
  });
});

test("a page that a browser would have to make says so", async () => {
  await using desk = await openKnowledgeDesk();
  const shell = { type: "", body: `<title>App</title><div id="root"></div><script>render()</script>` };
  await using site = await startTestSite(serve({ "/": shell }));
  for (const wanted of [siteOf(site.url), { kind: "page", url: site.url, refresh: "never" } as const]) {
    const source = await desk.add(wanted);
    expect(source).toMatchObject({ status: "failed", problem: expect.stringMatching(/made by scripts/) });
  }
});

describe("what leads into this network is refused", () => {
  test("as an address, by a redirect, and by a name that answers so", async () => {
    await using desk = await openKnowledgeDesk({ allowLoopback: false });
    const add = (url: string) => desk.knowledge.sources.add(desk.asked, { kind: "page", url, refresh: "never" });
    for (const url of [
      "http://127.0.0.1/",
      "http://169.254.169.254/latest",
      "http://[::1]/",
      "ftp://example.com/",
      "http://u:p@example.com",
    ])
      await expect(add(url)).rejects.toMatchObject({ code: "bad_request" });
    const named = await desk.add({ kind: "page", url: "http://localhost:8080/", refresh: "never" });
    expect(named).toMatchObject({ status: "failed", chunks: 0 });
    expect(named.problem).toMatch(/private network/);
  });

  test("a page of a site that redirects there", async () => {
    await using desk = await openKnowledgeDesk();
    // This machine is the site; the network beside it is not.
    const rules = { allowPrivate: false, allowLoopback: true };
    expect(createGuardedFetch(rules)).toBeTypeOf("function");
    await using site = await startTestSite(
      serve({
        "/": html("Home", "Hello.", ["/inside"]),
        "/inside": { status: 302, headers: { location: "http://10.0.0.1/" }, body: "" },
      }),
    );
    const crawled = await desk.add(siteOf(site.url));
    expect(crawled).toMatchObject({ status: "ready", chunks: 1 });
    const page = await desk.add({ kind: "page", url: `${site.url}/inside`, refresh: "never" });
    expect(page.problem).toMatch(/private network/);
  });
});

test("a page keeps what was read when it cannot be read again, and is not read when it did not change", async () => {
  await using desk = await openKnowledgeDesk();
  const pages: Pages = { "/": html("Opening hours", "We open at nine.") };
  await using site = await startTestSite(serve(pages));
  const source = await desk.add({ kind: "page", url: `${site.url}/#top`, refresh: "weekly" });
  expect(source).toMatchObject({ status: "ready", title: "Opening hours", url: `${site.url}/`, chunks: 1 });
  pages["/"] = { status: 500, body: "" };
  expect(await desk.read(source.id)).toMatchObject({
    status: "ready",
    chunks: 1,
    problem: expect.stringMatching(/status 500/),
  });
  pages["/"] = html("Opening hours", "We open at ten.");
  expect(await desk.read(source.id)).toMatchObject({ status: "ready", problem: null });
  expect(wordsOf(await desk.chunksOf(source.id))).toBe("We open at ten.");
});

test("what is due is read again; what a dead process left is taken up, or taken away", async () => {
  let offsetMs = 0;
  const clock = { ...systemClock, wallNow: () => Date.now() + offsetMs };
  await using desk = await openKnowledgeDesk({ clock });
  await using site = await startTestSite(serve({ "/": html("Home", "Hello.") }));
  const source = await desk.add(siteOf(site.url));
  await desk.database.asAdmin(`insert into knowledge_sources (id, org_id, collection_id, kind, title, status, updated_at)
    select 'kso_half', org_id, id, 'file', 'half', 'receiving', now() from knowledge_collections`);
  const waiting = () =>
    desk.countOf(`pgboss.job where name = 'knowledge.crawl' and data->>'sourceId' = '${source.id}'`);
  await desk.database.asAdmin("delete from pgboss.job");
  const { signal } = new AbortController();
  await tendSources(desk.parts, signal);
  expect(await waiting()).toBe(0);
  offsetMs = 25 * 3_600_000;
  await Promise.all([tendSources(desk.parts, signal), tendSources(desk.parts, signal)]);
  await tendSources(desk.parts, signal);
  expect(await waiting()).toBe(1);
  expect(await desk.countOf("knowledge_sources where id = 'kso_half'")).toBe(0);
  expect(await desk.countOf("pgboss.job where name = 'knowledge.remove-file'")).toBe(1);
});
