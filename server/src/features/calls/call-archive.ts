/** Calls as they are read, noted, judged and erased. Every change is one transaction with its entry in the audit log. */
import type { Readable } from "node:stream";
import type { CallAnalysis } from "@parley/contract/analysis";
import type {
  CallLatency,
  CallNote,
  CallReview,
  CallStatistics,
  ToolCall,
  TranscriptTurn,
} from "@parley/contract/call-record";
import type { CallDetails, FoundCall } from "@parley/contract/calls";
import type { CallRecording } from "@parley/contract/recordings";
import type { CallUsage } from "@parley/contract/usage";
import type { CallEvent, CallEventType } from "../../call/call-event.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { OrgDb, OrgTx } from "../../platform/db/org-db.ts";
import type { Actor } from "../../platform/http/principal.ts";
import { type AuditLog, createReadingLog } from "../audit/index.ts";
import type { Organizations } from "../organizations/index.ts";
import { toIncidents, toKnowledgeUses, toLatency, toToolCalls } from "./call-account.ts";
import { openEvents } from "./call-content.ts";
import type { CallFilters } from "./call-filters.ts";
import { addNote, readReview, removeNote, selectNotes, writeReview } from "./call-notes.ts";
import { summarize, toCall } from "./call-summary.ts";
import { type EraseWithCall, eraseCall } from "./erase-call.ts";
import { exportCalls } from "./export-calls.ts";
import { readFigures, type StatisticsQuery } from "./figures.ts";
import { selectCalls } from "./list-calls.ts";
import { requireCall } from "./require-call.ts";
import { parseSearch, searchCalls } from "./search-calls.ts";
import { toTranscript, transcriptEventTypes } from "./transcript.ts";

