import { z } from "zod";
import type { SourceRow } from "./knowledge.table.ts";
import type { KnowledgeParts } from "./knowledge-parts.ts";
import type { DocumentReader } from "./reading/document-reader.ts";

/** What is sealed of a text or of answers. */
export const storedContent = z.object({
  text: z.string().optional(),
  answers: z.array(z.object({ question: z.string(), answer: z.string() })).optional(),
});
type StoredContent = z.output<typeof storedContent>;

/** A source while a run reads it. */
export interface Reading {
  readonly parts: KnowledgeParts;
  readonly row: SourceRow;
  /** Of the business, BCP-47. */
  readonly language: string;
  /** Of what is stored; undefined where nothing is. */
  readonly key: Buffer | undefined;
  readonly content: StoredContent | undefined;
  readonly reader: DocumentReader;
  readonly signal: AbortSignal;
  progress(done: number, total: number): void;
}

/** How a round ended. */
export interface Outcome {
  readonly title?: string | undefined;
  /** Told though it was read. */
  readonly problem?: string | undefined;
  /** Pages that the whole round did not see are gone. */
  readonly isWhole?: boolean;
}
