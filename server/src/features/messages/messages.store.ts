/** Messages that callers leave for a human. */
import type { LeftMessage } from "@parley/contract/messages";
import { and, count, desc, eq, isNotNull, isNull, lt } from "drizzle-orm";
import { AppError } from "../../kernel/app-error.ts";
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

export interface MessagePage {
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly status?: "open" | "done" | undefined;
}

export interface Messages {
  /** Without a call: it came as a text. */
  take(tx: OrgTx, message: { orgId: string; callId?: string; content: MessageContent }): Promise<{ messageId: string }>;
  /** Newest first. */
  list(tx: OrgTx, orgId: string, page?: MessagePage): Promise<{ items: LeftMessage[]; nextCursor: string | null }>;
  /** Undefined when there is no such message. */
  find(tx: OrgTx, of: { orgId: string; id: string }): Promise<LeftMessage | undefined>;
  /** Throws AppError `not_found`. */
  setDone(tx: OrgTx, change: { orgId: string; id: string; doneBy: string | null }): Promise<LeftMessage>;
  /** Those that nobody has seen to. */
  countOpen(tx: OrgTx): Promise<number>;
}

export interface MessagesParts {
  readonly organizations: Pick<Organizations, "keyOf">;
  readonly clock: Clock;
  readonly emit: EmitWebhook;
}

type Row = typeof messages.$inferSelect;

export const noSuchMessage = () => new AppError("not_found", { publicMessage: "There is no such message." });

export function createMessages({ organizations, clock, emit }: MessagesParts): Messages {
  const show = async (tx: OrgTx, orgId: string, rows: readonly Row[]) => {
    const orgKey = await organizations.keyOf(tx, orgId);
    return rows.map((row) => toLeftMessage(row, orgKey));
  };
  return {
    async take(tx, { orgId, callId, content }) {
      const id = newId("msg", clock.wallNow());
      const key = newKey();
      const keyWrap = wrapKey(await organizations.keyOf(tx, orgId), key, id);
      const sealedContent = seal(key, { orgId, owner: id, seq: "content" }, content);
      const createdAt = new Date(clock.wallNow());
      await tx.insert(messages).values({ id, orgId, callId: callId ?? null, keyWrap, sealedContent, createdAt });
      const ofCall = callId === undefined ? {} : { callId };
      await emit(tx, { orgId, ...ofCall, type: "message.taken", subjectId: id });
      return { messageId: id };
    },
    async list(tx, orgId, { limit, cursor, status } = { limit: 50 }) {
      const isWanted = and(
        cursor === undefined ? undefined : lt(messages.id, cursor),
        status === "open" ? isNull(messages.doneAt) : undefined,
        status === "done" ? isNotNull(messages.doneAt) : undefined,
      );
      const rows = await tx
        .select()
        .from(messages)
        .where(isWanted)
        .orderBy(desc(messages.id))
        .limit(limit + 1);
      const items = await show(tx, orgId, rows.slice(0, limit));
      return { items, nextCursor: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
    },
    async find(tx, { orgId, id }) {
      const rows = await tx.select().from(messages).where(eq(messages.id, id));
      return (await show(tx, orgId, rows))[0];
    },
    async setDone(tx, { orgId, id, doneBy }) {
      const doneAt = doneBy === null ? null : new Date(clock.wallNow());
      const rows = await tx.update(messages).set({ doneAt, doneBy }).where(eq(messages.id, id)).returning();
      const [shown] = await show(tx, orgId, rows);
      if (shown === undefined) throw noSuchMessage();
      return shown;
    },
    async countOpen(tx) {
      const [row] = await tx.select({ open: count() }).from(messages).where(isNull(messages.doneAt));
      return row?.open ?? 0;
    },
  };
}

function toLeftMessage(row: Row, orgKey: Buffer): LeftMessage {
  const { id, callId, doneAt, doneBy } = row;
  const content = row.keyWrap === null ? null : openContent(row, unwrapKey(orgKey, row.keyWrap, id));
  return {
    ...{ id, callId, doneBy },
    status: doneAt === null ? "open" : "done",
    content: content && { name: content.name ?? null, phone: content.phone ?? null, message: content.message },
    createdAt: row.createdAt.toISOString(),
    doneAt: doneAt?.toISOString() ?? null,
  };
}

const openContent = (row: Row, key: Buffer) =>
  open(key, { orgId: row.orgId, owner: row.id, seq: "content" }, row.sealedContent) as MessageContent;
