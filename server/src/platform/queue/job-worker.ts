/** Runs jobs, in the worker process only. One job at a time for each slot of a queue: a job that throws touches no other. */
import type { Job, JobWithMetadata, PgBoss } from "pg-boss";
import { DbError } from "../db/db-error.ts";
import type { LogLine } from "../db/log-line.ts";
import type { JobDefinition, JobRun, JobWorker } from "./queue.ts";
import { queueOptions, queueSchema } from "./queue-options.ts";

export interface RunningJobWorker extends JobWorker {
  /** Takes no more; jobs in flight have `graceMs` (1000 at least), then their signal aborts and they are put back. */
  stop(graceMs: number): Promise<void>;
}

export interface JobWorkerOptions {
  /** Login of the application. */
  readonly url: string;
  readonly log: LogLine;
  /** Seconds between looks for jobs of dead workers and jobs that take too long. 15 unless told. */
  readonly superviseEverySeconds?: number;
  /** A worker that is killed says nothing: seconds without a sign of life until its jobs are put back. 15 unless told, 10 at least. */
  readonly heartbeatSeconds?: number;
}

/**
 * A new job is told by NOTIFY; looking by itself finds those that wait for a time. A retry and a job with `startAfter` begin up to
 * five seconds after their time.
 */
const lookEverySeconds = 5;
const lookWhenUntoldSeconds = 1;

/** Starts at once, without handlers. Needs the tables of `prepareQueueSchema`; makes and owns none. */
export async function createJobWorker(options: JobWorkerOptions): Promise<RunningJobWorker> {
  const { url, log, superviseEverySeconds = 15 } = options;
  const { PgBoss: Boss } = await import("pg-boss");
  const boss = new Boss({
    connectionString: url,
    application_name: "parley-jobs",
    schema: queueSchema,
    max: 4,
    migrate: false,
    createSchema: false,
    reindex: false,
    monitorVacuum: false,
    useListenNotify: true,
    monitorIntervalSeconds: superviseEverySeconds,
    superviseIntervalSeconds: superviseEverySeconds,
    cronMonitorIntervalSeconds: 15,
    cronWorkerIntervalSeconds: 5,
  });
  boss.on("error", (error) => log("error", "the job queue had an error", { kind: kindOf(error) }));
  await boss.start();
  return new BossWorker(boss, options);
}

class BossWorker implements RunningJobWorker {
  private readonly boss: PgBoss;
  private readonly log: LogLine;
  private readonly heartbeatSeconds: number | undefined;

  constructor(boss: PgBoss, { log, heartbeatSeconds }: JobWorkerOptions) {
    this.boss = boss;
    this.log = log;
    this.heartbeatSeconds = heartbeatSeconds;
  }

  async handle<Payload>(
    job: JobDefinition<Payload>,
    run: (payload: Payload, about: JobRun) => Promise<void>,
  ): Promise<void> {
    await this.makeQueue(job.name, queueOptions(job));
    const work = async (one: JobWithMetadata<object>) => run(job.payload.parse(one.data), aboutOf(one));
    for (let slot = 0; slot < (job.concurrency ?? 2); slot++) await this.work(job.name, work);
  }

  async schedule(name: string, cron: string, run: (about: JobRun) => Promise<void>): Promise<void> {
    await this.makeQueue(name, queueOptions({ retries: 2 }));
    await this.boss.schedule(name, cron, null, { tz: "UTC" });
    await this.work(name, (one) => run(aboutOf(one)));
  }

  async stop(graceMs: number): Promise<void> {
    await this.boss.stop({ graceful: true, timeout: Math.max(1000, graceMs) });
  }

  /** Queues outlive versions: one that is there takes the settings of this one. */
  private async makeQueue(name: string, options: ReturnType<typeof queueOptions>): Promise<void> {
    const { heartbeatSeconds = options.heartbeatSeconds } = this;
    await this.boss.createQueue(name, { ...options, heartbeatSeconds });
    const { policy: _fixed, ...changeable } = { ...options, heartbeatSeconds };
    await this.boss.updateQueue(name, changeable);
  }

  /** One slot. After a job it looks for the next at once: pg-boss alone would wait for the next look. */
  private async work(name: string, run: (job: JobWithMetadata<object>) => Promise<void>): Promise<void> {
    const slot: { id?: string } = {};
    const options = {
      includeMetadata: true as const,
      batchSize: 1,
      pollingIntervalSeconds: lookWhenUntoldSeconds,
      notifyPollingIntervalSeconds: lookEverySeconds,
    };
    slot.id = await this.boss.work<object, void, typeof options>(name, options, async (jobs) => {
      try {
        for (const job of jobs) await this.runOne(job, run);
      } finally {
        if (slot.id !== undefined) this.boss.notifyWorker(slot.id);
      }
    });
  }

  /** What a handler throws may hold words of a call, and pg-boss keeps it: only its kind goes on. */
  private async runOne(
    job: JobWithMetadata<object>,
    run: (job: JobWithMetadata<object>) => Promise<void>,
  ): Promise<void> {
    try {
      await run(job);
    } catch (error) {
      const facts = { job: job.name, id: job.id, attempt: job.retryCount, kind: kindOf(error) };
      const isLast = job.retryCount >= job.retryLimit;
      this.log(isLast ? "error" : "warn", isLast ? "a job failed for the last time" : "a job failed", facts);
      const failure = new Error(facts.kind);
      delete failure.stack;
      throw failure;
    }
  }
}

const aboutOf = (job: Job<object> & { retryCount: number }): JobRun => ({
  signal: job.signal,
  attempt: job.retryCount,
});

function kindOf(error: unknown): string {
  if (error instanceof DbError) return `database-${error.code}`;
  if (!(error instanceof Error)) return "unknown";
  return "code" in error && typeof error.code === "string" ? `${error.name} ${error.code}` : error.name;
}
