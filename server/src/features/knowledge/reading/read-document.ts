/** One document, whatever it is. Its bytes decide; the name counts only among kinds of plain text. */
import { fileTypeFromBuffer } from "file-type";
import { DocumentError, type DocumentHint, type ReadDocument } from "./block.ts";
import { decodeText, tidy } from "./decode-text.ts";

/** Each reader is loaded with its first document: together they are half a second and much memory. */
const office = () => import("./read-office.ts");
const tables = () => import("./read-table-files.ts");

/** Throws DocumentError. */
export async function readDocument(
  bytes: Uint8Array,
  hint: DocumentHint,
  onPage: (done: number, total: number) => void,
): Promise<ReadDocument> {
  if (bytes.length === 0) throw new DocumentError("empty");
  const type = await fileTypeFromBuffer(bytes).catch(() => undefined);
  const read = await byType(bytes, { hint, type: type?.ext, onPage });
  if (read.blocks.length === 0) throw new DocumentError("no-text");
  return read;
}

interface About {
  readonly hint: DocumentHint;
  readonly type: string | undefined;
  readonly onPage: (done: number, total: number) => void;
}

async function byType(bytes: Uint8Array, { hint, type, onPage }: About): Promise<ReadDocument> {
  switch (type) {
    case "pdf":
      return await (await import("./read-pdf.ts")).readPdf(bytes, onPage);
    case "docx":
    case "dotx":
      return await (await office()).readDocx(bytes);
    case "pptx":
    case "potx":
      return (await office()).readPptx(bytes);
    case "xlsx":
    case "xltx":
      return await (await tables()).readXlsx(bytes);
    case "docm":
    case "dotm":
    case "xlsm":
    case "xltm":
    case "pptm":
    case "potm":
      throw new DocumentError("macros");
    case "cfb":
      throw new DocumentError(isEncryptedOffice(bytes) ? "encrypted" : "old-office");
    case "zip":
      return await readUnmarked(bytes, hint);
    case "xml":
    case undefined:
      return await readText(bytes, hint);
    default:
      throw new DocumentError("not-taken");
  }
}

/** What Word makes of a document with a password: an old container with this inside. */
function isEncryptedOffice(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes(Buffer.from("EncryptedPackage", "utf16le"));
}

/** An archive that does not say at its beginning what it is. */
async function readUnmarked(bytes: Uint8Array, { name }: DocumentHint): Promise<ReadDocument> {
  if (!isNamedAsOffice(name)) throw new DocumentError("not-taken");
  const { openArchive } = await import("./open-archive.ts");
  const parts = openArchive(bytes);
  if ("word/document.xml" in parts) return await (await office()).readDocx(bytes);
  if ("ppt/presentation.xml" in parts) return (await office()).readPptx(bytes);
  if ("xl/workbook.xml" in parts) return await (await tables()).readXlsx(bytes);
  throw new DocumentError("corrupt");
}

const isNamedAsOffice = (name: string) => /\.(?:docx|xlsx|pptx)$/i.test(name);

async function readText(bytes: Uint8Array, hint: DocumentHint): Promise<ReadDocument> {
  const { name, language, contentType = "", url } = hint;
  const charset = /charset=["']?([\w-]+)/i.exec(contentType)?.[1] ?? charsetInside(bytes);
  const text = decodeText(bytes, language, charset);
  if (text === undefined)
    throw new DocumentError(isNamedAsOffice(name) || /\.pdf$/i.test(name) ? "corrupt" : "not-taken");
  if (isNamedAsOffice(name) || /\.pdf$/i.test(name)) throw new DocumentError("corrupt");
  const isHtml =
    /html/i.test(contentType) ||
    /\.html?$/i.test(name) ||
    /^\s*<(?:!doctype html|html|head|title|meta|body|main|div|h1|p)\b/i.test(text);
  if (isHtml) return (await import("./read-html.ts")).readHtml(text, url);
  if (/\.csv$/i.test(name) || /\/csv/i.test(contentType)) return (await tables()).readCsv(text);
  if (/\.(?:md|markdown)$/i.test(name) || /markdown/i.test(contentType))
    return (await import("./read-markdown.ts")).readMarkdown(text);
  if (!/\.te?xt$/i.test(name) && !contentType.startsWith("text/plain")) throw new DocumentError("not-taken");
  const paragraphs = text.split(/\r?\n\s*\r?\n/).map(tidy);
  return { blocks: paragraphs.filter((each) => each !== "").map((each) => ({ kind: "text", text: each })), facts: {} };
}

/** A page of HTML may name its letters itself, early. */
function charsetInside(bytes: Uint8Array): string | undefined {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 2048)).toString("latin1");
  return /<meta[^>]+charset=["']?([\w-]+)/i.exec(head)?.[1];
}
