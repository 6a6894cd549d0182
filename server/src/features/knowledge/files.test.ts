import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { zipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { systemClock } from "../../kernel/clock.ts";
import { knowledgeFixture, openKnowledgeDesk } from "../../testing/knowledge-desk.ts";
import { eraseFilesOf } from "./erase-files.ts";
import { createDocumentReader } from "./reading/document-reader.ts";
import { createKnowledgeSearch } from "./search/knowledge-search.ts";

let desk: Awaited<ReturnType<typeof openKnowledgeDesk>>;
beforeAll(async () => {
  desk = await openKnowledgeDesk();
});
afterAll(() => desk[Symbol.asyncDispose]());

const text = (words: string) => Buffer.from(words);

describe("a real file of each kind is read, and a question on it finds it", () => {
  test.for([
    { name: "practice.docx", question: "What does a root canal cost?", answer: "Root canal | 90 minutes | 390 pounds" },
    { name: "practice.pdf", question: "until when can I cancel free of charge", answer: "twenty-four hours", page: 2 },
    { name: "practice.html", question: "Is there a ramp for wheelchairs?", answer: "ramp at the side door" },
    { name: "talk.pptx", question: "sedation by needle costs", answer: "Sedation by needle | 280 pounds", page: 2 },
    { name: "prices.xlsx", question: "night guard laboratory", answer: "Night guard | 30 | 240 |" },
    { name: "prices.csv", question: "night guard laboratory", answer: "Night guard | 30 | 240 |" },
    { name: "arabic.docx", question: "بكام تنظيف الأسنان؟", answer: "تنظيف الأسنان | ٦٠٠ جنيه", language: "ar" },
    { name: "arabic.pdf", question: "العيادة فين؟ شارع طلعت حرب", answer: "شارع طلعت حرب", language: "ar", page: 1 },
    { name: "notes.md", question: "parking meadow", answer: "park on the meadow" },
    { name: "letter.txt", question: "piano lessons", answer: "piano lessons on Tuesdays" },
  ])("$name", async ({ name, question, answer, page, language = "en-GB" }) => {
    const written: Readonly<Record<string, string>> = {
      "notes.md":
        "# Getting here\n\nYou may **park** on the [meadow](https://example.com).\n\n| Day | Fee |\n|---|---|\n| Sunday | none |\n",
      "letter.txt": "Dear friends,\n\nthere are piano lessons on Tuesdays.\nBring your own notes.\n",
    };
    const source = await desk.upload(name, written[name] === undefined ? knowledgeFixture(name) : text(written[name]));
    expect(source).toMatchObject({ status: "ready", problem: null, title: name });
    const search = createKnowledgeSearch({
      ...{ db: desk.database.orgDb, clock: systemClock },
      nearest: { find: () => Promise.reject(new Error("there are no vectors")) },
      onUsed: () => expect.unreachable(),
    });
    const { signal } = new AbortController();
    const found = await search.search({ orgId: desk.asked.orgId, text: question, language, limit: 5, signal });
    const own = found.passages.filter((passage) => passage.source.id === source.id);
    expect(own[0]?.text).toContain(answer);
    const chunk = (await desk.chunksOf(source.id)).find(({ id }) => id === own[0]?.id);
    expect(chunk).toMatchObject({ pageNumber: page ?? (name.endsWith(".pptx") ? 1 : null), language });
    await desk.knowledge.sources.remove({ ...desk.asked, sourceId: source.id });
  });
});

test("headings stay with what stands under them, and every piece of a long table begins with its head", async () => {
  const rows = Array.from({ length: 300 }, (_, at) => `Treatment ${at},${at} minutes,${at * 3} pounds`).join("\n");
  const source = await desk.upload("long.csv", text(`Name,Time,Price\n${rows}\n`));
  const chunks = await desk.chunksOf(source.id);
  expect(chunks.length).toBeGreaterThan(3);
  for (const chunk of chunks) expect(chunk.text).toMatch(/^\| Name \| Time \| Price \|\n\| Treatment/);
  expect(
    chunks
      .map((chunk) => chunk.text)
      .join("\n")
      .match(/Treatment \d+ /g),
  ).toHaveLength(300);
  const practice = await desk.upload("practice.docx", knowledgeFixture("practice.docx"));
  expect((await desk.chunksOf(practice.id)).map(({ heading }) => heading)).toEqual([
    "Riverside Dental Practice",
    "Riverside Dental Practice › Opening hours",
    "Riverside Dental Practice › Prices",
    "Riverside Dental Practice › Cancelling",
  ]);
});

test("a long text is cut between sentences", async () => {
  const sentence = (at: number) => `Sentence number ${at} tells of the 3.5 metres of hedge that Dr. Low cut that year.`;
  const source = await desk.upload("long.txt", text(Array.from({ length: 120 }, (_, at) => sentence(at)).join(" ")));
  const chunks = await desk.chunksOf(source.id);
  expect(chunks.length).toBeGreaterThan(4);
  for (const chunk of chunks) {
    expect(chunk.text).toMatch(/^Sentence number .*that year\.$/s);
    expect(chunk.text.split(/\s+/).length).toBeLessThan(351);
  }
});

test("what a page runs, hides or asks with is not read", async () => {
  const page = `<html><head><script>steal("scriptword")</script><style>.x{content:"styleword"}</style></head><body>
    <nav>navword</nav><main><h1>Care</h1><p onclick="handlerword()">Brush twice a day.</p><form>formword</form>
    <p style="display: none">hiddenword</p><noscript>noscriptword</noscript></main></body></html>`;
  const source = await desk.upload("page.html", text(page));
  const [chunk, ...more] = await desk.chunksOf(source.id);
  expect(more).toEqual([]);
  expect(chunk).toMatchObject({ heading: "Care", text: "Brush twice a day." });
});

/** Each entry declares what it has: nothing of it is unpacked before that is known. */
function bomb(): Uint8Array {
  const zeros = new Uint8Array(30 * 1024 * 1024);
  const head = { "[Content_Types].xml": text('<Types><Override PartName="/word/document.xml"/></Types>') };
  return zipSync({ ...head, "word/document.xml": zeros }, { level: 9 });
}

function withMacros(): Uint8Array {
  return zipSync({
    "[Content_Types].xml": text("<Types/>"),
    "word/document.xml": text("<x/>"),
    "word/vbaProject.bin": text("x"),
  });
}

function oldContainer(words: string): Uint8Array {
  const head = Buffer.from("d0cf11e0a1b11ae1", "hex");
  return Buffer.concat([head, Buffer.alloc(504), Buffer.from(words, "utf16le"), Buffer.alloc(512)]);
}

describe("a file that cannot be read says why, and nothing else is touched", () => {
  const docx = knowledgeFixture("practice.docx");
  const pdf = knowledgeFixture("practice.pdf");
  test.for([
    { what: "a PDF with a password", name: "a.pdf", bytes: knowledgeFixture("encrypted.pdf"), says: /password/ },
    { what: "a Word file with a password", name: "a.docx", bytes: oldContainer("EncryptedPackage"), says: /password/ },
    { what: "an old Word file", name: "a.doc", bytes: oldContainer("WordDocument"), says: /old Office format/ },
    { what: "half a Word file", name: "a.docx", bytes: docx.subarray(0, docx.length / 2), says: /damaged|not taken/ },
    { what: "half a PDF", name: "a.pdf", bytes: pdf.subarray(0, 400), says: /damaged/ },
    { what: "text that is named PDF", name: "a.pdf", bytes: text("hello there"), says: /not what its name says/ },
    {
      what: "a picture",
      name: "a.txt",
      bytes: Buffer.from("89504e470d0a1a0a0000000d49484452", "hex"),
      says: /not taken/,
    },
    { what: "a program", name: "a.docx", bytes: Buffer.from("7f454c4602010100000000", "hex"), says: /not taken/ },
    { what: "a zip bomb", name: "a.docx", bytes: bomb(), says: /unpacks to far more/ },
    { what: "macros", name: "a.docx", bytes: withMacros(), says: /macros/ },
    { what: "white space", name: "a.txt", bytes: text("  \n \n"), says: /no text/ },
    { what: "binary that is named text", name: "a.csv", bytes: Buffer.alloc(300, 1), says: /not taken/ },
  ])("$what", async ({ name, bytes, says }) => {
    const source = await desk.upload(name, bytes);
    expect(source).toMatchObject({ status: "failed", chunks: 0 });
    expect(source.problem).toMatch(says);
  });

  test("and the bytes decide what a file is, not its name", async () => {
    const source = await desk.upload("actually-word.pdf", docx);
    expect(source).toMatchObject({ status: "ready", problem: null });
  });
});

describe("a document that takes too much ends its process alone", () => {
  const endless = async function* () {
    yield text("x");
    await new Promise(() => undefined);
  };
  const document = (signal = new AbortController().signal) => ({
    ...{ hint: { bytes: 1000, name: "a.txt", language: "en" }, content: endless(), signal },
  });
  test("time", async () => {
    const reader = createDocumentReader({ timeMs: 50 });
    await expect(reader.read(document())).rejects.toMatchObject({ fault: "too-slow" });
    reader.close();
  });
  test("memory", async () => {
    const reader = createDocumentReader({ memoryBytes: 1024 * 1024 });
    await expect(reader.read(document())).rejects.toMatchObject({ fault: "too-large" });
    // The next document has a process of its own.
    const bytes = text("Still here.");
    const hint = { bytes: bytes.length, name: "b.txt", language: "en" };
    const { signal } = new AbortController();
    const next = createDocumentReader();
    await expect(next.read({ hint, content: [bytes], signal })).resolves.toMatchObject({
      blocks: [{ text: "Still here." }],
    });
    for (const each of [reader, next]) each.close();
  });
  test("a worker that stops", async () => {
    const reader = createDocumentReader();
    const stop = new AbortController();
    const reading = reader.read(document(stop.signal));
    stop.abort();
    await expect(reading).rejects.toThrow(/abort/i);
  });
});

test("a stored file is sealed, and goes with its source; an upload that breaks off leaves nothing", async () => {
  const folder = join(desk.dataDir, "knowledge", desk.asked.orgId);
  const before = new Set(readdirSync(folder));
  const source = await desk.upload("secret.txt", text("The word is persimmon."));
  const [file = ""] = readdirSync(folder).filter((name) => !before.has(name));
  expect(file).toContain(source.id);
  expect(readFileSync(join(folder, file)).includes("persimmon")).toBe(false);
  await desk.knowledge.sources.remove({ ...desk.asked, sourceId: source.id });
  expect(
    await desk.countOf(`pgboss.job where name = 'knowledge.remove-file' and data->>'sourceId' = '${source.id}'`),
  ).toBe(1);
  await desk.parts.files.remove({ orgId: desk.asked.orgId, sourceId: source.id });
  expect(existsSync(join(folder, file))).toBe(false);

  const broken = Readable.from(
    (async function* () {
      yield text("a beginning");
      throw new Error("the caller went away");
    })(),
  );
  const sources = await desk.countOf("knowledge_sources");
  await expect(desk.knowledge.sources.upload(desk.asked, { name: "half.txt", stream: broken })).rejects.toThrow(
    "went away",
  );
  await expect(
    desk.knowledge.sources.upload(desk.asked, { name: "none.txt", stream: Readable.from([]) }),
  ).rejects.toMatchObject({ code: "bad_request" });
  expect(await desk.countOf("knowledge_sources")).toBe(sources);
  expect(new Set(readdirSync(folder))).toEqual(before);
});

test("of an organisation that is erased no file is left", async () => {
  await desk.upload("one.txt", text("The first."));
  const folder = join(desk.dataDir, "knowledge", desk.asked.orgId);
  expect(readdirSync(folder)).not.toEqual([]);
  await eraseFilesOf(desk.parts, desk.asked.orgId);
  expect(readdirSync(folder)).toEqual([]);
});
