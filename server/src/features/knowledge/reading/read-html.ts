/** A page of the web: its main content, with headings and tables; nothing that runs, and nothing a reader would not see. */
import { type CheerioAPI, load } from "cheerio";
import { type Block, DocumentError, type PageFacts, type ReadDocument } from "./block.ts";
import { tidy } from "./decode-text.ts";

const dropped = [
  "script,style,noscript,template,svg,canvas,iframe,object,embed,audio,video,form,button,select,input,textarea,dialog",
  "nav,aside,[role=navigation],[role=banner],[role=search],[role=dialog],[aria-hidden=true],[hidden]",
  "[style*='display:none' i],[style*='display: none' i],[style*='visibility:hidden' i],[style*='visibility: hidden' i]",
].join(",");
/** Of a whole page; an article keeps its own. */
const frame = "body > header, body > footer, [role=contentinfo], #header, #footer";
const breaks = new Set(
  `address article blockquote body center dd details div dl dt fieldset figcaption figure footer header hr html li main ol p pre
  section summary table tr ul`.split(/\s+/),
);
const maxLinks = 2000;
const maxDepth = 400;

type Selected = ReturnType<CheerioAPI>;
type AnyNode = NonNullable<ReturnType<CheerioAPI["root"]>[number]>["children"][number];

export function readHtml(html: string, url?: string): ReadDocument {
  const $ = load(html);
  const facts = factsOf($, url);
  $(dropped).remove();
  const body = $("body");
  const main = $("main, [role=main], article").toArray();
  const [first] = main;
  const mainText = first === undefined ? "" : $(main.length === 1 ? first : "main, [role=main]").text();
  const isEnough = mainText.trim().length > 200 && mainText.length * 4 > body.text().length;
  if (!isEnough) $(frame).remove();
  const root = isEnough ? (main.length === 1 ? first : $("main, [role=main]").get(0)) : body.get(0);
  return { blocks: root === undefined ? [] : blocksIn($, root), facts };
}

function factsOf($: CheerioAPI, url: string | undefined): PageFacts {
  const robots = $("meta[name=robots i]").attr("content")?.toLowerCase() ?? "";
  const absolute = (href: string | undefined) => {
    const base = $("base[href]").attr("href");
    const from = base !== undefined && url !== undefined && URL.canParse(base, url) ? new URL(base, url).href : url;
    return href !== undefined && URL.canParse(href, from) ? new URL(href, from).href : undefined;
  };
  const title = tidy($("title").first().text());
  const language = $("html").attr("lang");
  const canonical = absolute($("link[rel=canonical i]").attr("href"));
  const links =
    url === undefined
      ? []
      : $("a[href]:not([rel~=nofollow i])")
          .slice(0, maxLinks)
          .toArray()
          .flatMap((link) => absolute($(link).attr("href")) ?? []);
  return {
    ...(title === "" ? {} : { title: title.slice(0, 300) }),
    ...(language === undefined || !/^[A-Za-z]{2,3}([-_]\w+)*$/.test(language) ? {} : { language }),
    ...(canonical === undefined ? {} : { canonical }),
    ...(links.length === 0 ? {} : { links: [...new Set(links)] }),
    ...(/noindex|none/.test(robots) ? { noIndex: true } : {}),
    ...(/nofollow|none/.test(robots) ? { noFollow: true } : {}),
  };
}

class Gathered {
  readonly blocks: Block[] = [];
  #text = "";

  add(text: string): void {
    this.#text += text;
  }

  /** Ends a paragraph. */
  end(): void {
    const text = tidy(this.#text);
    this.#text = "";
    if (text !== "") this.blocks.push({ kind: "text", text });
  }
}

function blocksIn($: CheerioAPI, root: AnyNode): Block[] {
  const gathered = new Gathered();
  const visit = (node: AnyNode, depth: number): void => {
    if (depth > maxDepth) throw new DocumentError("corrupt");
    if (node.type === "text") return gathered.add(node.data);
    if (node.type !== "tag") return;
    const { name } = node;
    const level = /^h([1-6])$/.exec(name)?.[1];
    if (level !== undefined) return addHeading(gathered, Number(level), $(node).text());
    if (name === "br") return gathered.end();
    if (name === "table" && isTable($, $(node))) return addTable(gathered, rowsOf($, $(node)));
    const isBlock = breaks.has(name);
    if (isBlock) gathered.end();
    for (const child of node.children) visit(child, depth + 1);
    if (name === "td" || name === "th") gathered.add(" ");
    if (isBlock) gathered.end();
  };
  visit(root, 0);
  gathered.end();
  return gathered.blocks;
}

function addHeading(gathered: Gathered, level: number, text: string): void {
  gathered.end();
  if (tidy(text) !== "") gathered.blocks.push({ kind: "heading", level, text: tidy(text) });
}

function addTable(gathered: Gathered, rows: string[][]): void {
  gathered.end();
  if (rows.length > 0) gathered.blocks.push({ kind: "table", rows });
}

/** Old pages are laid out by tables: those hold others, or one column, or headings. */
function isTable($: CheerioAPI, table: Selected): boolean {
  if (table.find("table, h1, h2, h3").length > 0) return false;
  const rows = table.find("tr").toArray();
  return rows.length > 1 && rows.some((row) => $(row).children("td, th").length > 1);
}

function rowsOf($: CheerioAPI, table: Selected): string[][] {
  const rows = table.find("tr").toArray();
  return rows
    .map((row) =>
      $(row)
        .children("td, th")
        .toArray()
        .map((cell) => tidy($(cell).text())),
    )
    .filter((cells) => cells.some((cell) => cell !== ""));
}
