/**
 * The ends of the audit chains, noted outside the database: whoever may write there can rewrite a whole chain or cut its end, and
 * nothing inside would show it. Lines of DATA_DIR/audit-anchors.ndjson, only ever added, and of the log, which an operator ships
 * away from the machine.
 */
import { createReadStream } from "node:fs";
import { appendFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { z } from "zod";
import type { Clock } from "../../kernel/clock.ts";
import type { LogLine } from "../../platform/db/log-line.ts";
import type { OrgDb } from "../../platform/db/org-db.ts";
import type { JobWorker } from "../../platform/queue/queue.ts";
import { auditHeads } from "./audit.table.ts";

const anchor = z.object({ at: z.string(), orgId: z.string(), seq: z.number().int(), hash: z.string() });
export type Anchor = z.infer<typeof anchor>;

export interface AuditAnchors {
  /** Notes each chain that has grown since. Returns how many. */
  note(): Promise<number>;
  /** In the order they were noted; nothing when there is no file. Lines that cannot be read are passed over. */
  of(orgId: string): Promise<Anchor[]>;
}

export interface AuditAnchorParts {
  readonly db: OrgDb;
  readonly clock: Clock;
  readonly log: LogLine;
  readonly dataDir: string;
}

export function createAuditAnchors({ db, clock, log, dataDir }: AuditAnchorParts): AuditAnchors {
  const path = join(dataDir, "audit-anchors.ndjson");
  const noted = new Map<string, number>();
  return {
    async note() {
      let count = 0;
      for (const orgId of await db.askForIds("organizations_to_tend")) {
        const [head] = await db.withOrg(orgId, (tx) => tx.select().from(auditHeads));
        if (head === undefined || noted.get(orgId) === head.seq) continue;
        const hash = head.hash.toString("hex");
        const line: Anchor = { at: new Date(clock.wallNow()).toISOString(), orgId, seq: head.seq, hash };
        await mkdir(dataDir, { recursive: true });
        await appendFile(path, `${JSON.stringify(line)}\n`, { mode: 0o600 });
        log("info", "audit chain", { orgId, seq: head.seq, hash });
        noted.set(orgId, head.seq);
        count++;
      }
      return count;
    },
    of: async (orgId) => (await readAnchors(path)).filter((each) => each.orgId === orgId),
  };
}

async function readAnchors(path: string): Promise<Anchor[]> {
  const found: Anchor[] = [];
  try {
    for await (const line of createInterface({ input: createReadStream(path) })) {
      const read = anchor.safeParse(parse(line));
      if (read.success) found.push(read.data);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  return found;
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

export const noteAnchorsHourly = (worker: JobWorker, anchors: AuditAnchors): Promise<void> =>
  worker.schedule("audit.anchor", "7 * * * *", async () => void (await anchors.note()));
