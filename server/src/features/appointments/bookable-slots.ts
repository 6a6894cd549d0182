/** Which times of the book may be had, and what to offer instead of one that may not. */
import { and, eq, gt, lt } from "drizzle-orm";
import type { OrgTx } from "../../platform/db/org-db.ts";
import { appointments } from "./appointments.table.ts";
import {
  type BusinessProfile,
  freeSlots,
  type Interval,
  isBookable,
  isWithinOpening,
  localDate,
  localWords,
  openingsOn,
  parseLocalTime,
} from "./business-profile.ts";

export const failed = (publicMessage: string) => ({ ok: false, publicMessage }) as const;

export function slotAt(profile: BusinessProfile, startsAt: string, durationMs: number): Interval | undefined {
  const startMs = parseLocalTime(profile, startsAt);
  return startMs === undefined ? undefined : { startMs, endMs: startMs + durationMs };
}

interface Wish {
  readonly profile: BusinessProfile;
  readonly slot: Interval;
  readonly nowMs: number;
}

/** Why this time cannot be had whoever else has booked; undefined when it can. */
export async function refuse(tx: OrgTx, wish: Wish) {
  const { profile, slot, nowMs } = wish;
  if (slot.startMs < nowMs) return failed("That time has passed. Offer a coming one.");
  if (!isBookable(profile, slot.startMs, nowMs)) {
    return failed(
      `Appointments can be made up to ${profile.maxAheadDays} days ahead, and not within the next ${Math.round(profile.minNoticeMs / 60_000)} minutes.`,
    );
  }
  if (isWithinOpening(profile, slot)) return undefined;
  return failed(`We are closed then. ${await alternatives(tx, wish)}`);
}

export const taken = async (tx: OrgTx, wish: Wish) => failed(`That time is taken. ${await alternatives(tx, wish)}`);

/** The nearest free times of that day, or of the next day that has any. */
async function alternatives(tx: OrgTx, { profile, slot, nowMs }: Wish): Promise<string> {
  const durationMs = slot.endMs - slot.startMs;
  for (let day = 0; day < 10; day++) {
    const date = localDate(profile, slot.startMs + day * 86_400_000);
    const starts =
      openingsOn(profile, date).length === 0 ? [] : await slotsOn(tx, { profile, date, durationMs, nowMs });
    const nearest = starts.toSorted((a, b) => Math.abs(a - slot.startMs) - Math.abs(b - slot.startMs)).slice(0, 3);
    if (nearest.length > 0)
      return `Free instead: ${nearest
        .sort((a, b) => a - b)
        .map((start) => localWords(profile, start))
        .join("; ")}.`;
  }
  return "Nothing is free in the days after it either.";
}

export async function slotsOn(
  tx: OrgTx,
  query: { profile: BusinessProfile; date: string; durationMs: number; nowMs: number },
): Promise<number[]> {
  const openings = openingsOn(query.profile, query.date);
  const first = openings[0];
  if (first === undefined) return [];
  const lastEndMs = Math.max(...openings.map((open) => open.endMs));
  const rows = await tx
    .select({ startsAt: appointments.startsAt, endsAt: appointments.endsAt })
    .from(appointments)
    .where(
      and(
        eq(appointments.status, "active"),
        lt(appointments.startsAt, new Date(lastEndMs)),
        gt(appointments.endsAt, new Date(first.startMs)),
      ),
    );
  const busy = rows.map((row) => ({ startMs: row.startsAt.getTime(), endMs: row.endsAt.getTime() }));
  return freeSlots({ ...query, taken: busy });
}
