import { type PrivacyPolicy, privacyPolicy } from "@parley/contract/privacy";
import type { OrgTx } from "../../platform/db/org-db.ts";
import type { Actor } from "../../platform/http/principal.ts";
import { privacyPolicies } from "./privacy.tables.ts";
import type { PrivacyParts } from "./privacy-parts.ts";

/** What holds when nothing was decided: everything is kept, nothing is taken out of words. */
export async function readPolicy(tx: OrgTx): Promise<PrivacyPolicy> {
  const [row] = await tx.select({ policy: privacyPolicies.policy }).from(privacyPolicies);
  return privacyPolicy.parse(row?.policy ?? {});
}

export async function setPolicy(
  { db, clock, audit }: Pick<PrivacyParts, "db" | "clock" | "audit">,
  { orgId, actor }: { orgId: string; actor: Actor },
  policy: PrivacyPolicy,
): Promise<PrivacyPolicy> {
  return await db.withOrg(orgId, async (tx) => {
    const columns = { policy, updatedAt: new Date(clock.wallNow()) };
    await tx
      .insert(privacyPolicies)
      .values({ orgId, ...columns })
      .onConflictDoUpdate({ target: privacyPolicies.orgId, set: columns });
    const facts = {
      ...policy.retentionDays,
      contactErasure: policy.contactErasure,
      redact: policy.redactBeforeStorage,
      redactForModels: policy.redactBeforeModel,
    };
    await audit.append(tx, { orgId, actor, action: "privacy-policy.set", facts });
    return policy;
  });
}
