/** What is told to the owner: what is wrong, and how to mend it. */
import type { OutboundFailure } from "../../platform/net/guarded-fetch.ts";
import type { DocumentFault } from "./reading/block.ts";

/** Ends the reading of a source; `sentence` is shown to its owner. Trying again at once would not help. */
export class SourceProblem extends Error {
  readonly sentence: string;

  constructor(sentence: string) {
    super("The source cannot be read.");
    this.name = "SourceProblem";
    this.sentence = sentence;
  }
}

const kinds = "PDF, DOCX, PPTX, XLSX, CSV, TXT, Markdown or HTML";

export const documentProblems: Readonly<Record<DocumentFault, string>> = {
  encrypted: "The file is protected by a password. Remove the password and upload it again.",
  corrupt: "The file is damaged or is not what its name says. Open it, save it again, and upload that.",
  empty: "The file is empty. Upload one with content.",
  "no-text":
    "There is no text in it. Scanned pictures of text cannot be read: upload a file whose text can be selected.",
  "not-taken": `This kind of file is not taken. Save it as ${kinds}.`,
  "old-office": "The file is in an old Office format. Save it as DOCX, XLSX or PPTX and upload that.",
  macros: "The file holds macros. Save it without macros, as DOCX, XLSX or PPTX, and upload that.",
  bomb: "The file unpacks to far more than its size. It was not opened.",
  "too-long": "There is more text in it than can be read. Divide it into several files.",
  "too-large": "Reading it takes more memory than is allowed. Divide it into several files.",
  "too-slow": "Reading it takes longer than is allowed. Divide it into several files.",
};

/** Of a page or a site. */
export const noWordsProblem =
  "No text was found there. Pages that are made by scripts in the browser cannot be read: upload their content as a file or a text.";

export const missingFileProblem =
  "The stored file is not where this process can read it. With several machines, set S3_BUCKET; then upload it again.";

export const outboundProblems: Readonly<Record<OutboundFailure, string>> = {
  "address-not-allowed":
    "The address leads into a private network, which is not read. Give one that is reached from outside.",
  "too-many-redirects": "The address leads on and on without arriving. Check it in a browser.",
  "too-large": "The page is too large to be read. Give the address of a smaller one.",
  timeout: "The site did not answer in time. Try again later.",
  network:
    "The site cannot be reached: its name is unknown, nobody answers, or its certificate is wrong. Check the address.",
};

export function statusProblem(status: number): string {
  if (status === 401 || status === 403)
    return `The site does not show this page to us (status ${status}). Upload its content as a file or a text.`;
  if (status === 404 || status === 410)
    return `There is no page at this address (status ${status}). Check it in a browser.`;
  return `The site answered with status ${status}. Try again later.`;
}
