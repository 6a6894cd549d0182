import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { z } from "zod";

const spokenSchema = z.object({
  id: z.number(),
  sampleRateHz: z.number(),
  samples: z.instanceof(Int16Array),
  /** `position` counts code points of the text. */
  words: z.array(z.object({ position: z.number(), startMs: z.number() })),
});
const failedSchema = z.object({ id: z.number(), error: z.string() });

export type EspeakSpeech = Omit<z.infer<typeof spokenSchema>, "id">;
type Waiting = { resolve: (speech: EspeakSpeech) => void; reject: (error: Error) => void };

const ANSWER_WITHIN_MS = 30_000;
const waiting = new Map<number, Waiting>();
let child: ChildProcess | undefined;
let lastId = 0;

function settle(message: unknown): void {
  const failed = failedSchema.safeParse(message);
  const spoken = spokenSchema.safeParse(message);
  const id = spoken.data?.id ?? failed.data?.id;
  const request = id === undefined ? undefined : waiting.get(id);
  if (id === undefined || !request) return;
  waiting.delete(id);
  if (spoken.data) request.resolve(spoken.data);
  else request.reject(new Error(`espeak could not speak: ${failed.data?.error}`));
  // An idle voice keeps no program alive.
  if (waiting.size === 0) child?.channel?.unref();
}

function lose(lost: ChildProcess, reason: string): void {
  if (child === lost) child = undefined;
  for (const request of waiting.values()) request.reject(new Error(reason));
  waiting.clear();
}

function startChild(): ChildProcess {
  const started = fork(fileURLToPath(new URL("./espeak-child.ts", import.meta.url)), [], {
    serialization: "advanced",
    execArgv: ["--no-warnings"],
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  started.unref();
  started.on("message", settle);
  started.on("error", (error) => lose(started, `the espeak process could not start: ${error.message}`));
  started.on("exit", (code) => lose(started, `the espeak process ended (code ${code})`));
  return started;
}

/** Has the espeak process speak `text` with an espeak voice name such as `en-us` or `ar`. */
export function speakInProcess(text: string, voice: string): Promise<EspeakSpeech> {
  child ??= startChild();
  const speaker = child;
  const id = ++lastId;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      waiting.delete(id);
      reject(new Error(`espeak gave no answer within ${ANSWER_WITHIN_MS} ms`));
    }, ANSWER_WITHIN_MS);
    const finish =
      <T>(deliver: (value: T) => void) =>
      (value: T): void => {
        clearTimeout(timer);
        deliver(value);
      };
    waiting.set(id, { resolve: finish(resolve), reject: finish(reject) });
    speaker.channel?.ref();
    speaker.send({ id, text, voice });
  });
}
