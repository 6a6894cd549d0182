/** The analyses of calls, as they are read and asked for. */
import type { AnalysisResult, CallAnalysis } from "@parley/contract/analysis";
import { and, eq } from "drizzle-orm";
import { AppError } from "../../kernel/app-error.ts";
import type { Clock } from "../../kernel/clock.ts";
import { open } from "../../platform/crypto/envelope.ts";
import type { OrgDb, OrgTx } from "../../platform/db/org-db.ts";
import type { Actor } from "../../platform/http/principal.ts";
import type { JobSender } from "../../platform/queue/queue.ts";
import type { AuditLog } from "../audit/index.ts";
import { type CallKeys, type CallStore, createCallKeys } from "../calls/index.ts";
import type { Organizations } from "../organizations/index.ts";
import { type AnalysisRow, callAnalyses } from "./analysis.table.ts";
import { sendAnalysis } from "./request-analysis.ts";

interface CallOf {
  readonly orgId: string;
  readonly callId: string;
}

export interface Analyses {
  /** Undefined when there is no such call in this organisation. */
  find(call: CallOf): Promise<CallAnalysis | undefined>;
  /** Throws AppError `not_found`, and `conflict` for a call that is live or in which nobody spoke. */
  again(call: CallOf & { actor: Actor }): Promise<CallAnalysis>;
}

export interface AnalysesParts {
  readonly db: OrgDb;
  readonly clock: Clock;
  readonly organizations: Organizations;
  readonly calls: Pick<CallStore, "getCall">;
  readonly audit: AuditLog;
  readonly jobs: JobSender;
}

export const placeOfResult = ({ orgId, callId }: CallOf) => ({ orgId, owner: callId, seq: "analysis" });

const ofCall = ({ orgId, callId }: CallOf) => and(eq(callAnalyses.orgId, orgId), eq(callAnalyses.callId, callId));

export async function selectAnalysis(tx: OrgTx, call: CallOf): Promise<AnalysisRow | undefined> {
  const [row] = await tx.select().from(callAnalyses).where(ofCall(call));
  return row;
}

export function createAnalyses(parts: AnalysesParts): Analyses {
  const { db, calls } = parts;
  const keys = createCallKeys(parts.organizations);
  return {
    async find(call) {
      if ((await calls.getCall(call.orgId, call.callId)) === undefined) return undefined;
      return await db.withOrg(call.orgId, async (tx) => show(tx, keys, { call, row: await selectAnalysis(tx, call) }));
    },
    async again({ actor, ...call }) {
      const stored = await calls.getCall(call.orgId, call.callId);
      if (stored === undefined) throw new AppError("not_found", { publicMessage: "There is no such call." });
      if (stored.status === "live") {
        throw new AppError("conflict", { publicMessage: "The call is not over yet. Ask again when it has ended." });
      }
      return await db.withOrg(call.orgId, (tx) => askAgain(tx, parts, { call, actor, keys }));
    },
  };
}

async function askAgain(
  tx: OrgTx,
  { jobs, audit, clock }: AnalysesParts,
  { call, actor, keys }: { call: CallOf; actor: Actor; keys: CallKeys },
): Promise<CallAnalysis> {
  const [row] = await tx.select().from(callAnalyses).where(ofCall(call)).for("update");
  if (row === undefined) {
    throw new AppError("conflict", { publicMessage: "Nobody said anything in this call: there is nothing to read." });
  }
  // One that is waiting is not asked for twice; its job may have died, and is sent anew.
  const version = row.doneVersion + 1;
  const asked = { version, requestedAt: new Date(clock.wallNow()) };
  await tx.update(callAnalyses).set(asked).where(ofCall(call));
  const facts = { version };
  await audit.append(tx, {
    ...{ orgId: call.orgId, actor, facts, action: "call-analysis.create", subject: call.callId },
  });
  await sendAnalysis(jobs, tx, { ...call, version });
  return await show(tx, keys, { call, row: { ...row, ...asked } });
}

async function show(
  tx: OrgTx,
  keys: CallKeys,
  { call, row }: { call: CallOf; row: AnalysisRow | undefined },
): Promise<CallAnalysis> {
  const { callId } = call;
  const nothing = { version: 0, analysedAt: null, method: null, provider: null, model: null, result: null };
  if (row === undefined) return { callId, state: "none", ...nothing };
  const state = row.doneVersion < row.version ? "waiting" : "done";
  const key = row.sealedResult === null ? undefined : await keys.of(tx, call);
  if (row.sealedResult === null || key === undefined) return { callId, state, ...nothing };
  const { doneVersion: version, method, provider, model } = row;
  const result = open(key, placeOfResult(call), row.sealedResult) as AnalysisResult;
  const analysedAt = row.analysedAt?.toISOString() ?? null;
  return { callId, state, ...{ version, analysedAt, method, provider, model, result } };
}
