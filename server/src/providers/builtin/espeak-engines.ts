/** The two ways to run espeak-ng, seen only by the child program: the wasm build from npm, and the machine's binary. */
import { spawn } from "node:child_process";
import { parseWavHeader } from "../../audio/wav.ts";

export interface EspeakJob {
  readonly text: string;
  readonly language: string;
  readonly voice: string | undefined;
  readonly signal: AbortSignal;
  /** PCM16 samples at the engine's rate; `chars`: characters of the text begun by its end, 0 when unknown. */
  readonly onAudio: (pcm: Uint8Array, chars: number) => void;
}

export interface EspeakEngine {
  readonly name: string;
  readonly sampleRateHz: number;
  speak(job: EspeakJob): Promise<void>;
}

/** Words a minute: the default of 175 is hurried on a telephone. */
const wordsPerMinute: Readonly<Record<string, number>> = { ar: 150 };
const usualWordsPerMinute = 160;
const pitch = 45;
const usualLanguage = "en-us";

function baseLanguage(language: string): string {
  return (language.split("-")[0] ?? language).toLowerCase();
}

function rateFor(language: string): number {
  return wordsPerMinute[baseLanguage(language)] ?? usualWordsPerMinute;
}

interface EspeakEvent {
  readonly type: string;
  readonly text_position: number;
  readonly word_length: number;
}

interface EspeakWorker {
  samplerate: number;
  rate: number;
  pitch: number;
  set_voice(name: string, language: string, gender: number, age: number, variant: number): number;
  list_voices(): { identifier: string; languages: { name: string }[] }[];
  synthesize(text: string, onChunk: (samples: Int16Array, events: EspeakEvent[]) => boolean): void;
}

const wasmPackage: string = "@echogarden/espeak-ng-emscripten";

export async function loadWasmEngine(): Promise<EspeakEngine> {
  const loaded = (await import(wasmPackage)) as { default(): Promise<{ eSpeakNGWorker: new () => EspeakWorker }> };
  const { eSpeakNGWorker } = await loaded.default();
  const worker = new eSpeakNGWorker();
  // A language is not always the name of a voice's file; the identifier always is.
  const identifiers = new Map<string, string>();
  for (const { identifier, languages } of worker.list_voices()) {
    for (const { name } of languages)
      if (!identifiers.has(name.toLowerCase())) identifiers.set(name.toLowerCase(), identifier);
  }
  const voiceFor = ({ voice, language }: EspeakJob) =>
    [voice, language, baseLanguage(language), usualLanguage]
      .map((name) => identifiers.get(name?.toLowerCase() ?? ""))
      .find(Boolean);
  return {
    name: "wasm",
    sampleRateHz: worker.samplerate,
    async speak(job) {
      worker.set_voice(voiceFor(job) ?? usualLanguage, "", 0, 0, 0);
      worker.rate = rateFor(job.language);
      worker.pitch = pitch;
      let chars = 0;
      worker.synthesize(job.text, (samples, events) => {
        for (const event of events) if (event.type === "word") chars = event.text_position - 1 + event.word_length;
        if (samples.length > 0)
          job.onAudio(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength), chars);
        return job.signal.aborted;
      });
    },
  };
}

const binarySampleRateHz = 22_050;

/** Undefined when the machine has no espeak-ng. */
export async function findBinaryEngine(program: string): Promise<EspeakEngine | undefined> {
  const found = await new Promise<boolean>((resolve) => {
    const probe = spawn(program, ["--version"], { stdio: "ignore" });
    probe.once("error", () => resolve(false));
    probe.once("close", (code) => resolve(code === 0));
  });
  if (!found) return undefined;
  return { name: "binary", sampleRateHz: binarySampleRateHz, speak: (job) => speakByBinary(program, job) };
}

function speakByBinary(program: string, job: EspeakJob): Promise<void> {
  const voice =
    job.voice ?? (baseLanguage(job.language) === "en" ? job.language.toLowerCase() : baseLanguage(job.language));
  const args = [
    "--stdin",
    "--stdout",
    "-b",
    "1",
    "-v",
    voice,
    "-s",
    String(rateFor(job.language)),
    "-p",
    String(pitch),
  ];
  return new Promise((resolve, reject) => {
    const run = spawn(program, args, { stdio: ["pipe", "pipe", "ignore"], signal: job.signal });
    let head: Buffer | undefined = Buffer.alloc(0);
    run.stdout.on("data", (chunk: Buffer) => {
      if (!head) return job.onAudio(chunk, 0);
      head = Buffer.concat([head, chunk]);
      const header = parseWavHeader(head);
      if (!header) return;
      if (head.length > header.dataOffset) job.onAudio(head.subarray(header.dataOffset), 0);
      head = undefined;
    });
    run.stdin.on("error", () => undefined); // it ended early; `close` tells
    run.stdin.end(job.text);
    run.once("error", (error) => (job.signal.aborted ? resolve() : reject(error)));
    run.once("close", (code) =>
      code === 0 || job.signal.aborted ? resolve() : reject(new Error(`espeak-ng ended with ${code}`)),
    );
  });
}
