/** Calls' keys, unwrapped and remembered while they are in use. */
import { eq } from "drizzle-orm";
import { unwrapKey } from "../../platform/crypto/envelope.ts";
import type { OrgTx } from "../../platform/db/org-db.ts";
import type { Organizations } from "../organizations/index.ts";
import { calls } from "./calls.table.ts";

export interface CallKeys {
  /** Undefined when there is no such call, or its key was destroyed. */
  of(tx: OrgTx, call: { orgId: string; callId: string }): Promise<Buffer | undefined>;
  remember(callId: string, key: Buffer): void;
  forget(callId: string): void;
}

export function createCallKeys(organizations: Organizations): CallKeys {
  const known = new Map<string, Buffer>();
  const remember = (callId: string, key: Buffer) => {
    if (known.size >= 5000) known.clear();
    known.set(callId, key);
  };
  return {
    remember,
    forget: (callId) => void known.delete(callId),
    async of(tx, { orgId, callId }) {
      const key = known.get(callId);
      if (key !== undefined) return key;
      const [row] = await tx.select({ keyWrap: calls.keyWrap }).from(calls).where(eq(calls.id, callId));
      if (row === undefined || row.keyWrap === null) return undefined;
      return unwrapKey(await organizations.keyOf(tx, orgId), row.keyWrap, callId);
    },
  };
}
