/**
 * A program of its own: espeak-ng behind stdin and stdout. It is a separate process because espeak-ng is GPL and because
 * synthesis blocks its loop. It ends when its stdin does. Arguments: the machine's espeak-ng program, to be used when the
 * npm build cannot be loaded.
 */
import { writeSync } from "node:fs";
import { createConverter } from "../../audio/convert.ts";
import type { EspeakEngine } from "./espeak-engines.ts";
import { findBinaryEngine, loadWasmEngine } from "./espeak-engines.ts";
import type { EspeakCommand } from "./espeak-wire.ts";
import { answerKind, createFrameReader, encodeAnswer } from "./espeak-wire.ts";

type Job = Extract<EspeakCommand, { id: number }>;

/** Long enough to push the resampler's last samples out. */
const tailMs = 8;

function answer(frame: Buffer): void {
  process.stdout.write(frame);
}

async function chooseEngine(program: string): Promise<EspeakEngine> {
  try {
    return await loadWasmEngine();
  } catch (error) {
    const engine = await findBinaryEngine(program);
    if (engine) return engine;
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`espeak-ng cannot be loaded (${reason}), and there is no program "${program}" on this machine.`, {
      cause: error,
    });
  }
}

async function speak(engine: EspeakEngine, job: Job, signal: AbortSignal): Promise<void> {
  const convert = createConverter({ encoding: "pcm16", sampleRateHz: engine.sampleRateHz }, job.format);
  const send = (pcm: Uint8Array, chars: number) => {
    const bytes = convert(pcm);
    if (bytes.length > 0 && !signal.aborted) answer(encodeAnswer({ kind: answerKind.audio, id: job.id, chars, bytes }));
  };
  let spokenChars = 0;
  try {
    await engine.speak({
      text: job.text,
      language: job.language,
      voice: job.voice,
      signal,
      onAudio: (pcm, chars) => {
        spokenChars = chars;
        send(pcm, chars);
      },
    });
    send(new Uint8Array(2 * Math.round((engine.sampleRateHz * tailMs) / 1000)), spokenChars && job.text.length);
    answer(encodeAnswer({ kind: answerKind.end, id: job.id }));
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    answer(encodeAnswer({ kind: answerKind.error, id: job.id, bytes: Buffer.from(words) }));
  }
}

function serve(engine: EspeakEngine): (command: EspeakCommand) => void {
  const queue: Job[] = [];
  let running: { id: number; abort: AbortController } | undefined;
  const next = () => {
    const job = running ? undefined : queue.shift();
    if (!job) return;
    const abort = new AbortController();
    running = { id: job.id, abort };
    void speak(engine, job, abort.signal).then(() => {
      running = undefined;
      // Between two jobs stdin is read, so that a cancelled one is never begun.
      setImmediate(next);
    });
  };
  return (command) => {
    if ("cancel" in command) {
      const at = queue.findIndex(({ id }) => id === command.cancel);
      if (at >= 0) queue.splice(at, 1);
      if (running?.id === command.cancel) running.abort.abort();
      return;
    }
    queue.push(command);
    setImmediate(next);
  };
}

async function main(): Promise<void> {
  const waiting: EspeakCommand[] = [];
  let handle = (command: EspeakCommand): void => {
    waiting.push(command);
  };
  process.stdin.on(
    "data",
    createFrameReader((body) => handle(JSON.parse(body.toString()) as EspeakCommand)),
  );
  process.stdin.once("end", () => process.exit(0));
  process.stdout.on("error", () => process.exit(0));
  const engine = await chooseEngine(process.argv[2] ?? "espeak-ng");
  answer(encodeAnswer({ kind: answerKind.ready, id: 0, bytes: Buffer.from(engine.name) }));
  handle = serve(engine);
  for (const command of waiting) handle(command);
}

main().catch((error: unknown) => {
  writeSync(2, `${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
