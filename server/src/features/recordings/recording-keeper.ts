/**
 * A media process's recordings: opened with the call, written behind it, then entered in the database and, with a bucket, sent
 * there. Each step can be done again; what a killed process left is taken up by the next one.
 */
import type { RecordingSink } from "../../call/ports.ts";
import { type Clock, sleep } from "../../kernel/clock.ts";
import { newKey } from "../../platform/crypto/envelope.ts";
import type { LogLine } from "../../platform/db/log-line.ts";
import type { OrgDb } from "../../platform/db/org-db.ts";
import { createFolderStore } from "../../platform/storage/folder-store.ts";
import type { S3Settings } from "../../platform/storage/s3-store.ts";
import { openFrames } from "../../platform/storage/sealed-frames.ts";
import { uploadInThread } from "../../platform/storage/upload-in-thread.ts";
import type { CallKeys } from "../calls/index.ts";
import { type EndedRecording, enterRecording, enterUpload } from "./enter-recording.ts";
import { objectNameOf, openRecordingNotes, ownerOf, type RecordingNote, type RecordingOf } from "./recording-files.ts";
import { createSoundWriter } from "./sound-writer.ts";

export interface RecordingKeeperOptions {
  readonly db: OrgDb;
  readonly callKeys: CallKeys;
  readonly clock: Clock;
  readonly log: LogLine;
  readonly dataDir: string;
  readonly masterKey: Buffer;
  /** From `ownProcessId`. */
  readonly processId: string;
  /** Absent: recordings stay in the folder. */
  readonly s3?: S3Settings;
}

export interface RecordingKeeper {
  /** The sound of a call that begins. Never throws. */
  open(call: RecordingOf & { sampleRateHz: number }): RecordingSink;
  /** Takes up what dead processes left. Never rejects. */
  takeUp(): Promise<void>;
  /** `failed`: since the start. */
  stats(): { readonly live: number; readonly waiting: number; readonly failed: number };
  /** Does what can be done now; the rest is for the next start. */
  close(): Promise<void>;
}

/** What the disk gets for the last sound of calls that have just ended. */
const lastSoundMs = 1500;
const firstRetryMs = 1000;
const maxRetryMs = 60_000;
/** A call that is in no database after so long never will be. */
const forgetAfterMs = 7 * 86_400_000;

export function createRecordingKeeper(options: RecordingKeeperOptions): RecordingKeeper {
  return new Keeper(options);
}

interface Waiting {
  readonly note: RecordingNote;
  readonly fault?: string;
  /** Until the call ends only its beginning is entered. */
  isOver: boolean;
}

class Keeper implements RecordingKeeper {
  readonly #options: RecordingKeeperOptions;
  readonly #folder: ReturnType<typeof createFolderStore>;
  readonly #notes: ReturnType<typeof openRecordingNotes>;
  readonly #waiting = new Map<string, Waiting>();
  readonly #stopping = new AbortController();
  readonly #live = new Set<Promise<void>>();
  #failed = 0;
  #running: Promise<void> | undefined;
  #isAskedAgain = false;
  #cancelRetry: (() => void) | undefined;
  #retryMs = firstRetryMs;

  constructor(options: RecordingKeeperOptions) {
    this.#options = options;
    this.#folder = createFolderStore(options.dataDir);
    this.#notes = openRecordingNotes(options);
  }

  open({ orgId, callId, sampleRateHz }: RecordingOf & { sampleRateHz: number }): RecordingSink {
    const createdAtMs = this.#options.clock.wallNow();
    const note: RecordingNote = { orgId, callId, sampleRateHz, createdAtMs, key: newKey() };
    const written = Promise.withResolvers<void>();
    this.#live.add(written.promise);
    this.#waiting.set(callId, { note, isOver: false });
    return createSoundWriter({
      path: this.#folder.pathOf(objectNameOf(note)),
      key: note.key,
      owner: ownerOf(note),
      prepare: async () => {
        await this.#notes.write(note);
        this.#work();
      },
      onDone: ({ fault }) => {
        this.#live.delete(written.promise);
        if (fault !== undefined) this.#fail(note, fault);
        this.#waiting.set(callId, { note, isOver: true, ...(fault === undefined ? {} : { fault }) });
        this.#work();
        written.resolve();
      },
    });
  }

