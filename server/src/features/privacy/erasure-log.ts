/**
 * What was erased, noted outside the database: ids only, in DATA_DIR/erasures.ndjson, only ever added to. Who restores an older
 * backup of the database, and with it keys that were destroyed since, has it erased again at the next start.
 */
import { appendFile, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { Clock } from "../../kernel/clock.ts";

const erasure = z.object({
  at: z.string(),
  kind: z.enum(["contact", "organization", "user"]),
  orgId: z.string(),
  subject: z.string(),
});
export type Erasure = z.infer<typeof erasure>;

export interface ErasureLog {
  note(what: Omit<Erasure, "at">): Promise<void>;
  /** Each once, in the order they were noted. */
  all(): Promise<Erasure[]>;
}

export function createErasureLog({ dataDir, clock }: { dataDir: string; clock: Clock }): ErasureLog {
  const path = join(dataDir, "erasures.ndjson");
  return {
    async note({ kind, orgId, subject }) {
      const line: Erasure = { at: new Date(clock.wallNow()).toISOString(), kind, orgId, subject };
      await mkdir(dataDir, { recursive: true });
      // On its own line also behind one that a kill has torn.
      await appendFile(path, `\n${JSON.stringify(line)}\n`, { mode: 0o600, flush: true });
    },
    async all() {
      const found = new Map<string, Erasure>();
      for (const line of (await readLog(path)).split("\n")) {
        const read = erasure.safeParse(parse(line));
        if (read.success) found.set(`${read.data.kind} ${read.data.orgId} ${read.data.subject}`, read.data);
      }
      return [...found.values()];
    },
  };
}

async function readLog(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  }
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
