/** Who read what of a caller. A reader asks for many parts of one call: one entry in so long. */
import type { Clock } from "../../kernel/clock.ts";
import type { OrgDb } from "../../platform/db/org-db.ts";
import type { Actor } from "../../platform/http/principal.ts";
import type { AuditLog } from "./audit-log.ts";

const oneReadingMs = 15 * 60_000;
const mostKept = 10_000;

export interface Reading {
  readonly orgId: string;
  readonly actor: Actor;
  /** `noun.verb`. */
  readonly action: string;
  readonly subject: string;
}

export interface ReadingLog {
  /** Resolves when it is on record. Throws when it cannot be: then nothing may be shown. */
  note(reading: Reading): Promise<void>;
}

export function createReadingLog(parts: { db: OrgDb; audit: AuditLog; clock: Clock }): ReadingLog {
  const { db, audit, clock } = parts;
  const readings = new Map<string, { readonly atMs: number; readonly noted: Promise<void> }>();
  return {
    async note({ orgId, actor, action, subject }) {
      const atMs = clock.wallNow();
      const name = [actor.kind, actor.id, action, subject].join(" ");
      const former = readings.get(name);
      if (former !== undefined && atMs - former.atMs < oneReadingMs) return await former.noted;
      const noted = db.withOrg(orgId, (tx) => audit.append(tx, { orgId, actor, action, subject }));
      if (readings.size >= mostKept) readings.clear();
      readings.set(name, { atMs, noted });
      try {
        await noted;
      } catch (error) {
        readings.delete(name);
        throw error;
      }
    },
  };
}