export interface CallPage extends CallFilters {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

interface OfCall {
  readonly orgId: string;
  readonly callId: string;
}
interface Asked {
  readonly orgId: string;
  readonly actor: Actor;
}

/** What is not this organisation's, or was erased, is `not_found`. */
export interface CallArchive {
  /** Newest first. Throws AppError `bad_request` for a cursor, number or search that cannot be read. */
  list(orgId: string, page: CallPage): Promise<{ items: FoundCall[]; nextCursor: string | null }>;
  /** The reader is on record before the first line leaves. */
  export(asked: Asked, filters: CallFilters): Promise<Readable>;
  /** That somebody read words or details of a call: once for each reader and call in a quarter of an hour. After the reading was found. */
  noteReading(of: OfCall, actor: Actor): Promise<void>;
  get(of: OfCall): Promise<CallDetails>;
  transcript(of: OfCall): Promise<TranscriptTurn[]>;
  latency(of: OfCall): Promise<CallLatency>;
  tools(of: OfCall): Promise<ToolCall[]>;
  statistics(orgId: string, query: StatisticsQuery): Promise<CallStatistics>;
  notes(of: OfCall): Promise<CallNote[]>;
  addNote(asked: Asked & { callId: string; text: string }): Promise<CallNote>;
  removeNote(asked: Asked & { callId: string; noteId: string }): Promise<void>;
  review(asked: Asked & { callId: string; verdict: CallReview["verdict"]; reason: string }): Promise<CallReview>;
  remove(asked: Asked & { callId: string }): Promise<void>;
}

export interface CallArchiveParts {
  readonly db: OrgDb;
  readonly organizations: Organizations;
  readonly clock: Clock;
  readonly audit: AuditLog;
  readonly recordingOf: (of: OfCall) => Promise<CallRecording | null>;
  readonly eraseWith: EraseWithCall;
  readonly usageOf: (of: OfCall) => Promise<CallUsage>;
  /** Absent: calls are not read afterwards. */
  readonly analysisOf?: (of: OfCall) => Promise<CallAnalysis | null>;
}

const exportPage = 200;

export function createCallArchive(parts: CallArchiveParts): CallArchive {
  const { db, organizations, clock, audit } = parts;
  const readings = createReadingLog(parts);
  const now = () => new Date(clock.wallNow());
  const withKey = <T>(orgId: string, work: (tx: OrgTx, orgKey: Buffer) => Promise<T>) =>
    db.withOrg(orgId, async (tx) => work(tx, await organizations.keyOf(tx, orgId)));
  const eventsOf = ({ orgId, callId }: OfCall, types?: readonly CallEventType[]) =>
    withKey(orgId, async (tx, orgKey) => {
      const call = await requireCall(tx, callId);
      const of = { of: [call], ...(types === undefined ? {} : { types }) };
      return (await openEvents(tx, orgKey, of)).get(callId) ?? [];
    });
  const list = (orgId: string, page: CallPage) => withKey(orgId, (tx, orgKey) => readPage(tx, orgKey, page));

  return {
    list,
    async export({ orgId, actor }, filters) {
      if (filters.q !== undefined) parseSearch(filters.q);
      await list(orgId, { ...filters, limit: 1 });
      const facts = { filters: Object.keys(filters) };
      await db.withOrg(orgId, (tx) => audit.append(tx, { orgId, actor, action: "calls.export", facts }));
      return exportCalls((cursor) => list(orgId, { ...filters, limit: exportPage, cursor }));
    },
    noteReading: ({ orgId, callId }, actor) => readings.note({ orgId, actor, action: "calls.get", subject: callId }),
    get: (of) => readDetails(of, withKey, parts),
    transcript: async (of) => toTranscript(await eventsOf(of, transcriptEventTypes)),
    latency: async (of) => toLatency(await eventsOf(of, ["turn-latency"])),
    tools: async (of) => toToolCalls(await eventsOf(of, ["tool-started", "tool-finished"])),
    statistics: (orgId, query) => db.withOrg(orgId, (tx) => readFigures(tx, query, clock.wallNow())),
    notes: ({ orgId, callId }) =>
      withKey(orgId, async (tx, orgKey) => selectNotes(tx, orgKey, await requireCall(tx, callId))),
    addNote: ({ orgId, actor, callId, text }) =>
      withKey(orgId, async (tx, orgKey) => {
        const note = await addNote(tx, { orgKey, actor, now: now() }, { callId, text });
        const facts = { noteId: note.id };
        await audit.append(tx, { orgId, actor, action: "call-notes.create", subject: callId, facts });
        return note;
      }),
    removeNote: ({ orgId, actor, callId, noteId }) =>
      db.withOrg(orgId, async (tx) => {
        await removeNote(tx, { callId, noteId });
        await audit.append(tx, { orgId, actor, action: "call-notes.delete", subject: callId, facts: { noteId } });
      }),
    review: ({ orgId, actor, ...review }) =>
      withKey(orgId, async (tx, orgKey) => {
        const written = await writeReview(tx, { orgKey, actor, now: now() }, review);
        const facts = { verdict: review.verdict };
        await audit.append(tx, { orgId, actor, action: "calls.review", subject: review.callId, facts });
        return written;
      }),
    async remove({ orgId, actor, callId }) {
      const afterwards = await withKey(orgId, async (tx, orgKey) => {
        const done = await eraseCall(tx, { callId, orgKey, now: now(), eraseWith: parts.eraseWith });
        await audit.append(tx, { orgId, actor, action: "calls.delete", subject: callId });
        return done;
      });
      await afterwards();
    },
  };
}

async function readPage(tx: OrgTx, orgKey: Buffer, { q, ...page }: CallPage) {
  const show = (row: Parameters<typeof summarize>[0]) => toCall(summarize(row, orgKey));
  if (q === undefined) {
    const { rows, nextCursor } = await selectCalls(tx, orgKey, page);
    return { items: rows.map(show), nextCursor: nextCursor ?? null };
  }
  const { rows, nextCursor } = await searchCalls(tx, orgKey, { ...page, q });
  return { items: rows.map(({ row, matches }) => ({ ...show(row), matches })), nextCursor: nextCursor ?? null };
}

type WithKey = <T>(orgId: string, work: (tx: OrgTx, orgKey: Buffer) => Promise<T>) => Promise<T>;

async function readDetails(of: OfCall, withKey: WithKey, parts: CallArchiveParts): Promise<CallDetails> {
  const stored = await withKey(of.orgId, async (tx, orgKey) => {
    const row = await requireCall(tx, of.callId);
    const events: readonly CallEvent[] = (await openEvents(tx, orgKey, { of: [row] })).get(row.id) ?? [];
    return {
      ...toCall(summarize(row, orgKey)),
      answeredAt: row.answeredAt?.toISOString() ?? null,
      transcript: toTranscript(events),
      latency: toLatency(events),
      tools: toToolCalls(events),
      incidents: toIncidents(events),
      knowledge: toKnowledgeUses(events),
      notes: await selectNotes(tx, orgKey, row),
      review: readReview(orgKey, row),
    };
  });
  const analysis = (await parts.analysisOf?.(of)) ?? null;
  return { ...stored, recording: await parts.recordingOf(of), ...(await parts.usageOf(of)), analysis };
}
