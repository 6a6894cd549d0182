/** Tokens of mails: each works once, for a while, and a newer one for the same purpose replaces it. */
import { and, eq, gt, isNull } from "drizzle-orm";
import type { Clock } from "../../kernel/clock.ts";
import type { OrgDb, UserTx } from "../../platform/db/org-db.ts";
import { oneTimeTokens } from "./auth.tables.ts";
import { createSecretTokens } from "./secret-token.ts";

type Purpose = (typeof oneTimeTokens.$inferSelect)["purpose"];

/** What a token carries besides its person: a new address. */
interface NewAddress {
  readonly emailHash: Buffer;
  readonly sealedEmail: Buffer;
}

export interface OneTimeTokens {
  make(tx: UserTx, about: { userId: string; purpose: Purpose; newAddress?: NewAddress }): Promise<string>;
  /**
   * Uses the token up in a transaction of its person and does `work` in it. Undefined when it is no token of that purpose, too old
   * or used; when `work` throws it may be used again.
   */
  use<T>(
    token: string,
    purpose: Purpose,
    work: (tx: UserTx, of: { userId: string; newAddress: NewAddress | undefined }) => Promise<T>,
  ): Promise<T | undefined>;
  /** Those of mails that lie around are worth nothing any more. */
  drop(tx: UserTx, userId: string, purpose: Purpose): Promise<void>;
  /** The new address that waits to be verified. */
  pendingAddress(tx: UserTx, userId: string): Promise<NewAddress | undefined>;
}

const livesMs: Readonly<Record<Purpose, number>> = {
  "reset-password": 3_600_000,
  "verify-email": 3 * 24 * 3_600_000,
};

export function createOneTimeTokens(parts: { db: OrgDb; clock: Clock; masterKey: Buffer }): OneTimeTokens {
  const tokens = createSecretTokens(parts.masterKey, "one-time");
  const now = () => new Date(parts.clock.wallNow());
  const standing = (purpose: Purpose) =>
    and(eq(oneTimeTokens.purpose, purpose), isNull(oneTimeTokens.usedAt), gt(oneTimeTokens.expiresAt, now()));
  const drop = async (tx: UserTx, userId: string, purpose: Purpose) => {
    await tx.delete(oneTimeTokens).where(and(eq(oneTimeTokens.userId, userId), eq(oneTimeTokens.purpose, purpose)));
  };
  return {
    drop,
    async make(tx, { userId, purpose, newAddress }) {
      const { token, tokenHash } = tokens.make();
      const at = now();
      await drop(tx, userId, purpose);
      await tx.insert(oneTimeTokens).values({
        ...{ tokenHash, userId, purpose, createdAt: at },
        expiresAt: new Date(at.getTime() + livesMs[purpose]),
        ...newAddress,
      });
      return token;
    },
    async use(token, purpose, work) {
      const tokenHash = tokens.hashOf(token);
      const [userId] = await parts.db.askForIds("user_of_one_time_token", [tokenHash]);
      if (userId === undefined) return undefined;
      return await parts.db.withUser(userId, async (tx) => {
        const [row] = await tx
          .update(oneTimeTokens)
          .set({ usedAt: now() })
          .where(and(eq(oneTimeTokens.tokenHash, tokenHash), standing(purpose)))
          .returning();
        return row === undefined ? undefined : await work(tx, { userId, newAddress: newAddressOf(row) });
      });
    },
    async pendingAddress(tx, userId) {
      const [row] = await tx
        .select()
        .from(oneTimeTokens)
        .where(and(eq(oneTimeTokens.userId, userId), standing("verify-email")));
      return row === undefined ? undefined : newAddressOf(row);
    },
  };
}

function newAddressOf({ emailHash, sealedEmail }: typeof oneTimeTokens.$inferSelect): NewAddress | undefined {
  return emailHash === null || sealedEmail === null ? undefined : { emailHash, sealedEmail };
}
