/**
 * Sends jobs inside the caller's transaction. Written in SQL, as pg-boss documents for other clients: loading pg-boss costs 60 ms
 * on the loop and 14 MB, and a media process has neither to give. `job-sender.test.ts` compares its rows with pg-boss's own.
 */
import { randomUUID } from "node:crypto";
import { sql } from "drizzle-orm";
import { z } from "zod";
import type { OrgTx } from "../db/org-db.ts";
import type { JobDefinition, JobSender } from "./queue.ts";
import { queueOptions } from "./queue-options.ts";

export function createJobSender(): JobSender {
  return {
    // oxlint-disable-next-line eslint/max-params -- what is sent, and how
    async send(tx, job, payload, options = {}) {
      const row: JobRow = {
        name: job.name,
        data: JSON.stringify(job.payload.parse(payload)),
        singletonKey: options.singletonKey ?? randomUUID(),
        startAfter: options.startAfter?.toISOString() ?? null,
        turnsOf: job.takesTurns === true ? turnsOf.parse(payload).orgId : null,
      };
      if (await insertJob(tx, row)) return;
      // No worker has made this queue yet.
      await makeQueue(tx, job);
      await insertJob(tx, row);
    },
  };
}

interface JobRow {
  readonly name: string;
  readonly data: string;
  readonly singletonKey: string;
  readonly startAfter: string | null;
  /** The organisation whose waiting jobs come before this one. */
  readonly turnsOf: string | null;
}

const turnsOf = z.object({ orgId: z.string() });

/** False when there is no such queue. A key that is taken is no failure. Wakes the workers when the transaction commits. */
async function insertJob(
  tx: OrgTx,
  { name, data, singletonKey, startAfter, turnsOf: orgId }: JobRow,
): Promise<boolean> {
  const { rows } = await tx.execute<{ queues: number }>(sql`
    with queue as (select * from pgboss.queue where name = ${name}),
    job as (
      insert into pgboss.job (name, data, priority, start_after, created_on, singleton_key, expire_seconds, deletion_seconds, keep_until,
        retry_limit, retry_delay, retry_backoff, retry_delay_max, policy, dead_letter, heartbeat_seconds)
      select q.name, ${data}::jsonb,
        case when ${orgId}::text is null then 0 else -(select count(*)::int from (
          select 1 from pgboss.job where name = ${name} and state < 'active' and data ->> 'orgId' = ${orgId} limit 1000) as before) end,
        coalesce(${startAfter}::timestamptz, pgboss.job_now()), pgboss.job_now(), ${singletonKey},
        q.expire_seconds, q.deletion_seconds,
        coalesce(${startAfter}::timestamptz, pgboss.job_now()) + q.retention_seconds * interval '1s',
        q.retry_limit, q.retry_delay, q.retry_backoff, q.retry_delay_max, q.policy, q.dead_letter, q.heartbeat_seconds
      from queue q
      on conflict do nothing
      returning start_after
    ),
    told as (
      select pg_notify('pgboss_' || left(encode(sha224('pgboss'::bytea), 'hex'), 24), ${name})
      from job where start_after <= pgboss.job_now()
    )
    select (select count(*)::int from queue) as queues, (select count(*) from told) as told`);
  return (rows[0]?.queues ?? 0) > 0;
}

async function makeQueue<Payload>(tx: OrgTx, job: JobDefinition<Payload>): Promise<void> {
  await tx.execute(sql`select pgboss.create_queue(${job.name}, ${JSON.stringify(queueOptions(job))}::jsonb)`);
}
