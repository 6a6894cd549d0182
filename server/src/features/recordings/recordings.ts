/** Recordings as they are listened to, looked at and destroyed. */
import type { CallRecording } from "@parley/contract/recordings";
import { eq } from "drizzle-orm";
import { AppError } from "../../kernel/app-error.ts";
import type { Clock } from "../../kernel/clock.ts";
import { open, seal, UnsealError, unwrapKey } from "../../platform/crypto/envelope.ts";
import type { OrgDb, OrgTx } from "../../platform/db/org-db.ts";
import type { Actor } from "../../platform/http/principal.ts";
import { createFolderStore } from "../../platform/storage/folder-store.ts";
import { type BucketStore, ObjectMissingError, type ObjectStore } from "../../platform/storage/object-store.ts";
import { openFrames, type SealedContent } from "../../platform/storage/sealed-frames.ts";
import { type AuditLog, createReadingLog, type ReadingLog } from "../audit/index.ts";
import type { CallKeys } from "../calls/index.ts";
import { drawPeaks, measurePeaks } from "./peaks.ts";
import { createSoundRemover, keyNameOf, objectNameOf, ownerOf, type RecordingOf } from "./recording-files.ts";
import { type RecordingRow, recordings } from "./recordings.table.ts";
import { type SoundForm, wavBytesOf } from "./wav-range.ts";

export interface RecordingsParts {
  readonly db: OrgDb;
  readonly callKeys: CallKeys;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly dataDir: string;
  /** Absent: recordings stay in the folder. */
  readonly bucket?: BucketStore;
  readonly form: SoundForm;
}

export interface OpenedRecording {
  readonly content: SealedContent;
  readonly sampleRateHz: number;
  readonly form: SoundForm;
}

export interface Peaks {
  readonly durationMs: number;
  readonly caller: number[];
  readonly agent: number[];
}

export interface Recordings {
  /** Null: there is none, or it was destroyed. */
  summaryOf(of: RecordingOf): Promise<CallRecording | null>;
  /**
   * For listening; the reader is on record. Throws `not_found`, and `internal` when what is stored is not what was written.
   */
  listen(of: RecordingOf, actor: Actor): Promise<OpenedRecording>;
  peaks(of: RecordingOf, resolution: number): Promise<Peaks>;
  /** Throws `not_found`, and `conflict` while the call is recorded. */
  destroy(of: RecordingOf, actor: Actor): Promise<void>;
  /** For the erasure of a call: destroys the key in its transaction. Run what is returned after the commit; it removes the sound. */
  erase(tx: OrgTx, of: RecordingOf): Promise<() => Promise<void>>;
}

export function createRecordings(parts: RecordingsParts): Recordings {
  return new StoredRecordings(parts);
}

interface FoundRecording {
  readonly row: RecordingRow;
  readonly callKey: Buffer;
  readonly key: Buffer;
}

class StoredRecordings implements Recordings {
  readonly #parts: RecordingsParts;
  readonly #folder: ObjectStore;
  readonly #removeSound: (of: RecordingOf) => Promise<void>;
  readonly #readings: ReadingLog;

  constructor(parts: RecordingsParts) {
    this.#parts = parts;
    this.#folder = createFolderStore(parts.dataDir);
    this.#removeSound = createSoundRemover(parts);
    this.#readings = createReadingLog(parts);
  }

  async summaryOf({ orgId, callId }: RecordingOf): Promise<CallRecording | null> {
    const row = await this.#parts.db.withOrg(orgId, (tx) => selectRow(tx, callId));
    if (row === undefined || row.state === "deleted") return null;
    return { state: row.state, durationMs: durationMsOf(row), bytes: wavBytesOf(row.soundBytes) };
  }

