/** Recurring sentences as ready frames, shared by all calls of a process: a greeting's first audio costs no vendor's time. */
import type { AudioFormat } from "../../audio/frame.ts";

export interface PhraseCache {
  get(key: string): Uint8Array | undefined;
  put(key: string, audio: Uint8Array): void;
}

const defaultMaxBytes = 64 * 1024 * 1024;

/** Least recently used sentences go first when `maxBytes` are reached. */
export function createPhraseCache(maxBytes = defaultMaxBytes): PhraseCache {
  const entries = new Map<string, Uint8Array>();
  let bytes = 0;
  return {
    get(key) {
      const audio = entries.get(key);
      if (audio === undefined) return undefined;
      entries.delete(key);
      entries.set(key, audio);
      return audio;
    },
    put(key, audio) {
      if (audio.byteLength > maxBytes / 4 || audio.byteLength === 0) return;
      bytes += audio.byteLength - (entries.get(key)?.byteLength ?? 0);
      entries.delete(key);
      entries.set(key, audio);
      for (const [oldest, old] of entries) {
        if (bytes <= maxBytes) return;
        entries.delete(oldest);
        bytes -= old.byteLength;
      }
    },
  };
}

export interface PhraseVoice {
  readonly provider: string;
  readonly model: string;
  readonly voice: string | undefined;
  readonly language: string;
  readonly format: AudioFormat;
}

export function phraseKey({ provider, model, voice, language, format }: PhraseVoice, text: string): string {
  return [provider, model, voice ?? "", language, format.encoding, format.sampleRateHz, text].join("|");
}
