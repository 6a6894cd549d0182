/** What a document is made of once it was read: the same for every kind of file. The child writes it as JSON, a line each. */
import { z } from "zod";

const page = z.number().int().positive().optional();

export const block = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("heading"), level: z.number().int().min(1).max(6), text: z.string(), page }),
  z.object({ kind: z.literal("text"), text: z.string(), page }),
  /** The first row is the head. */
  z.object({ kind: z.literal("table"), rows: z.array(z.array(z.string())), page }),
]);
export type Block = z.output<typeof block>;

/** Why a document cannot be read. `problems.ts` has the sentences. */
export const documentFaults = [
  "encrypted",
  "corrupt",
  "empty",
  "no-text",
  "not-taken",
  "old-office",
  "macros",
  "bomb",
  "too-long",
  "too-large",
  "too-slow",
] as const;
export type DocumentFault = (typeof documentFaults)[number];

export class DocumentError extends Error {
  readonly fault: DocumentFault;

  constructor(fault: DocumentFault, cause?: unknown) {
    super(`The document cannot be read: ${fault}.`, { cause });
    this.name = "DocumentError";
    this.fault = fault;
  }
}

/** What a page of the web says of itself, beside its words. */
export const pageFacts = z.object({
  title: z.string().optional(),
  /** BCP-47, as the document names it. */
  language: z.string().optional(),
  links: z.array(z.string()).optional(),
  canonical: z.string().optional(),
  /** Asks not to be found, or that its links are not followed. */
  noIndex: z.boolean().optional(),
  noFollow: z.boolean().optional(),
});
export type PageFacts = z.output<typeof pageFacts>;

/** The document as a whole, in the child. */
export interface ReadDocument {
  readonly blocks: readonly Block[];
  readonly facts: PageFacts;
}

/** What is known of a document before it is read. Its content decides what it is, not its name. */
export const documentHint = z.object({
  bytes: z.number().int().nonnegative(),
  name: z.string(),
  /** BCP-47: of the business; tells how old files wrote their letters. */
  language: z.string(),
  /** As a web server said. */
  contentType: z.string().optional(),
  /** Where it lies, for its links. */
  url: z.string().optional(),
});
export type DocumentHint = z.output<typeof documentHint>;

/** Lines of the child's output. */
export const childLine = z.union([
  z.object({ block }),
  z.object({ progress: z.tuple([z.number(), z.number()]) }),
  z.object({ end: pageFacts }),
  z.object({ fault: z.enum(documentFaults) }),
]);
export type ChildLine = z.output<typeof childLine>;

/** Of everything read from one document, in characters. */
export const maxTextLetters = 20_000_000;

const lettersOfBlock = 40;
const lettersOfCell = 8;

/** What it takes to hold it: millions of blocks of one letter are as much as a large book. */
export const weightOf = (one: Block): number =>
  lettersOfBlock +
  (one.kind === "table"
    ? one.rows.reduce((sum, row) => row.reduce((cells, cell) => cells + cell.length + lettersOfCell, sum), 0)
    : one.text.length);
