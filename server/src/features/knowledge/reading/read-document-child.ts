/**
 * The process that reads strangers' documents. It knows nothing of the installation: documents come in on stdin, each after a line that says
 * how long it is, and go out on stdout as lines of JSON.
 */
import { type ChildLine, DocumentError, type DocumentHint, documentHint, maxTextLetters, weightOf } from "./block.ts";
import { readDocument } from "./read-document.ts";

async function say(line: ChildLine): Promise<void> {
  if (process.stdout.write(`${JSON.stringify(line)}\n`)) return;
  await new Promise((resolve) => process.stdout.once("drain", resolve));
}

async function readOne(bytes: Buffer, hint: DocumentHint): Promise<void> {
  try {
    let saidAt = performance.now();
    const { blocks, facts } = await readDocument(bytes, hint, (done, total) => {
      if (performance.now() - saidAt < 500) return;
      saidAt = performance.now();
      void say({ progress: [done, total] });
    });
    let letters = 0;
    for (const block of blocks) {
      letters += weightOf(block);
      if (letters > maxTextLetters) throw new DocumentError("too-long");
      await say({ block });
    }
    await say({ end: facts });
  } catch (error) {
    await say({ fault: error instanceof DocumentError ? error.fault : "corrupt" });
  }
}

/** Takes stdin apart: lines, and as many bytes as a line says. */
class Incoming {
  readonly #chunks = process.stdin[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  #kept: Buffer = Buffer.alloc(0);

  /** Undefined: there is no more. */
  async line(): Promise<string | undefined> {
    for (;;) {
      const end = this.#kept.indexOf(10);
      if (end >= 0) return this.#take(end + 1).toString("utf8");
      const chunk = await this.#chunks.next();
      if (chunk.done === true) return undefined;
      this.#kept = Buffer.concat([this.#kept, chunk.value]);
    }
  }

  async bytes(count: number): Promise<Buffer> {
    const pieces = [this.#take(Math.min(count, this.#kept.length))];
    for (let have = pieces[0]?.length ?? 0; have < count; ) {
      const chunk = await this.#chunks.next();
      if (chunk.done === true) process.exit();
      this.#kept = chunk.value;
      const piece = this.#take(Math.min(count - have, chunk.value.length));
      pieces.push(piece);
      have += piece.length;
    }
    return Buffer.concat(pieces);
  }

  #take(count: number): Buffer {
    const taken = this.#kept.subarray(0, count);
    this.#kept = this.#kept.subarray(count);
    return taken;
  }
}

const incoming = new Incoming();
for (let line = await incoming.line(); line !== undefined; line = await incoming.line()) {
  const hint = documentHint.parse(JSON.parse(line));
  await readOne(await incoming.bytes(hint.bytes), hint);
}
