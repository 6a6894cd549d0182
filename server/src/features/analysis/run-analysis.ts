/**
 * The job that reads an ended call. Everything it leaves (result, usage, webhook, memory) is written in one transaction that only
 * the first run of a version gets through: a job that is killed anywhere and runs again loses nothing and doubles nothing.
 */
import type { AnalysisResult } from "@parley/contract/analysis";
import { and, eq, lt } from "drizzle-orm";
import type { OutcomeField } from "../../call/call-plan.ts";
import type { LanguageModel, VendorUse } from "../../call/ports.ts";
import { ProviderError } from "../../kernel/app-error.ts";
import type { Clock } from "../../kernel/clock.ts";
import { seal } from "../../platform/crypto/envelope.ts";
import type { OrgDb, OrgTx } from "../../platform/db/org-db.ts";
import { type CallStore, type CallSummary, createCallKeys } from "../calls/index.ts";
import type { Organizations } from "../organizations/index.ts";
import type { EmitWebhook } from "../webhooks/index.ts";
import { analyseByRules } from "./analyse-by-rules.ts";
import { placeOfResult, selectAnalysis } from "./analyses.ts";
import { callAnalyses } from "./analysis.table.ts";
import type { FilledForm } from "./analysis-form.ts";
import { askModel, type KnownMemory, type Question } from "./ask-model.ts";
import { readCall } from "./call-reading.ts";
import { type AnalysisWork, analyseCallJob } from "./request-analysis.ts";

/** How the agent that took the call wants it read. */
export interface ReadingSettings {
  readonly fields: readonly OutcomeField[];
  /** In order of preference. None: rules read the call. */
  readonly models: readonly LanguageModel[];
  readonly redact?: (text: string) => string;
}

export interface CallerMemory {
  /** Undefined: nobody who consented to be remembered. */
  recall(contact: { orgId: string; contactId: string }): Promise<KnownMemory | undefined>;
  /** Once for each call, and only with consent. */
  remember(
    tx: OrgTx,
    what: {
      orgId: string;
      contactId: string;
      callId: string;
      facts: readonly string[];
      summary?: string;
      openItems?: readonly string[];
    },
  ): Promise<unknown>;
}

/** What vendors were asked for. The same subject and source again: nothing changes. */
export type NoteUsage = (
  tx: OrgTx,
  used: {
    orgId: string;
    subject: string;
    source: string;
    call?: Pick<CallSummary, "id"> & Partial<CallSummary>;
    uses: readonly VendorUse[];
  },
) => Promise<void>;

export interface RunAnalysisParts {
  readonly db: OrgDb;
  readonly clock: Clock;
  readonly organizations: Organizations;
  readonly calls: Pick<CallStore, "getCall" | "listEvents">;
  readonly settingsOf: (call: CallSummary & { orgId: string }) => Promise<ReadingSettings>;
  readonly memory: CallerMemory;
  readonly noteUsage: NoteUsage;
  readonly emit: EmitWebhook;
}

interface About {
  readonly signal: AbortSignal;
  /** 0 for the first run. */
  readonly attempt: number;
}

export type RunAnalysis = (work: AnalysisWork, about: About) => Promise<void>;

interface Read {
  readonly result: AnalysisResult;
  readonly by?: { readonly provider: string; readonly model: string };
  readonly memory?: FilledForm["memory"];
  /** Of every model that was asked. */
  readonly uses: readonly VendorUse[];
}

