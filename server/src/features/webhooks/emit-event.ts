import type { WebhookEventType } from "@parley/contract/webhooks";
import { sql } from "drizzle-orm";
import type { Clock } from "../../kernel/clock.ts";
import { newId } from "../../platform/db/new-id.ts";
import type { OrgTx } from "../../platform/db/org-db.ts";
import type { WebhookFacts } from "./webhooks.table.ts";

export interface WebhookEvent {
  readonly orgId: string;
  readonly type: WebhookEventType;
  /** Of the call, appointment or message it is about. */
  readonly subjectId: string;
  /** Events of one call arrive in their order; without a call, those of one subject. */
  readonly callId?: string;
  readonly facts?: WebhookFacts;
}

/** In the transaction of what happened: it is told when that commits, and was never told when it does not. One statement. */
export type EmitWebhook = (tx: OrgTx, event: WebhookEvent) => Promise<void>;

export function createEmitWebhook({ clock }: { clock: Clock }): EmitWebhook {
  return async (tx, { type, subjectId, callId, facts = {} }) => {
    const nowMs = clock.wallNow();
    const id = newId("evt", nowMs);
    const at = new Date(nowMs).toISOString();
    await tx.execute(
      sql`select emit_webhook_event(${id}, ${type}, ${subjectId}, ${callId ?? null}, ${JSON.stringify(facts)}::jsonb, ${at}::timestamptz)`,
    );
  };
}
