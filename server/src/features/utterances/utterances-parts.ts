/** What single utterances need of the rest of the program. */
import type { VendorUse } from "../../call/ports.ts";
import type { OrgDb, OrgTx } from "../../platform/db/org-db.ts";
import type { AuditLog } from "../audit/index.ts";
import type { Sound } from "./decode-sound.ts";

export interface HeardSound {
  readonly text: string;
  readonly segments: readonly { text: string; startMs: number; endMs: number }[];
  readonly provider: string;
  readonly model: string;
}

export interface ForWhom {
  readonly orgId: string;
  /** Whose recogniser or voice; absent: the organisation's. */
  readonly agentId?: string | undefined;
  readonly version?: "draft" | undefined;
  /** BCP-47; absent: the agent's. */
  readonly language?: string | undefined;
}

interface Asked {
  readonly signal: AbortSignal;
  readonly onUsage: (use: VendorUse) => void;
}

/** Recogniser and voice outside a call, with the organisation's providers, standbys and keys. */
export interface Voices {
  /** Throws AppError `provider_missing`, `provider_failed` or `not_found`. */
  hear(whom: ForWhom, sound: Sound, asked: Asked): Promise<HeardSound>;
  /** The same errors, before the first piece; afterwards a failure breaks the stream. */
  speak(
    whom: ForWhom & { voice?: string | undefined },
    text: { text: string; format: "wav" | "mulaw" },
    asked: Asked,
  ): Promise<SpokenSound>;
}

export interface SpokenSound {
  readonly sampleRateHz: number;
  /** Samples without a header: 16-bit, or mu-law where that was asked for. */
  readonly pieces: AsyncIterable<Uint8Array>;
}

export interface Conversation {
  readonly callId: string;
  readonly language: string;
}

/** Text calls, by the process that announces calls. Throws AppError `not_found`, `conflict`, `forbidden`, `at_capacity`. */
export interface Conversations {
  start(wish: ForWhom & { agentId: string }): Promise<Conversation & { greeting: string }>;
  find(of: { orgId: string; agentId: string; callId: string }): Conversation;
  say(
    of: { orgId: string; callId: string },
    text: string,
  ): Promise<{
    reply: string;
    ended: boolean;
    tools: { name: string; outcome: "ok" | "failed" | "timed-out" | "uncertain" }[];
  }>;
}

/** The same subject and source again: nothing changes. */
export type NoteUtterance = (
  tx: OrgTx,
  used: { orgId: string; subject: string; source: string; call?: { id: string }; uses: readonly VendorUse[] },
) => Promise<void>;

export interface UtteranceParts {
  readonly db: OrgDb;
  readonly audit: AuditLog;
  readonly voices: Voices;
  readonly noteUsage: NoteUtterance;
  readonly newId: () => string;
}
