/** Word and PowerPoint. */
import { type CheerioAPI, load } from "cheerio";
import type { Unzipped } from "fflate";
import mammoth from "mammoth";
import { type Block, DocumentError, type ReadDocument } from "./block.ts";
import { tidy } from "./decode-text.ts";
import { openArchive, repack } from "./open-archive.ts";
import { readHtml } from "./read-html.ts";

export async function readDocx(bytes: Uint8Array): Promise<ReadDocument> {
  const buffer = repack(openArchive(bytes));
  const noPicture = mammoth.images.imgElement(async () => ({ src: "" }));
  const styleMap = ["p[style-name='Title'] => h1:fresh", "p[style-name='Subtitle'] => p:fresh"];
  const { value } = await mammoth
    .convertToHtml({ buffer }, { convertImage: noPicture, styleMap })
    .catch((error: unknown) => {
      throw new DocumentError("corrupt", error);
    });
  return { blocks: readHtml(value).blocks, facts: {} };
}

/** Slide by slide, in the order they are shown: title, words, tables, then what the speaker notes. */
export function readPptx(bytes: Uint8Array): ReadDocument {
  const files = openArchive(bytes);
  const blocks = slidePaths(files).flatMap((path, index) => slideBlocks(files, path, index + 1));
  return { blocks, facts: {} };
}

const xmlOf = (files: Unzipped, path: string): CheerioAPI | undefined => {
  const part = files[path];
  return part === undefined ? undefined : load(new TextDecoder().decode(part), { xml: true });
};

/** What a part refers to, by id, as paths inside the archive. */
function relationsOf(files: Unzipped, path: string): Map<string, { type: string; path: string }> {
  const folder = path.slice(0, path.lastIndexOf("/") + 1);
  const $ = xmlOf(files, `${folder}_rels/${path.slice(folder.length)}.rels`);
  const found = new Map<string, { type: string; path: string }>();
  for (const relation of $?.("Relationship").toArray() ?? []) {
    const { Id: id = "", Type: type = "", Target: target = "", TargetMode: mode } = $?.(relation).attr() ?? {};
    if (mode !== "External") found.set(id, { type, path: resolve(folder, target) });
  }
  return found;
}

const resolve = (folder: string, target: string) =>
  new URL(target, `file:///${folder}`).pathname.slice(1).replaceAll("%20", " ");

function slidePaths(files: Unzipped): string[] {
  const main = "ppt/presentation.xml";
  const $ = xmlOf(files, main);
  if ($ === undefined) throw new DocumentError("corrupt");
  const relations = relationsOf(files, main);
  const ids = $("p\\:sldId").toArray();
  return ids.flatMap((slide) => relations.get($(slide).attr("r:id") ?? "")?.path ?? []);
}

function slideBlocks(files: Unzipped, path: string, page: number): Block[] {
  const $ = xmlOf(files, path);
  if ($ === undefined || $("p\\:sld").attr("show") === "0") return [];
  const titles: Block[] = [];
  const words: Block[] = [];
  for (const shape of $("p\\:sp, p\\:graphicFrame").toArray()) {
    const type = $(shape).find("p\\:nvPr > p\\:ph").attr("type");
    const lines = paragraphsIn($, $(shape).children("p\\:txBody"));
    if (["sldNum", "dt", "ftr"].includes(type ?? "")) continue;
    if (type === "title" || type === "ctrTitle") {
      if (lines.length > 0) titles.push({ kind: "heading", level: 1, text: lines.join(" "), page });
    } else words.push(...lines.map((text): Block => ({ kind: "text", text, page })), ...tablesIn($, $(shape), page));
  }
  const [first] = words;
  // Without a title of its own the first short line is one.
  if (titles.length === 0 && first?.kind === "text" && first.text.length < 100)
    words[0] = { kind: "heading", level: 1, text: first.text, page };
  return [...titles, ...words, ...notesOf(files, path, page)];
}

function paragraphsIn($: CheerioAPI, within: ReturnType<CheerioAPI>): string[] {
  const paragraphs = within.find("a\\:p").toArray();
  return paragraphs
    .map((paragraph) => {
      const runs = $(paragraph).find("a\\:t, a\\:br").toArray();
      return tidy(runs.map((run) => (run.tagName === "a:br" ? " " : $(run).text())).join(""));
    })
    .filter((text) => text !== "");
}

function tablesIn($: CheerioAPI, shape: ReturnType<CheerioAPI>, page: number): Block[] {
  return shape
    .find("a\\:tbl")
    .toArray()
    .map((table): Block => {
      const rows = $(table).children("a\\:tr").toArray();
      const cellsOf = (row: (typeof rows)[number]) => $(row).children("a\\:tc").toArray();
      return {
        kind: "table",
        rows: rows.map((row) => cellsOf(row).map((cell) => paragraphsIn($, $(cell)).join(" "))),
        page,
      };
    })
    .filter((table) => table.kind === "table" && table.rows.length > 0);
}

function notesOf(files: Unzipped, path: string, page: number): Block[] {
  const notes = [...relationsOf(files, path).values()].find(({ type }) => type.endsWith("/notesSlide"));
  const $ = notes === undefined ? undefined : xmlOf(files, notes.path);
  if ($ === undefined) return [];
  const shapes = $("p\\:sp").toArray();
  const body = shapes.filter((shape) => $(shape).find("p\\:nvPr > p\\:ph").attr("type") === "body");
  return body.flatMap((shape) => paragraphsIn($, $(shape)).map((text): Block => ({ kind: "text", text, page })));
}
