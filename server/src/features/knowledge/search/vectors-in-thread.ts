/** `NearestVectors` without pgvector: a thread that is started by the first question and ends when nobody asks any more. */
import { Worker } from "node:worker_threads";
import type { Clock } from "../../../kernel/clock.ts";
import type { NearestHit, NearestRequest, NearestVectors } from "./nearest.ts";
import type { ThreadAnswer, ThreadQuestion, ThreadSettings } from "./vector-thread.ts";

export interface ThreadVectorsOptions {
  /** Of the application's login. */
  readonly databaseUrl: string;
  readonly clock: Clock;
  /** What the thread holds at most; 256 MB unless told. */
  readonly maxBytes?: number;
}

export interface ThreadVectors extends NearestVectors {
  close(): Promise<void>;
}

const idleEndsAfterMs = 10 * 60_000;

interface Waiting {
  readonly resolve: (hits: readonly NearestHit[]) => void;
  readonly reject: (error: Error) => void;
}

export function createThreadVectors(options: ThreadVectorsOptions): ThreadVectors {
  const { databaseUrl, clock, maxBytes = 256 * 1024 * 1024 } = options;
  const waiting = new Map<number, Waiting>();
  let thread: Worker | undefined;
  let numbers = 0;
  let cancelIdle = () => {};

  const end = async (reason: string): Promise<void> => {
    const ended = thread;
    thread = undefined;
    cancelIdle();
    for (const { reject } of waiting.values()) reject(new Error(`vectors cannot be compared: ${reason}`));
    waiting.clear();
    await ended?.terminate();
  };
  const settle = (answer: ThreadAnswer) => {
    const asked = waiting.get(answer.number);
    waiting.delete(answer.number);
    if ("hits" in answer) asked?.resolve(answer.hits);
    else asked?.reject(new Error(`vectors cannot be compared: ${answer.fault}`));
  };
  const start = (): Worker => {
    const workerData: ThreadSettings = { databaseUrl, maxBytes };
    const worker = new Worker(new URL("./vector-thread.ts", import.meta.url), { workerData });
    // It keeps no process alive, and one that breaks is made anew by the next question.
    worker.unref();
    worker.on("message", settle);
    worker.on("error", () => void (worker === thread && end("the thread broke")));
    worker.on("exit", () => void (worker === thread && end("the thread ended")));
    return worker;
  };
  return {
    find(request: NearestRequest) {
      thread ??= start();
      cancelIdle();
      cancelIdle = clock.setTimer(idleEndsAfterMs, () => void end("nobody asked"));
      const number = ++numbers;
      const { promise, resolve, reject } = Promise.withResolvers<readonly NearestHit[]>();
      waiting.set(number, { resolve, reject });
      thread.postMessage({ ...request, number } satisfies ThreadQuestion);
      return promise;
    },
    close: () => end("the process stops"),
  };
}
