/** Documents and sites that somebody made to break the reader, or to keep everybody else's from being read. */
import { siteLimits } from "@parley/contract/knowledge";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openKnowledgeDesk, startTestSite } from "../../testing/knowledge-desk.ts";
import { chunkBlocks } from "./chunk-blocks.ts";
import { readRules } from "./crawl/site-rules.ts";
import { documentProblems } from "./problems.ts";
import type { Block } from "./reading/block.ts";

let desk: Awaited<ReturnType<typeof openKnowledgeDesk>>;
beforeAll(async () => {
  desk = await openKnowledgeDesk();
});
afterAll(() => desk[Symbol.asyncDispose]());

test("letters that the database does not take are left out, wherever they stand", async () => {
  const file = await desk.upload("wheel.txt", Buffer.from(`${"word ".repeat(2000)}\0 the wheel`));
  expect(file).toMatchObject({ status: "ready", problem: null });
  const answers = [{ question: "Which\0 wheel?", answer: "The mill\0 wheel." }];
  const source = await desk.add({ kind: "answers", title: "Wheels", answers });
  expect(source.status).toBe("ready");
  expect(await desk.chunksOf(source.id)).toMatchObject([{ heading: "Which wheel?", text: "The mill wheel." }]);
  await using site = await startTestSite((_request, response) => {
    response.setHeader("content-type", "text/plain");
    response.end(`${"word ".repeat(2000)}\0 sail`);
  });
  expect(await desk.add({ kind: "page", url: `${site.url}/a.txt`, refresh: "never" })).toMatchObject({
    ...{ status: "ready", problem: null },
  });
});

test("millions of paragraphs of one letter are too long, before anybody holds them all", async () => {
  const source = await desk.upload("many.txt", Buffer.from("a\n\n".repeat(1_000_000)));
  expect(source).toMatchObject({ status: "failed", problem: documentProblems["too-long"] });
});

test("a table's head that is a book is not repeated with every row, and words without blanks are cut", () => {
  const head = Array.from({ length: 2000 }, (_, at) => `Column ${at} ${"x".repeat(100)}`);
  const rows = Array.from({ length: 2000 }, (_, at) => [`Row ${at}`, "y".repeat(50_000)]);
  const blocks: Block[] = [
    { kind: "table", rows: [head, ...rows] },
    { kind: "text", text: "z".repeat(2_000_000) },
    { kind: "text", text: "ข้าว".repeat(50_000) },
  ];
  const lengths = chunkBlocks(blocks, "en").map(({ text }) => text.length);
  expect(Math.max(...lengths)).toBeLessThan(10_000);
});

test("a list of a million addresses is no end of the crawl", async () => {
  await using site = await startTestSite((request, response) => {
    if (request.url === "/robots.txt") return void response.end("User-agent: *\nAllow: /\n");
    if (request.url === "/sitemap.xml") return void response.end("http://a/\n".repeat(900_000));
    response.setHeader("content-type", "text/html");
    response.end("<html><title>Mill</title><p>There is a mill.</p></html>");
  });
  const limits = siteLimits.parse({ maxPages: 3 });
  expect(await desk.add({ kind: "site", url: site.url, refresh: "never", limits })).toMatchObject({
    ...{ status: "ready", title: "Mill" },
  });
});

test.for([
  { name: "stars", rules: `Disallow: /${"*".repeat(500_000)}b` },
  { name: "many stars in many rules", rules: `Disallow: /${"*a".repeat(100)}b\n`.repeat(2400) },
  { name: "many rules", rules: "Disallow: /*a*b\n".repeat(32_000) },
])("rules of a robots.txt ($name) hold up nobody", async ({ rules }) => {
  const { isAllowed } = await readRules("http://h/robots.txt", `User-agent: *\nDisallow: /private\n${rules}`);
  const before = process.cpuUsage();
  expect(isAllowed(new URL(`http://h/${"a".repeat(900)}`))).toBe(true);
  expect(process.cpuUsage(before).user).toBeLessThan(500_000);
  expect(isAllowed(new URL("http://h/private/x"))).toBe(false);
});

test("an organisation has two thousand sources at most, and another one's do not count", async () => {
  const { orgId } = desk.asked;
  const text = { kind: "text", title: "One more", text: "The mill." } as const;
  await desk.database.asAdmin(
    `insert into knowledge_sources
     select (s).* from (select jsonb_populate_record(null::knowledge_sources, to_jsonb(k) || jsonb_build_object('id', 'kso_' || n)) as s
       from (select * from knowledge_sources where org_id = $1 and kind = 'answers' limit 1) k, generate_series(1, 2000) n) t`,
    [orgId],
  );
  const refused = desk.knowledge.sources.add(desk.asked, text);
  await expect(refused).rejects.toMatchObject({ code: "conflict", message: expect.stringContaining("2000") });
  const collectionId = await desk.openOrganization("org_two");
  const other = await desk.knowledge.sources.add({ ...desk.asked, orgId: "org_two", collectionId }, text);
  expect(other.status).toBe("waiting");
});
