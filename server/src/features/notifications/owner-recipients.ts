/** The owner's people: named in rows by ids and hashes, never by their addresses. */
import type { NotificationSettings } from "@parley/contract/notifications";
import type { OrgTx } from "../../platform/db/org-db.ts";
import type { NotificationParts } from "./notification-parts.ts";
import { hashOfAddress } from "./people.ts";

type Knowing = Pick<NotificationParts, "ownersOf" | "organizations">;

interface OwnerRecipient {
  readonly channel: "sms" | "email";
  readonly recipient: string;
}

/** The addresses of the settings; by mail the owners themselves when there are none. */
export async function ownerRecipients(
  tx: OrgTx,
  about: { orgId: string; settings: NotificationSettings; how: { readonly sms: boolean; readonly email: boolean } },
  parts: Knowing,
): Promise<OwnerRecipient[]> {
  const { orgId, settings, how } = about;
  const { emails, phones } = settings.toOwner;
  const orgKey = await parts.organizations.keyOf(tx, orgId);
  const named = (address: string) => `address:${hashOfAddress(orgKey, address)}`;
  const members = how.email && emails === null ? await parts.ownersOf(tx) : [];
  return [
    ...members.map(({ userId }) => ({ channel: "email" as const, recipient: `user:${userId}` })),
    ...(how.email ? (emails ?? []) : []).map((email) => ({ channel: "email" as const, recipient: named(email) })),
    ...(how.sms ? phones : []).map((phone) => ({ channel: "sms" as const, recipient: named(phone) })),
  ];
}

/** Undefined when they are no owner any more, or the settings have another address by now. */
export async function addressOf(
  tx: OrgTx,
  about: OwnerRecipient & { readonly orgId: string; readonly settings: NotificationSettings },
  parts: Knowing,
): Promise<{ address: string; language?: string } | undefined> {
  const [form, id] = about.recipient.split(":");
  if (form === "user") {
    const owner = (await parts.ownersOf(tx)).find(({ userId }) => userId === id);
    return owner && { address: owner.email, language: owner.language };
  }
  const orgKey = await parts.organizations.keyOf(tx, about.orgId);
  const { emails, phones } = about.settings.toOwner;
  const known = about.channel === "sms" ? phones : (emails ?? []);
  const address = known.find((each) => hashOfAddress(orgKey, each) === id);
  return address === undefined ? undefined : { address };
}
