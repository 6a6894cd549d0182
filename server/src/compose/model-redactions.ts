/** By an organisation's policy and an agent's wish: what language models do not get to read. */
import { redactedKinds } from "@parley/contract/privacy";
import type { ModelRedaction } from "../call/call-plan.ts";
import { maskCardNumbers } from "../call/record/redact.ts";
import { readPlace } from "../features/organizations/index.ts";
import { readPolicy } from "../features/privacy/index.ts";
import type { OrgDb } from "../platform/db/org-db.ts";
import type { ModelRedactions } from "./call-gates.ts";

export function modelRedactions(db: OrgDb): ModelRedactions {
  return {
    of: (orgId, all) =>
      db.withOrg(orgId, async (tx) => {
        const kinds = all ? redactedKinds : (await readPolicy(tx)).redactBeforeModel;
        if (kinds.length === 0) return undefined;
        const { country } = await readPlace(tx);
        return { kinds, ...(country === null ? {} : { country }) };
      }),
  };
}

/** For a model that nobody waits for: what it reads is masked for good. */
export async function maskerOf({ kinds, country }: ModelRedaction): Promise<(text: string) => string> {
  const { redactText } = await import("../platform/redact/redact-text.ts");
  return (text) => redactText(text, { kinds, maskCards: maskCardNumbers, country });
}
