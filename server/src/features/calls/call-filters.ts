/** Which calls: the conditions of a list, each answered by an index of its own. */
import type { callFilters } from "@parley/contract/call-filters";
import { eq, gte, isNull, type SQL, sql } from "drizzle-orm";
import type { z } from "zod";
import { AppError } from "../../kernel/app-error.ts";
import { hashOfCaller } from "./caller.ts";
import { calls } from "./calls.table.ts";

export type CallFilters = Partial<z.output<typeof callFilters>>;

/** Without the searched words. Throws AppError `bad_request` for a number that cannot be read. */
export function conditionsOf(filters: CallFilters, orgKey: Buffer): SQL[] {
  const equal = [
    "externalId",
    "agentId",
    "agentVersion",
    "variant",
    "contactId",
    "channel",
    "direction",
    "status",
    "hangUpReason",
  ] as const;
  const conditions: SQL[] = [isNull(calls.erasedAt)];
  for (const name of equal) {
    const value = filters[name];
    if (value !== undefined) conditions.push(eq(calls[name], value));
  }
  if (filters.since !== undefined) conditions.push(sql`${calls.startedAt} >= ${filters.since}::timestamptz`);
  if (filters.until !== undefined) conditions.push(sql`${calls.startedAt} < ${filters.until}::timestamptz`);
  if (filters.minDurationMs !== undefined) conditions.push(gte(calls.durationMs, filters.minDurationMs));
  if (filters.phone !== undefined) conditions.push(sql`${calls.callerHash} = ${hashOf(filters.phone, orgKey)}`);
  // Written out: a parameter would keep the planner from the index on a boolean.
  if (filters.hasRecording !== undefined) conditions.push(sql`${calls.hasRecording} = ${raw(filters.hasRecording)}`);
  if (filters.reviewed !== undefined) {
    conditions.push(filters.reviewed ? sql`${calls.review} is not null` : sql`${calls.review} is null`);
  }
  return conditions;
}

const raw = (value: boolean) => sql.raw(String(value));

/** A plus in an address is a space when it arrives. */
function hashOf(phone: string, orgKey: Buffer): Buffer {
  const digits = phone.normalize("NFKC").replace(/[\s().-]/g, "");
  const hash = hashOfCaller(orgKey, digits.replace(/^(?:\+|00)?/, "+"));
  if (hash !== undefined) return hash;
  throw new AppError("bad_request", {
    publicMessage: "phone is no number we can read. Write it with its country code, such as +201001234567.",
  });
}
