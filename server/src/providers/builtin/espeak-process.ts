import type { ChildProcessByStdio } from "node:child_process";
import { spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { AudioFormat } from "../../audio/frame.ts";
import { ProviderError } from "../../kernel/app-error.ts";
import type { EspeakAnswer } from "./espeak-wire.ts";
import { answerKind, createFrameReader, decodeAnswer, encodeCommand } from "./espeak-wire.ts";

export const espeakProvider = "builtin";

export interface EspeakRequest {
  readonly text: string;
  readonly language: string;
  readonly voice: string | undefined;
  readonly format: AudioFormat;
  readonly onAudio: (audio: Uint8Array, chars: number) => void;
  readonly onEnd: () => void;
  readonly onError: (error: ProviderError) => void;
}

interface Pending {
  readonly request: EspeakRequest;
  deliveredBytes: number;
  /** After a restart: bytes that were delivered before, made again and not delivered again. */
  skipBytes: number;
  wasRetried: boolean;
}

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

const childProgram = fileURLToPath(new URL("./espeak-child.ts", import.meta.url));
const programFolders = "/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin";
const longestWords = 500;

export interface EspeakProcessOptions {
  /** The machine's own program, for when the npm build cannot be loaded. */
  readonly binary: string;
  /** The child's script; another one in tests. */
  readonly script?: string;
}

/** One child for all calls of the process. It starts with the first request and again when it has died. */
export class EspeakProcess {
  private readonly options: EspeakProcessOptions;
  private child: Child | undefined;
  private wasReady = false;
  private complaint = "";
  private nextId = 1;
  private readonly pending = new Map<number, Pending>();

  constructor(options: EspeakProcessOptions) {
    this.options = options;
  }

  /** The child's process id while it runs. */
  get pid(): number | undefined {
    return this.child?.pid;
  }

  /** Starts the child ahead of use. */
  start(): void {
    this.child ??= this.spawnChild();
  }

  /** Returns a function that cancels; after it nothing is told. */
  speak(request: EspeakRequest): () => void {
    const id = this.nextId++;
    this.pending.set(id, { request, deliveredBytes: 0, skipBytes: 0, wasRetried: false });
    this.start();
    this.send(id);
    return () => {
      if (this.pending.delete(id)) this.child?.stdin.write(encodeCommand({ cancel: id }));
    };
  }

  /** Ends the child, which keeps this process running while it lives. */
  stop(): void {
    const { child } = this;
    this.child = undefined;
    child?.stdin.end();
    this.failAll("The voice was stopped.");
  }

  private send(id: number): void {
    const request = this.pending.get(id)?.request;
    if (!request) return;
    const { text, language, voice, format } = request;
    this.child?.stdin.write(encodeCommand({ id, text, language, format, ...(voice === undefined ? {} : { voice }) }));
  }

  private spawnChild(): Child {
    const script = this.options.script ?? childProgram;
    const child = spawn(process.execPath, [script, this.options.binary], {
      stdio: ["pipe", "pipe", "pipe"],
      env: { PATH: programFolders }, // none of the platform's secrets
    });
    this.wasReady = false;
    this.complaint = "";
    const read = createFrameReader((body) => this.onAnswer(child, decodeAnswer(body)));
    child.stdout.on("data", read);
    child.stderr.on("data", (chunk: Buffer) => {
      this.complaint = (this.complaint + chunk.toString()).slice(-longestWords);
    });
    child.stdin.on("error", () => undefined); // it died; `close` tells
    child.once("error", (error) => this.onGone(child, error.message));
    child.once("close", (code, signal) =>
      this.onGone(child, this.complaint.trim() || `It ended with ${code ?? signal}.`),
    );
    return child;
  }

  private onAnswer(child: Child, answer: EspeakAnswer): void {
    if (child !== this.child) return;
    if (answer.kind === answerKind.ready) this.wasReady = true;
    const pending = this.pending.get(answer.id);
    if (!pending) return;
    if (answer.kind === answerKind.audio) return deliver(pending, answer);
    this.pending.delete(answer.id);
    if (answer.kind === answerKind.end) pending.request.onEnd();
    else pending.request.onError(failure(answer.bytes.toString()));
  }

  private onGone(child: Child, words: string): void {
    if (child !== this.child) return;
    this.child = undefined;
    // A child that never came up will not come up the next time either.
    if (!this.wasReady) return this.failAll(words);
    for (const [id, pending] of [...this.pending]) {
      if (!pending.wasRetried) continue;
      this.pending.delete(id);
      pending.request.onError(failure(words));
    }
    if (this.pending.size === 0) return;
    this.start();
    for (const [id, pending] of this.pending) {
      pending.wasRetried = true;
      pending.skipBytes = pending.deliveredBytes;
      this.send(id);
    }
  }

  private failAll(words: string): void {
    const all = [...this.pending.values()];
    this.pending.clear();
    for (const { request } of all) request.onError(failure(words));
  }
}

/** The same text takes the same time again: what was delivered before a restart is left out of what comes after it. */
function deliver(pending: Pending, { bytes, chars }: EspeakAnswer): void {
  const skipped = Math.min(pending.skipBytes, bytes.length);
  pending.skipBytes -= skipped;
  const fresh = bytes.subarray(skipped);
  if (fresh.length === 0) return;
  pending.deliveredBytes += fresh.length;
  pending.request.onAudio(fresh, chars);
}

function failure(vendorMessage: string): ProviderError {
  return new ProviderError("The built-in voice failed.", {
    provider: espeakProvider,
    category: "overloaded",
    permanent: false,
    vendorMessage: vendorMessage.slice(0, longestWords),
  });
}