  async listen(of: RecordingOf, actor: Actor): Promise<OpenedRecording> {
    const found = await this.#find(of);
    const content = await this.#open(of, found);
    await this.#readings.note({ orgId: of.orgId, actor, action: "recordings.get", subject: of.callId });
    return { content, sampleRateHz: found.row.sampleRateHz, form: this.#parts.form };
  }

  async peaks(of: RecordingOf, resolution: number): Promise<Peaks> {
    const { orgId, callId } = of;
    const found = await this.#find(of);
    const { row, callKey } = found;
    const place = { orgId, owner: callId, seq: "recording peaks" };
    const points =
      row.sealedPeaks === null
        ? await whole(measurePeaks(await this.#open(of, found), row.sampleRateHz, this.#parts.form))
        : Buffer.from(String(open(callKey, place, row.sealedPeaks)), "base64");
    if (row.sealedPeaks === null) {
      const sealedPeaks = seal(callKey, place, points.toString("base64"));
      await this.#parts.db.withOrg(orgId, (tx) =>
        tx.update(recordings).set({ sealedPeaks }).where(eq(recordings.callId, callId)),
      );
    }
    const draw = (channel: 0 | 1) => drawPeaks(points, channel, resolution);
    return { durationMs: durationMsOf(row), caller: draw(0), agent: draw(1) };
  }

  async destroy(of: RecordingOf, actor: Actor): Promise<void> {
    const { orgId, callId } = of;
    const removeSound = await this.#parts.db.withOrg(orgId, async (tx) => {
      const row = await selectRow(tx, callId);
      if (row === undefined || row.state === "deleted") throw noRecording();
      if (row.state === "recording") {
        throw new AppError("conflict", { publicMessage: "The call is still being recorded. End it first." });
      }
      await this.#parts.audit.append(tx, { orgId, actor, action: "recordings.delete", subject: callId });
      return await this.erase(tx, of);
    });
    await removeSound();
  }

  async erase(tx: OrgTx, of: RecordingOf): Promise<() => Promise<void>> {
    await tx
      .update(recordings)
      .set({ state: "deleted", keyWrap: null, sealedPeaks: null })
      .where(eq(recordings.callId, of.callId));
    return () => this.#removeSound(of);
  }

  async #find({ orgId, callId }: RecordingOf): Promise<FoundRecording> {
    const found = await this.#parts.db.withOrg(orgId, async (tx) => {
      const row = await selectRow(tx, callId);
      const callKey = await this.#parts.callKeys.of(tx, { orgId, callId });
      return row === undefined || callKey === undefined ? undefined : { row, callKey };
    });
    const wrap = found?.row.keyWrap;
    if (found === undefined || wrap === null || wrap === undefined || found.row.storedBytes === 0) throw noRecording();
    if (found.row.state === "recording") {
      throw new AppError("not_found", { publicMessage: "The recording is there when the call is over." });
    }
    return { ...found, key: unwrapKey(found.callKey, wrap, keyNameOf({ orgId, callId })) };
  }

  async #open(of: RecordingOf, { row, key }: FoundRecording): Promise<SealedContent> {
    const name = objectNameOf(of);
    const store = row.location === "s3" ? this.#parts.bucket : this.#folder;
    const actualBytes = await store?.sizeOf(name);
    if (store === undefined || actualBytes === undefined) throw missing();
    const { storedBytes } = row;
    if (actualBytes !== storedBytes) throw damaged();
    const hasEnd = row.state === "complete";
    const stored = { key, owner: ownerOf(of), storedBytes, hasEnd };
    return await whole(openFrames({ ...stored, read: (range) => store.read(name, range) }));
  }
}

async function selectRow(tx: OrgTx, callId: string): Promise<RecordingRow | undefined> {
  const [row] = await tx.select().from(recordings).where(eq(recordings.callId, callId));
  return row;
}

/** A byte is a sample of one of two channels. */
const durationMsOf = ({ soundBytes, sampleRateHz }: RecordingRow) => Math.round((soundBytes / 2 / sampleRateHz) * 1000);

async function whole<T>(opening: Promise<T>): Promise<T> {
  try {
    return await opening;
  } catch (error) {
    if (error instanceof UnsealError) throw damaged(error);
    if (error instanceof ObjectMissingError) throw missing();
    throw error;
  }
}

const noRecording = () => new AppError("not_found", { publicMessage: "There is no recording of this call." });
const missing = () =>
  new AppError("internal", {
    publicMessage: "The recording's sound is not where it was stored. Ask whoever runs this installation.",
    family: "operational",
  });
const damaged = (cause?: unknown) =>
  new AppError("internal", {
    publicMessage: "The stored recording is damaged or was changed; nothing of it is played.",
    family: "operational",
    cause,
  });
