/**
 * Work that outlives a request or a call. A job is sent in the transaction of what asks for it: it is there when that commits and
 * was never there when it does not. It runs at least once; its handler makes the second run change nothing. Payloads carry
 * ids, never content.
 */
import type { z } from "zod";
import type { OrgTx } from "../db/org-db.ts";

export interface JobDefinition<Payload = unknown> {
  /** `noun.verb`, stable: stored jobs carry it. */
  readonly name: string;
  readonly payload: z.ZodType<Payload>;
  /** Runs after the first one, at most; then the job is dead and stays to be looked at. 5 unless told. */
  readonly retries?: number;
  /** Seconds until the first retry, up to five more; it doubles. 5 unless told. */
  readonly retryDelaySeconds?: number;
  /** Seconds a run may take before it counts as failed. 300 unless told. */
  readonly expireSeconds?: number;
  /** At one time in one worker process. 2 unless told. */
  readonly concurrency?: number;
  /** Organisations take turns: each one's second waiting job comes after every other's first. For what takes long. */
  readonly takesTurns?: boolean;
}

export function defineJob<Payload>(job: JobDefinition<Payload>): JobDefinition<Payload> {
  return job;
}

export interface SendOptions {
  /** It begins then or up to five seconds later. */
  readonly startAfter?: Date;
  /** While a job of this name and key waits or runs, another is not added. */
  readonly singletonKey?: string;
}

export interface JobSender {
  send<Payload>(tx: OrgTx, job: JobDefinition<Payload>, payload: Payload, options?: SendOptions): Promise<void>;
}

export interface JobRun {
  /** Aborts when the run takes too long or the worker stops. */
  readonly signal: AbortSignal;
  /** 0 for the first run. */
  readonly attempt: number;
}

export interface JobWorker {
  /** One handler for each job of this process. A handler that throws is run again later. */
  handle<Payload>(job: JobDefinition<Payload>, run: (payload: Payload, about: JobRun) => Promise<void>): Promise<void>;
  /** Runs at the times of a cron expression (UTC), once over all workers. */
  schedule(name: string, cron: string, run: (about: JobRun) => Promise<void>): Promise<void>;
}
