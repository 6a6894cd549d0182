/** Messages that callers leave for a human. */
import { desc } from "drizzle-orm";
import type { Clock } from "../../kernel/clock.ts";
import { newKey, open, seal, unwrapKey, wrapKey } from "../../platform/crypto/envelope.ts";
import { newId } from "../../platform/db/new-id.ts";
import type { OrgTx } from "../../platform/db/org-db.ts";
import type { Organizations } from "../organizations/index.ts";
import type { EmitWebhook } from "../webhooks/index.ts";
import { messages } from "./messages.table.ts";

export interface MessageContent {
  readonly name?: string;
  readonly phone?: string;
  readonly message: string;
}

export interface LeftMessage {
  readonly id: string;
  readonly callId: string | undefined;
  /** Unix milliseconds. */
  readonly createdAtMs: number;
  /** Absent when it was erased. */
  readonly content: MessageContent | undefined;
}

export interface Messages {
  take(tx: OrgTx, message: { orgId: string; callId?: string; content: MessageContent }): Promise<{ messageId: string }>;
  /** Newest first. */
  list(tx: OrgTx, orgId: string, limit?: number): Promise<LeftMessage[]>;
}

export interface MessagesParts {
  readonly organizations: Organizations;
  readonly clock: Clock;
  readonly emit: EmitWebhook;
}

export function createMessages({ organizations, clock, emit }: MessagesParts): Messages {
  return {
    async take(tx, { orgId, callId, content }) {
      const id = newId("msg", clock.wallNow());
      const key = newKey();
      const keyWrap = wrapKey(await organizations.keyOf(tx, orgId), key, id);
      const sealedContent = seal(key, { orgId, owner: id, seq: "content" }, content);
      await tx
        .insert(messages)
        .values({ id, orgId, callId, keyWrap, sealedContent, createdAt: new Date(clock.wallNow()) });
      await emit(tx, { orgId, type: "message.taken", subjectId: id, ...(callId === undefined ? {} : { callId }) });
      return { messageId: id };
    },
    async list(tx, orgId, limit = 50) {
      const orgKey = await organizations.keyOf(tx, orgId);
      const rows = await tx.select().from(messages).orderBy(desc(messages.createdAt), desc(messages.id)).limit(limit);
      return rows.map((row) => ({
        id: row.id,
        callId: row.callId ?? undefined,
        createdAtMs: row.createdAt.getTime(),
        content: row.keyWrap === null ? undefined : openContent(row, unwrapKey(orgKey, row.keyWrap, row.id)),
      }));
    },
  };
}

const openContent = (row: typeof messages.$inferSelect, key: Buffer) =>
  open(key, { orgId: row.orgId, owner: row.id, seq: "content" }, row.sealedContent) as MessageContent;