/** Throws ProviderError when the models may answer later. */
export function createRunAnalysis(parts: RunAnalysisParts): RunAnalysis {
  const keys = createCallKeys(parts.organizations);
  return async (work, about) => {
    const { orgId, callId, version } = work;
    const row = await parts.db.withOrg(orgId, (tx) => selectAnalysis(tx, work));
    if (row === undefined || row.doneVersion >= version) return;
    const call = await parts.calls.getCall(orgId, callId);
    const events = await parts.calls.listEvents(orgId, callId);
    // Erased meanwhile.
    if (call === undefined || events === undefined) return;
    const contact = call.contactId === undefined ? undefined : { orgId, contactId: call.contactId };
    const memory = contact && (await parts.memory.recall(contact));
    const settings = await parts.settingsOf({ ...call, orgId });
    const reading = readCall(events, { hangUpReason: call.hangUpReason ?? "", durationMs: call.durationMs ?? 0 });
    const read = await readWith(settings, about, {
      ...{ call: reading, language: call.language, fields: settings.fields },
      ...(memory === undefined ? {} : { memory }),
      ...(settings.redact === undefined ? {} : { redact: settings.redact }),
    });
    await parts.db.withOrg(orgId, async (tx) => {
      const key = await keys.of(tx, work);
      if (key === undefined || !(await store(tx, { work, read, key, at: new Date(parts.clock.wallNow()) }))) return;
      await leave(tx, parts, { work, call, read, known: memory });
    });
  };
}

async function readWith({ models }: ReadingSettings, { signal, attempt }: About, question: Question): Promise<Read> {
  const uses: VendorUse[] = [];
  const onUsage = (use: VendorUse) => void uses.push(use);
  let mayAnswerLater: ProviderError | undefined;
  for (const model of models) {
    const by = { provider: model.provider, model: model.model };
    try {
      const { result, memory } = await askModel(model, question, { signal, onUsage });
      if (result !== undefined) return { result, by, memory, uses };
    } catch (error) {
      if (signal.aborted || !(error instanceof ProviderError)) throw error;
      if (!error.permanent) mayAnswerLater ??= error;
    }
  }
  if (mayAnswerLater !== undefined && attempt < (analyseCallJob.retries ?? 0)) throw mayAnswerLater;
  return { result: analyseByRules(question.call, question), uses };
}

/** False when another run was first. */
async function store(
  tx: OrgTx,
  { work, read, key, at }: { work: AnalysisWork; read: Read; key: Buffer; at: Date },
): Promise<boolean> {
  const { result, by } = read;
  const stored = await tx
    .update(callAnalyses)
    .set({
      doneVersion: work.version,
      analysedAt: at,
      method: by === undefined ? "rules" : "model",
      provider: by?.provider ?? null,
      model: by?.model ?? null,
      outcome: result.outcome,
      success: result.success,
      sealedResult: seal(key, placeOfResult(work), result),
    })
    .where(and(eq(callAnalyses.callId, work.callId), lt(callAnalyses.doneVersion, work.version)))
    .returning({ callId: callAnalyses.callId });
  return stored.length > 0;
}

interface Left {
  readonly work: AnalysisWork;
  readonly call: CallSummary;
  readonly read: Read;
  readonly known: KnownMemory | undefined;
}

const longestMemory = 1200;

/** Without a model the summary of this call joins those before it; the oldest words give way. */
function summaryOf({ read, known, call }: Left): string {
  if (read.memory !== undefined) return read.memory.summary;
  const day = new Date(call.startedAtMs).toISOString().slice(0, 10);
  const all = [known?.summary ?? "", `${day}: ${read.result.summary}`].filter((text) => text !== "").join("\n");
  return all.slice(-longestMemory).toWellFormed();
}

async function leave(tx: OrgTx, { noteUsage, emit, memory }: RunAnalysisParts, left: Left): Promise<void> {
  const { work, call, read, known } = left;
  const { orgId, callId, version } = work;
  const source = version === 1 ? "analysis" : `analysis-${version}`;
  await noteUsage(tx, { orgId, subject: callId, source, call, uses: read.uses });
  if (call.contactId !== undefined && known !== undefined) {
    const { facts = [], openItems } = read.memory ?? {};
    const what = { orgId, contactId: call.contactId, callId, facts, summary: summaryOf(left) };
    await memory.remember(tx, { ...what, ...(openItems === undefined ? {} : { openItems }) });
  }
  const { outcome, success } = read.result;
  const method = read.by === undefined ? "rules" : "model";
  await emit(tx, {
    ...{ orgId, callId, type: "call.analysed", subjectId: callId },
    facts: { version, method, outcome, success },
  });
}