  async takeUp(): Promise<void> {
    try {
      for (const note of await this.#notes.adopt()) this.#waiting.set(note.callId, { note, isOver: true });
    } catch (error) {
      this.#options.log("error", "unfinished recordings cannot be read", { code: codeOf(error) });
    }
    this.#work();
  }

  stats() {
    return { live: this.#live.size, waiting: this.#waiting.size, failed: this.#failed };
  }

  async close(): Promise<void> {
    const patience = new AbortController();
    await Promise.race([Promise.all(this.#live), sleep(this.#options.clock, lastSoundMs, patience.signal)]);
    patience.abort();
    this.#cancelRetry?.();
    this.#stopping.abort();
    await this.#running;
    await this.#settleAll();
  }

  #fail({ callId }: RecordingOf, code: string): void {
    this.#failed++;
    this.#options.log("error", "a recording failed; its call goes on", { callId, code });
  }

  /** One round at a time; what is asked for during one is done by the next. */
  #work(): void {
    if (this.#stopping.signal.aborted) return;
    this.#isAskedAgain = this.#running !== undefined;
    this.#running ??= this.#settleAll().then((isDone) => {
      this.#running = undefined;
      if (this.#isAskedAgain) this.#work();
      else if (isDone) this.#retryMs = firstRetryMs;
      else this.#workLater();
    });
  }

  #workLater(): void {
    this.#cancelRetry?.();
    this.#cancelRetry = this.#options.clock.setTimer(this.#retryMs, () => this.#work());
    this.#retryMs = Math.min(maxRetryMs, this.#retryMs * 2);
  }

  /** True when nothing waits for another try. */
  async #settleAll(): Promise<boolean> {
    let isDone = true;
    for (const [callId, waiting] of [...this.#waiting]) {
      const isSettled = await this.#settle(waiting).catch((error: unknown) => {
        const code = codeOf(error);
        this.#options.log("warn", "a recording cannot be entered yet; it is tried again", { callId, code });
        return false;
      });
      if (!isSettled) isDone = false;
      else if (this.#waiting.get(callId) === waiting) this.#waiting.delete(callId);
    }
    return isDone;
  }

  async #settle(waiting: Waiting): Promise<boolean> {
    const { note } = waiting;
    const ended = waiting.isOver ? await this.#lookAt(waiting) : undefined;
    const entered = await enterRecording(this.#options, note, ended);
    // The call's record is written behind the call: it may come later than its sound.
    if (entered === "no-call" && this.#options.clock.wallNow() - note.createdAtMs < forgetAfterMs) return false;
    if (entered !== "entered") {
      await this.#folder.remove(objectNameOf(note));
      await this.#notes.remove(note);
      return true;
    }
    if (ended === undefined) return true;
    if (this.#options.s3 !== undefined && ended.storedBytes > 0) {
      // A process that stops leaves it to the next one.
      if (this.#stopping.signal.aborted) return false;
      await this.#sendToBucket(this.#options.s3, note);
    }
    await this.#notes.remove(note);
    return true;
  }

  async #sendToBucket(settings: S3Settings, note: RecordingNote): Promise<void> {
    const name = objectNameOf(note);
    await uploadInThread({ settings, name, path: this.#folder.pathOf(name) }, this.#stopping.signal);
    await enterUpload(this.#options.db, note);
    await this.#folder.remove(name);
  }

  /** What of the sound can be read: all of it, or what a killed process had written. */
  async #lookAt({ note, fault }: Waiting): Promise<EndedRecording> {
    const name = objectNameOf(note);
    const endedAtMs = this.#options.clock.wallNow();
    const storedBytes = (await this.#folder.sizeOf(name)) ?? 0;
    const nothing = { state: "failed", storedBytes: 0, soundBytes: 0, endedAtMs } as const;
    for (const hasEnd of [true, false]) {
      const { key } = note;
      const stored = { key, owner: ownerOf(note), storedBytes, hasEnd };
      const content = await openFrames({ ...stored, read: (range) => this.#folder.read(name, range) }).catch(
        () => undefined,
      );
      if (content === undefined) continue;
      const broken = fault === undefined ? "incomplete" : "failed";
      return { state: hasEnd ? "complete" : broken, storedBytes, soundBytes: content.plainBytes, endedAtMs };
    }
    return nothing;
  }
}

function codeOf(error: unknown): string {
  const { code, message } = error as { code?: unknown; message?: unknown };
  return [code, message, "unknown"].find((text) => typeof text === "string")?.slice(0, 80) ?? "unknown";
}
