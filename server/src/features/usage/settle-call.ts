/** A call's account, made up from its stored events in the transaction that ends it. */
import { sql } from "drizzle-orm";
import { z } from "zod";
import type { OrgTx } from "../../platform/db/org-db.ts";
import type { UsageEntry, UsageSubject } from "./enter-usage.ts";

const settledCall = z.object({
  id: z.string(),
  agent_id: z.string(),
  agent_name: z.string(),
  channel: z.enum(["phone", "web", "text"]),
  direction: z.string(),
  started_at_ms: z.coerce.number(),
  is_answered: z.boolean(),
  has_carrier: z.boolean(),
  owns_carrier: z.boolean(),
  seconds: z.string(),
  started_minutes: z.string(),
  used: z.array(
    z.object({
      provider: z.string(),
      model: z.string(),
      own: z.boolean(),
      estimated: z.boolean(),
      input: z.string(),
      cached: z.string(),
      output: z.string(),
      characters: z.string(),
      audio_seconds: z.string(),
    }),
  ),
});
type SettledCall = z.infer<typeof settledCall>;

/** A call that is not one, or has not ended: undefined. */
export async function readCall(tx: OrgTx, callId: string): Promise<SettledCall | undefined> {
  const { rows } = await tx.execute(sql`
    select c.id, c.agent_id, c.agent_name, c.channel, c.direction, extract(epoch from c.started_at) * 1000 as started_at_ms,
      c.answered_at is not null as is_answered, c.external_id is not null and c.channel = 'phone' as has_carrier,
      exists (select from connections n where n.vendor = 'twilio') as owns_carrier,
      round(coalesce(c.duration_ms, 0) / 1000.0, 3)::text as seconds,
      (ceil(coalesce(c.duration_ms, 0) / 60000.0) * 60)::text as started_minutes,
      coalesce((select jsonb_agg(u) from (
        select e.facts ->> 'provider' as provider, e.facts ->> 'model' as model,
          coalesce((e.facts ->> 'ownKey')::boolean, false) as own,
          bool_or(coalesce((e.facts ->> 'estimated')::boolean, false)) as estimated,
          greatest(sum(coalesce((e.facts ->> 'inputTokens')::numeric, 0) - coalesce((e.facts ->> 'cachedInputTokens')::numeric, 0)), 0)::text as input,
          sum(coalesce((e.facts ->> 'cachedInputTokens')::numeric, 0))::text as cached,
          sum(coalesce((e.facts ->> 'outputTokens')::numeric, 0))::text as output,
          sum(coalesce((e.facts ->> 'characters')::numeric, 0))::text as characters,
          round(sum(coalesce((e.facts ->> 'audioMs')::numeric, 0)) / 1000, 3)::text as audio_seconds
        from call_events e where e.call_id = c.id and e.type = 'usage' group by 1, 2, 3
      ) u), '[]') as used
    from calls c where c.id = ${callId} and c.ended_at is not null`);
  return rows[0] === undefined ? undefined : settledCall.parse(rows[0]);
}

const subjectOf = (call: SettledCall): UsageSubject => ({
  callId: call.id,
  agentId: call.agent_id,
  agentName: call.agent_name,
  channel: call.channel,
  direction: call.direction,
});

type Common = UsageSubject & Pick<UsageEntry, "subject" | "source" | "atMs">;

function vendorEntries(used: SettledCall["used"][number], common: Common): UsageEntry[] {
  const { provider, model, own, estimated } = used;
  const about = { ...common, provider, model, estimated, paidBy: own ? "organization" : "installation" } as const;
  return [
    { ...about, unit: "input-tokens", quantity: used.input },
    { ...about, unit: "cached-input-tokens", quantity: used.cached },
    { ...about, unit: "output-tokens", quantity: used.output },
    { ...about, unit: "voice-characters", quantity: used.characters },
    { ...about, unit: "recogniser-seconds", quantity: used.audio_seconds },
  ];
}

/** Who was never answered used no minutes; what a vendor made ready meanwhile is paid all the same. */
export function entriesOf(call: SettledCall): UsageEntry[] {
  const common = { ...subjectOf(call), subject: call.id, source: "call", atMs: call.started_at_ms } as const;
  const minutes: UsageEntry = {
    ...common,
    ...{
      provider: "parley",
      model: call.channel,
      unit: "call-seconds",
      quantity: call.seconds,
      paidBy: "installation",
    },
  };
  const carrier: UsageEntry = {
    ...{ ...common, source: "carrier", provider: "twilio", model: call.direction, unit: "carrier-seconds" },
    ...{ quantity: call.started_minutes, estimated: true },
    paidBy: call.owns_carrier ? "organization" : "installation",
  };
  return [
    ...(call.is_answered ? [minutes] : []),
    ...(call.is_answered && call.has_carrier ? [carrier] : []),
    ...call.used.flatMap((used) => vendorEntries(used, common)),
  ];
}
