/** Rows of notifications: written in the transaction of what they tell of. */
import { newKey, open, seal, unwrapKey, wrapKey } from "../../platform/crypto/envelope.ts";
import { newId } from "../../platform/db/new-id.ts";
import type { OrgTx } from "../../platform/db/org-db.ts";
import type { NotePart } from "./notification-parts.ts";
import { tendNotifications } from "./notifications.job.ts";
import { type NewNotification, type NotificationRow, notifications } from "./notifications.table.ts";

/** The words of one that is under way. Sealed; destroyed when it is over. */
export type Content =
  | { readonly channel: "sms"; readonly from: string | null; readonly to: string; readonly body: string }
  | {
      readonly channel: "email";
      readonly to: string;
      readonly subject: string;
      readonly text: string;
      readonly calendar?: { readonly method: "REQUEST" | "CANCEL"; readonly content: string };
    };

export type Wanted = Omit<
  NewNotification,
  "id" | "orgId" | "createdAt" | "dueAt" | "happenedAt" | "keyWrap" | "sealedContent"
> & {
  readonly happenedAt?: Date;
  readonly dueAt?: Date;
  /** Where the words are known already. */
  readonly content?: Content;
};

const placeOf = (row: Pick<NotificationRow, "id" | "orgId">) => ({ orgId: row.orgId, owner: row.id, seq: "content" });

export function sealContent(orgKey: Buffer, row: Pick<NotificationRow, "id" | "orgId">, content: Content) {
  const key = newKey();
  return { keyWrap: wrapKey(orgKey, key, row.id), sealedContent: seal(key, placeOf(row), content) };
}

export function openContent(orgKey: Buffer, row: NotificationRow): Content | undefined {
  if (row.keyWrap === null || row.sealedContent === null) return undefined;
  return open(unwrapKey(orgKey, row.keyWrap, row.id), placeOf(row), row.sealedContent) as Content;
}

/** What was written already is left alone. Resolves with the ids of those that are new. */
export async function writeNotifications(
  tx: OrgTx,
  { orgId, wanted }: { orgId: string; wanted: readonly Wanted[] },
  { organizations, clock }: Pick<NotePart, "organizations" | "clock">,
): Promise<string[]> {
  if (wanted.length === 0) return [];
  const orgKey = await organizations.keyOf(tx, orgId);
  const now = new Date(clock.wallNow());
  const rows = wanted.map(({ content, ...columns }) => {
    const row = { id: newId("ntf", clock.wallNow()), orgId };
    const sealed = content === undefined ? {} : sealContent(orgKey, row, content);
    return { happenedAt: now, dueAt: now, ...columns, ...row, ...sealed, createdAt: now };
  });
  const written = await tx.insert(notifications).values(rows).onConflictDoNothing().returning({ id: notifications.id });
  return written.map(({ id }) => id);
}

/** The worker looks at once when the transaction commits. */
export async function askToTend(tx: OrgTx, orgId: string, { jobs }: Pick<NotePart, "jobs">): Promise<void> {
  await jobs.send(tx, tendNotifications, { orgId });
}
