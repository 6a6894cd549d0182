/** Recurring sentences as ready frames, shared by all calls of a process: a greeting's first audio costs no vendor's time. */
import type { AudioFormat } from "../../audio/frame.ts";
import type { CallPlan } from "../call-plan.ts";
import type { TextToSpeech } from "../ports.ts";

export interface PhraseCache {
  get(key: string): Uint8Array | undefined;
  put(key: string, audio: Uint8Array): void;
  /** True when nobody has it or makes it ready: then the caller makes it, and releases the claim. */
  claim(key: string): boolean;
  release(key: string): void;
}

const defaultMaxBytes = 64 * 1024 * 1024;

/** Least recently used sentences go first when `maxBytes` are reached. */
export function createPhraseCache(maxBytes = defaultMaxBytes): PhraseCache {
  const entries = new Map<string, Uint8Array>();
  const claimed = new Set<string>();
  let bytes = 0;
  return {
    claim(key) {
      if (entries.has(key) || claimed.has(key)) return false;
      claimed.add(key);
      return true;
    },
    release: (key) => void claimed.delete(key),
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

/** The voice a plan's sentences are spoken with, as the cache knows it. */
export function phraseVoiceOf(
  plan: Pick<CallPlan, "voice" | "language">,
  textToSpeech: Pick<TextToSpeech, "provider" | "model"> | undefined,
  format: AudioFormat,
): PhraseVoice {
  const { provider = "none", model = "none" } = textToSpeech ?? {};
  return { provider, model, voice: plan.voice, language: plan.language, format };
}

export function phraseKey({ provider, model, voice, language, format }: PhraseVoice, text: string): string {
  return [provider, model, voice ?? "", language, format.encoding, format.sampleRateHz, text].join("|");
}
