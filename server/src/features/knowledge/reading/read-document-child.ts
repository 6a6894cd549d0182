/**
 * The process that reads strangers' documents. It knows nothing of the installation: documents come in on stdin, each after a line that says
 * how long it is, and go out on stdout as lines of JSON.
 */
import { type ChildLine, DocumentError, type DocumentHint, documentHint, maxTextLetters } from "./block.ts";
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
      letters += block.kind === "table" ? block.rows.flat().join("").length : block.text.length;
      if (letters > maxTextLetters) throw new DocumentError("too-long");
      await say({ block });
    }
    await say({ end: facts });
  } catch (error) {
    await say({ fault: error instanceof DocumentError ? error.fault : "corrupt" });
  }
}

let waiting: DocumentHint | undefined;
let pieces: Buffer[] = [];
let have = 0;

for await (const chunk of process.stdin) {
  let rest = chunk as Buffer;
  do {
    if (waiting === undefined) {
      const end = rest.indexOf(10);
      pieces.push(end < 0 ? rest : rest.subarray(0, end));
      if (end < 0) break;
      waiting = documentHint.parse(JSON.parse(Buffer.concat(pieces).toString("utf8")));
      rest = rest.subarray(end + 1);
      pieces = [];
      have = 0;
    }
    const wanted = rest.subarray(0, waiting.bytes - have);
    pieces.push(wanted);
    have += wanted.length;
    rest = rest.subarray(wanted.length);
    if (have < waiting.bytes) break;
    const [bytes, hint] = [Buffer.concat(pieces), waiting];
    [waiting, pieces] = [undefined, []];
    await readOne(bytes, hint);
  } while (rest.length > 0);
}
