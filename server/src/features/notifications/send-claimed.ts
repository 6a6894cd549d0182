/**
 * Sends what was claimed, and notes what became of it. The carrier knows no idempotency key: from the second attempt on, its list is
 * asked first. Mail cannot be looked for; its Message-ID is the same each time.
 */
import { and, eq, inArray } from "drizzle-orm";
import { ProviderError } from "../../kernel/app-error.ts";
import { hostOf } from "./business.ts";
import type { Claim } from "./claim-notification.ts";
import type { NotificationParts } from "./notification-parts.ts";
import { notifications } from "./notifications.table.ts";
import { type Settlement, settle } from "./settle-notification.ts";
import type { CarriedText } from "./text-carrier.port.ts";
import type { Content } from "./write-notification.ts";

/** Of the claim, what the sending and its note may take. */
const lastStartMs = 30_000;
const sendWithinMs = 15_000;

export async function sendClaimed(parts: NotificationParts, claim: Claim, signal: AbortSignal): Promise<void> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(sendWithinMs)]);
  const { content } = claim;
  const settlement = await (content.channel === "sms"
    ? sendText(parts, { claim, content }, limited)
    : sendMail(parts, { claim, content })
  ).catch((error: unknown) => toFailure(parts, error));
  await settle(parts, claim, settlement);
}

type TextContent = Extract<Content, { channel: "sms" }>;
type MailContent = Extract<Content, { channel: "email" }>;

async function sendText(
  parts: NotificationParts,
  { claim, content }: { claim: Claim; content: TextContent },
  signal: AbortSignal,
): Promise<Settlement> {
  const { sender, row } = claim;
  const { from, to, body } = content;
  if (from === null || sender?.number !== from) return { kind: "failed", reason: "no-number-to-send-from" };
  const sent = row.attempts > 1 ? await findSent(parts, { claim, content }, signal) : undefined;
  if (sent !== undefined) return { kind: "sent", text: sent };
  if (isSlow(parts, claim)) return { kind: "again", reason: "too-slow" };
  const statusUrl =
    parts.publicUrl === undefined
      ? {}
      : { statusUrl: `${parts.publicUrl}/telephony/twilio/text-status?notification=${row.id}` };
  const text = await parts.carrier.send(sender.login, { from, to, body, ...statusUrl }, signal);
  return { kind: "sent", text };
}

/** A sleeping process may wake when another one has the claim. */
const isSlow = ({ clock }: NotificationParts, { row }: Claim) =>
  clock.wallNow() > (row.claimedUntil?.getTime() ?? 0) - lastStartMs;

/** The same words to the same number that no other notification has. */
async function findSent(
  parts: NotificationParts,
  { claim, content }: { claim: Claim; content: TextContent },
  signal: AbortSignal,
): Promise<CarriedText | undefined> {
  const { row, sender } = claim;
  if (sender === undefined) return undefined;
  const sinceMs = (row.firstAttemptAt ?? row.createdAt).getTime();
  const wanted = { from: sender.number, to: content.to, body: content.body, sinceMs };
  const found = await parts.carrier.find(sender.login, wanted, signal);
  if (found.length === 0) return undefined;
  const ids = found.map(({ externalId }) => externalId);
  const known = await parts.db.withOrg(row.orgId, (tx) =>
    tx
      .select({ externalId: notifications.externalId })
      .from(notifications)
      .where(and(eq(notifications.orgId, row.orgId), inArray(notifications.externalId, ids))),
  );
  return found.find(({ externalId }) => !known.some((each) => each.externalId === externalId));
}

async function sendMail(
  parts: NotificationParts,
  { claim, content }: { claim: Claim; content: MailContent },
): Promise<Settlement> {
  if (isSlow(parts, claim)) return { kind: "again", reason: "too-slow" };
  const { to, subject, text, calendar } = content;
  const messageId = `<${claim.row.id}@${hostOf(parts.origin())}>`;
  await parts.mailer.sendMail({ to, subject, text, messageId, ...(calendar === undefined ? {} : { calendar }) });
  return { kind: "mailed" };
}

/** A refusal is final; of anything else nobody knows whether it was sent. */
function toFailure({ carrier }: NotificationParts, error: unknown): Settlement {
  if (carrier.saysOptedOut(error)) return { kind: "failed", reason: "opted-out", isOptedOut: true };
  if (error instanceof ProviderError) {
    // The carrier's own number, never its words: they may hold the recipient.
    const code = /^(\d{5})\b|\((\d{5})\b/.exec(error.vendorMessage ?? "");
    const reason = code?.[1] ?? code?.[2] ?? error.category;
    return error.permanent ? { kind: "failed", reason } : { kind: "again", reason };
  }
  const responseCode = error instanceof Error && "responseCode" in error ? Number(error.responseCode) : 0;
  if (responseCode >= 500) return { kind: "failed", reason: `smtp-${responseCode}` };
  return { kind: "again", reason: responseCode > 0 ? `smtp-${responseCode}` : "not-reached" };
}
