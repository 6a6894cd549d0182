/**
 * A recording on its way to the disk: sealed as it comes, written behind the call, never waited for. When the disk does not take
 * it the recording has failed and the call knows nothing of it.
 */
import { type FileHandle, mkdir, open } from "node:fs/promises";
import { dirname } from "node:path";
import type { RecordingSink } from "../../call/ports.ts";
import { createFrameSealer, plainFrameBytes } from "../../platform/storage/sealed-frames.ts";

export interface SoundWriterOptions {
  readonly path: string;
  readonly key: Buffer;
  readonly owner: string;
  /** Runs before the first byte is written; when it throws, the recording has failed. */
  readonly prepare: () => Promise<void>;
  /** Once, when all is written or nothing more will be. `fault`: the disk's own code. */
  readonly onDone: (outcome: { fault?: string }) => void;
}

/** About two minutes of a telephone call; a disk that hangs longer has failed. */
const maxQueuedFrames = 128;

export function createSoundWriter(options: SoundWriterOptions): RecordingSink {
  return new SoundWriter(options);
}

class SoundWriter implements RecordingSink {
  readonly #options: SoundWriterOptions;
  readonly #sealer: ReturnType<typeof createFrameSealer>;
  readonly #frame = Buffer.allocUnsafe(plainFrameBytes);
  #filled = 0;
  #queue: Buffer[];
  #file: FileHandle | undefined;
  #isWriting = false;
  #isClosed = false;
  #isDone = false;
  #fault: string | undefined;

  constructor(options: SoundWriterOptions) {
    this.#options = options;
    this.#sealer = createFrameSealer(options.key, options.owner);
    this.#queue = [this.#sealer.header];
    void this.#drain();
  }

  write(sound: Uint8Array): void {
    if (this.#isClosed || this.#fault !== undefined) return;
    for (let offset = 0; offset < sound.byteLength; ) {
      // A full frame waits for the next byte: the last one is sealed as the last.
      if (this.#filled === plainFrameBytes) this.#sealFrame(false);
      const taken = sound.subarray(offset, offset + plainFrameBytes - this.#filled);
      this.#frame.set(taken, this.#filled);
      this.#filled += taken.byteLength;
      offset += taken.byteLength;
    }
    if (this.#queue.length > maxQueuedFrames) this.#fault = "disk-hangs";
    void this.#drain();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#fault === undefined) this.#sealFrame(true);
    void this.#drain();
  }

  #sealFrame(isLast: boolean): void {
    this.#queue.push(this.#sealer.seal(this.#frame.subarray(0, this.#filled), isLast));
    this.#filled = 0;
  }

  async #drain(): Promise<void> {
    if (this.#isWriting || this.#isDone) return;
    this.#isWriting = true;
    try {
      for (
        let next = this.#queue.shift();
        next !== undefined && this.#fault === undefined;
        next = this.#queue.shift()
      ) {
        this.#file ??= await this.#openFile();
        await writeAll(this.#file, next);
      }
    } catch (error) {
      this.#fault = (error as NodeJS.ErrnoException).code ?? "unknown";
    }
    this.#isWriting = false;
    if (this.#isClosed || this.#fault !== undefined) await this.#finish();
  }

  async #openFile(): Promise<FileHandle> {
    const { path, prepare } = this.#options;
    await prepare();
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    return await open(path, "wx", 0o600);
  }

  async #finish(): Promise<void> {
    if (this.#isDone) return;
    this.#isDone = true;
    this.#queue = [];
    if (this.#fault === undefined) await this.#file?.sync().catch(this.#onFault);
    await this.#file?.close().catch(this.#onFault);
    this.#options.onDone(this.#fault === undefined ? {} : { fault: this.#fault });
  }

  readonly #onFault = (error: unknown) => {
    this.#fault ??= (error as NodeJS.ErrnoException).code ?? "unknown";
  };
}

async function writeAll(file: FileHandle, bytes: Buffer): Promise<void> {
  for (let offset = 0; offset < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, offset);
    offset += bytesWritten;
  }
}
