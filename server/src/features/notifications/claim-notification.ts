/** One notification at a time is taken in hand: its words are sealed beside it before anything is sent. */
import { and, asc, eq, isNull, lte, or } from "drizzle-orm";
import type { OrgTx } from "../../platform/db/org-db.ts";
import { readPlace } from "../organizations/index.ts";
import { type Composed, composeContent } from "./compose-content.ts";
import type { NotificationParts, TextSender } from "./notification-parts.ts";
import { type NotificationRow, notifications } from "./notifications.table.ts";
import { isOptedOut } from "./opt-outs.ts";
import { endOfQuiet } from "./quiet-hours.ts";
import { readSettings } from "./settings.ts";
import { tooManyTexts } from "./too-many-texts.ts";
import { type Content, openContent, sealContent } from "./write-notification.ts";

/** Longer than a look, a sending and its note take. Whoever is slower sends nothing any more. */
export const claimMs = 90_000;
/** What a caller has just done is confirmed at any hour. */
const freshMs = 15 * 60_000;

export interface Claim {
  /** As it stands with this attempt counted. */
  readonly row: NotificationRow;
  readonly content: Content;
  readonly sender: TextSender | undefined;
}

/** `nothing`: none is due. `settled`: one was put off or needs no sending any more. */
export type Claimed = Claim | "settled" | "nothing";

export async function claimNext(parts: NotificationParts, orgId: string): Promise<Claimed> {
  return await parts.db.withOrg(orgId, async (tx) => {
    const row = await nextDue(tx, new Date(parts.clock.wallNow()));
    return row === undefined ? "nothing" : await claim(tx, row, parts);
  });
}

async function nextDue(tx: OrgTx, now: Date): Promise<NotificationRow | undefined> {
  const { status, dueAt, claimedUntil, id } = notifications;
  const [row] = await tx
    .select()
    .from(notifications)
    .where(and(eq(status, "waiting"), lte(dueAt, now), or(isNull(claimedUntil), lte(claimedUntil, now))))
    .orderBy(asc(dueAt), asc(id))
    .limit(1)
    .for("update", { skipLocked: true });
  return row;
}

async function claim(tx: OrgTx, row: NotificationRow, parts: NotificationParts): Promise<Claimed> {
  const settings = await readSettings(tx, row.orgId, parts);
  const nowMs = parts.clock.wallNow();
  const quietUntil =
    row.channel === "sms" && !isAnswer(row, nowMs) ? await quietEnd(tx, settings.quietHours, nowMs) : undefined;
  if (quietUntil !== undefined) {
    await change(tx, row, { dueAt: new Date(quietUntil), reason: "quiet-hours", claimedUntil: null });
    return "settled";
  }
  const orgKey = await parts.organizations.keyOf(tx, row.orgId);
  const before = openContent(orgKey, row);
  const sender = row.channel === "sms" ? await findSender(tx, { row, before }, parts) : undefined;
  const composed: Composed =
    before === undefined ? await composeContent(tx, { row, settings, sender }, parts) : { content: before };
  if ("skip" in composed) return await skip(tx, row, { reason: composed.skip, now: new Date(nowMs) });
  const content = withSender(composed.content, sender);
  const refusal = await refusalOf(tx, { row, content }, parts);
  if (refusal !== undefined) return await skip(tx, row, { reason: refusal, now: new Date(nowMs) });
  const claimed = await change(tx, row, {
    ...sealContent(orgKey, row, content),
    ...{ attempts: row.attempts + 1, firstAttemptAt: row.firstAttemptAt ?? new Date(nowMs), reason: null },
    claimedUntil: new Date(nowMs + claimMs),
  });
  return { row: claimed, content, sender };
}

/** Follows from what its caller did in this minute: a call, or a text. */
function isAnswer({ kind, callId, happenedAt, recipient }: NotificationRow, nowMs: number): boolean {
  if (recipient !== "customer" || kind === "reminder" || nowMs - happenedAt.getTime() > freshMs) return false;
  return kind.startsWith("reply-") || callId !== null;
}

async function quietEnd(
  tx: OrgTx,
  hours: Parameters<typeof endOfQuiet>[0],
  nowMs: number,
): Promise<number | undefined> {
  const { timeZone } = await readPlace(tx);
  return endOfQuiet(hours, nowMs, timeZone);
}

interface Sending {
  readonly row: NotificationRow;
  readonly before: Content | undefined;
}

/** Once chosen it stays: a second attempt is looked for under it. */
async function findSender(
  tx: OrgTx,
  { row, before }: Sending,
  parts: NotificationParts,
): Promise<TextSender | undefined> {
  if (before?.channel === "sms" && before.from !== null) return await parts.senderOf(tx, row.orgId, before.from);
  const call = row.callId === null ? undefined : await parts.callOf(tx, { orgId: row.orgId, id: row.callId });
  return await parts.senderOf(tx, row.orgId, call?.direction === "inbound" ? call.to : call?.from);
}

function withSender(content: Content, sender: TextSender | undefined): Content {
  return content.channel === "sms" && content.from === null && sender !== undefined
    ? { ...content, from: sender.number }
    : content;
}

async function refusalOf(
  tx: OrgTx,
  { row, content }: { row: NotificationRow; content: Content },
  parts: NotificationParts,
): Promise<string | undefined> {
  // What may have gone out already is looked for first.
  if (content.channel !== "sms" || row.attempts > 0) return undefined;
  if (content.from === null) return "no-number-to-send-from";
  if (!(await parts.mayReach(tx, content.to))) return "country-not-allowed";
  if (row.recipientHash !== null && (await isOptedOut(tx, row.recipientHash))) return "opted-out";
  return await tooManyTexts(tx, row, parts.clock.wallNow());
}

async function change(tx: OrgTx, { id }: NotificationRow, columns: Partial<NotificationRow>): Promise<NotificationRow> {
  const [changed] = await tx.update(notifications).set(columns).where(eq(notifications.id, id)).returning();
  if (changed === undefined) throw new Error("a notification that was locked is gone");
  return changed;
}

async function skip(
  tx: OrgTx,
  row: NotificationRow,
  { reason, now }: { reason: string; now: Date },
): Promise<"settled"> {
  await change(tx, row, {
    ...{ status: "skipped", reason, finishedAt: now },
    ...{ claimedUntil: null, keyWrap: null, sealedContent: null },
  });
  return "settled";
}
