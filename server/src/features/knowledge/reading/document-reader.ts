/** Reads documents in a process that is allowed little, is watched, and is ended when it takes too much. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { type Block, childLine, DocumentError, type DocumentHint, type PageFacts } from "./block.ts";

export interface DocumentToRead {
  readonly hint: DocumentHint;
  /** Exactly `hint.bytes`. */
  readonly content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
  readonly signal: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

export interface DocumentAsRead {
  readonly blocks: readonly Block[];
  readonly facts: PageFacts;
}

export interface DocumentReader {
  /** One at a time. Throws DocumentError, and what `content` throws. */
  read(document: DocumentToRead): Promise<DocumentAsRead>;
  close(): void;
}

export interface ReaderLimits {
  readonly timeMs: number;
  /** Of the whole process. */
  readonly memoryBytes: number;
  readonly heapMegabytes: number;
}

const usualLimits: ReaderLimits = { timeMs: 120_000, memoryBytes: 1024 * 1024 * 1024, heapMegabytes: 512 };
const lookAtMemoryEveryMs = 200;
/** Then it begins anew, with empty memory. */
const documentsPerChild = 200;

const childPath = fileURLToPath(new URL("./read-document-child.ts", import.meta.url));
type Child = ChildProcessByStdio<Writable, Readable, null>;

/** The process starts with the first document and serves those that follow. */
export function createDocumentReader(limits: Partial<ReaderLimits> = {}): DocumentReader {
  return new ChildReader({ ...usualLimits, ...limits });
}

class ChildReader implements DocumentReader {
  readonly #limits: ReaderLimits;
  #child: Child | undefined;
  #served = 0;

  constructor(limits: ReaderLimits) {
    this.#limits = limits;
  }

  async read(document: DocumentToRead): Promise<DocumentAsRead> {
    document.signal.throwIfAborted();
    if (this.#served++ >= documentsPerChild) this.close();
    const child = (this.#child ??= startChild(this.#limits));
    try {
      return await readWith(child, document, this.#limits);
    } catch (error) {
      // It said so itself, and goes on.
      if (!(error instanceof DocumentError) || child.exitCode !== null || child.signalCode !== null || child.killed)
        this.close();
      throw error;
    }
  }

  close(): void {
    this.#child?.kill("SIGKILL");
    this.#child = undefined;
    this.#served = 0;
  }
}

function startChild({ heapMegabytes }: ReaderLimits): Child {
  const flags = [`--max-old-space-size=${heapMegabytes}`, "--permission", "--allow-fs-read=*", "--no-warnings"];
  const child = spawn(process.execPath, [...flags, childPath], { stdio: ["pipe", "pipe", "ignore"], env: {} });
  // It may end before it read everything; its end is what is looked at.
  child.stdin.on("error", () => undefined);
  child.on("error", () => undefined);
  return child;
}

async function readWith(child: Child, document: DocumentToRead, limits: ReaderLimits): Promise<DocumentAsRead> {
  const { hint, content, signal } = document;
  const over = new AbortController();
  let fault: DocumentError | undefined;
  const kill = (why: DocumentError["fault"]) => {
    fault ??= new DocumentError(why);
    child.kill("SIGKILL");
  };
  const timer = setTimeout(() => kill("too-slow"), limits.timeMs);
  const watch = watchMemory(child, limits.memoryBytes, () => kill("too-large"));
  const stop = () => child.kill("SIGKILL");
  signal.addEventListener("abort", stop, { once: true });
  try {
    const sending = send(child, [Buffer.from(`${JSON.stringify(hint)}\n`), content], over.signal);
    const [read] = await Promise.all([collect(child, document).finally(() => over.abort()), sending]);
    return read;
  } catch (error) {
    signal.throwIfAborted();
    throw fault ?? error;
  } finally {
    clearTimeout(timer);
    clearInterval(watch);
    signal.removeEventListener("abort", stop);
  }
}

/** A source that fails ends the child, which waits for the rest. When the child ends first, its answer is looked at, not this. */
async function send(
  child: Child,
  [head, content]: readonly [Buffer, DocumentToRead["content"]],
  isOver: AbortSignal,
): Promise<void> {
  const { stdin } = child;
  try {
    stdin.write(head);
    for await (const piece of content) {
      if (!stdin.writable || isOver.aborted) return;
      if (!stdin.write(piece)) await drained(stdin, isOver);
    }
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  }
}

function drained(stream: Writable, isOver: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      for (const event of ["drain", "close", "error"]) stream.off(event, done);
      isOver.removeEventListener("abort", done);
      resolve();
    };
    for (const event of ["drain", "close", "error"]) stream.once(event, done);
    isOver.addEventListener("abort", done, { once: true });
  });
}

async function collect(child: Child, { onProgress }: DocumentToRead): Promise<DocumentAsRead> {
  const blocks: Block[] = [];
  const lines = createInterface({ input: child.stdout });
  try {
    for await (const text of lines) {
      const line = childLine.parse(JSON.parse(text));
      if ("block" in line) blocks.push(line.block);
      else if ("progress" in line) onProgress?.(...line.progress);
      else if ("fault" in line) throw new DocumentError(line.fault);
      else return { blocks, facts: line.end };
    }
  } finally {
    lines.close();
  }
  // It ended without a word: a crash, mostly for want of memory.
  throw new DocumentError("too-large");
}

/** What lies outside the heap counts too. Only Linux tells it. */
function watchMemory(child: Child, limitBytes: number, onTooMuch: () => void): NodeJS.Timeout {
  const look = async () => {
    const status = await readFile(`/proc/${child.pid}/status`, "utf8").catch(() => "");
    const kilobytes = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0);
    if (kilobytes * 1024 > limitBytes) onTooMuch();
  };
  return setInterval(() => void look(), lookAtMemoryEveryMs);
}
