/** An organisation's settings: addresses of its own people are in them, so they are sealed. */
import { type NotificationSettings, notificationSettings } from "@parley/contract/notifications";
import { newKey, open, seal, unwrapKey, wrapKey } from "../../platform/crypto/envelope.ts";
import type { OrgTx } from "../../platform/db/org-db.ts";
import type { NotePart } from "./notification-parts.ts";
import { notificationSettingsTable } from "./notifications.table.ts";

const placeOf = (orgId: string) => ({ orgId, owner: orgId, seq: "settings" });

export async function readSettings(
  tx: OrgTx,
  orgId: string,
  { organizations }: Pick<NotePart, "organizations">,
): Promise<NotificationSettings> {
  const [row] = await tx.select().from(notificationSettingsTable);
  if (row === undefined) return notificationSettings.parse({});
  const key = unwrapKey(await organizations.keyOf(tx, orgId), row.keyWrap, orgId);
  return notificationSettings.parse(open(key, placeOf(orgId), row.sealedSettings));
}

export async function writeSettings(
  tx: OrgTx,
  { orgId, settings }: { orgId: string; settings: NotificationSettings },
  { organizations, clock }: Pick<NotePart, "organizations" | "clock">,
): Promise<void> {
  const key = newKey();
  const columns = {
    keyWrap: wrapKey(await organizations.keyOf(tx, orgId), key, orgId),
    sealedSettings: seal(key, placeOf(orgId), settings),
    digestAt: settings.toOwner.digestAt,
    updatedAt: new Date(clock.wallNow()),
  };
  await tx
    .insert(notificationSettingsTable)
    .values({ orgId, ...columns })
    .onConflictDoUpdate({ target: notificationSettingsTable.orgId, set: columns });
}
