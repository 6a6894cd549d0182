/** A stranger's file into samples, by a process that is allowed little and ends soon. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { utteranceMaxMs } from "@parley/contract/utterances";
import { z } from "zod";
import { AppError } from "../../kernel/app-error.ts";

/** 16-bit mono, little-endian. */
export interface Sound {
  readonly sampleRateHz: number;
  readonly samples: Buffer;
  readonly durationMs: number;
}

const childPath = fileURLToPath(new URL("./decode-child.ts", import.meta.url));
const decodeWithinMs = 15_000;
/** At one time; more wait, and more than that are told so. */
const maxChildren = 2;
const maxWaiting = 8;
/** A minute of stereo at 192 kHz and the head. */
const maxOutputBytes = 24 * 1024 * 1024;

const faults = {
  unknown: [
    "unsupported_media_type",
    "The file is none that is taken here. Send wav, mp3, ogg (Opus, Vorbis) or webm (Opus).",
  ],
  broken: [
    "bad_request",
    "The sound cannot be decoded: the file is damaged, empty, or its codec is not taken here (wav, mp3, Opus, Vorbis are).",
  ],
  "too-long": ["bad_request", `The sound is longer than ${utteranceMaxMs / 1000} seconds. Send a shorter one.`],
} as const;

const head = z.union([
  z.object({ fault: z.enum(["unknown", "broken", "too-long"]) }),
  z.object({ sampleRateHz: z.number().int() }),
]);

const refuse = (fault: keyof typeof faults) => new AppError(faults[fault][0], { publicMessage: faults[fault][1] });

let running = 0;
const waiting: (() => void)[] = [];

async function takeTurn(): Promise<void> {
  if (running < maxChildren) {
    running++;
    return;
  }
  if (waiting.length >= maxWaiting) {
    throw new AppError("too_many_requests", {
      publicMessage: "Too many sounds are being decoded. Try again shortly.",
      retryAfterMs: 2000,
    });
  }
  await new Promise<void>((resolve) => waiting.push(resolve));
}

function passTurn(): void {
  const next = waiting.shift();
  if (next === undefined) running--;
  else next();
}

/** Throws AppError `unsupported_media_type`, `bad_request` or `too_many_requests`. */
export async function decodeSound(file: Buffer, signal: AbortSignal): Promise<Sound> {
  await takeTurn();
  try {
    signal.throwIfAborted();
    const output = await runChild(file, signal);
    const end = output?.indexOf(10) ?? -1;
    if (output === undefined || end < 0) throw refuse("broken");
    const told = head.parse(JSON.parse(output.subarray(0, end).toString("utf8")));
    if ("fault" in told) throw refuse(told.fault);
    // Copied, so that the samples lie where they can be read as such.
    const samples = Buffer.from(output.subarray(end + 1));
    const durationMs = Math.round((samples.length / 2 / told.sampleRateHz) * 1000);
    return { sampleRateHz: told.sampleRateHz, samples, durationMs };
  } finally {
    passTurn();
  }
}

/** Undefined: it crashed, took too long, or said too much. */
function runChild(file: Buffer, signal: AbortSignal): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ["--max-old-space-size=192", childPath, String(utteranceMaxMs)], {
      stdio: ["pipe", "pipe", "ignore"],
      env: {},
      signal,
      killSignal: "SIGKILL",
      timeout: decodeWithinMs,
    });
    const pieces: Buffer[] = [];
    let bytes = 0;
    child.stdout.on("data", (piece: Buffer) => {
      bytes += piece.length;
      if (bytes > maxOutputBytes) child.kill("SIGKILL");
      else pieces.push(piece);
    });
    child.on("error", () => resolve(undefined));
    child.on("close", (code) => resolve(code === 0 ? Buffer.concat(pieces) : undefined));
    // It may have ended before it read everything.
    child.stdin.on("error", () => undefined);
    child.stdin.end(file);
  });
}
