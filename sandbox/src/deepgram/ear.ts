import { createWordDetector, decodeMulaw, decodePcm16, type HeardWord, type WordDetector } from "../voice/index.ts";

const STEP_MS = 10;

/** Called for every 10 ms of audio, whatever the size of the frames that brought it. */
export type EarEvents = {
  onWord: (word: HeardWord) => void;
  onSpeechStart: (atMs: number) => void;
  onStep: (detector: WordDetector) => void;
};

export type Ear = { hear(bytes: Uint8Array): void; readonly heardMs: number };

function decodeAlaw(bytes: Uint8Array): Int16Array {
  return Int16Array.from(bytes, (byte) => {
    const bits = byte ^ 0x55;
    const exponent = (bits >> 4) & 7;
    const mantissa = ((bits & 15) << 4) + 8;
    const magnitude = exponent === 0 ? mantissa : (mantissa + 256) << (exponent - 1);
    return bits & 0x80 ? magnitude : -magnitude;
  });
}

/** 16-bit samples may be cut anywhere by the frames: a half sample waits for its other half. */
function createPcmDecoder(): (bytes: Uint8Array) => Int16Array {
  let rest = new Uint8Array(0);
  return (bytes) => {
    const all = rest.length === 0 ? bytes : Uint8Array.from([...rest, ...bytes]);
    rest = all.slice(all.length & ~1);
    return decodePcm16(all);
  };
}

function chooseDecoder(encoding: string): ((bytes: Uint8Array) => Int16Array) | undefined {
  if (encoding === "mulaw") return decodeMulaw;
  if (encoding === "alaw") return decodeAlaw;
  return encoding === "linear16" ? createPcmDecoder() : undefined;
}

/** Reads audio in the client's encoding; undefined for one that this stand-in cannot decode. */
export function createEar(format: { encoding: string; sampleRateHz: number }, events: EarEvents): Ear | undefined {
  const decode = chooseDecoder(format.encoding);
  if (!decode) return undefined;
  const { sampleRateHz } = format;
  const stepLength = Math.round((sampleRateHz * STEP_MS) / 1_000);
  let [filled, heard] = [0, 0];
  const detector = createWordDetector({
    sampleRateHz,
    onWord: events.onWord,
    onSpeech: (active, atMs) => {
      if (active) events.onSpeechStart(atMs);
    },
  });
  return {
    hear(bytes) {
      const samples = decode(bytes);
      heard += samples.length;
      for (let at = 0; at < samples.length; ) {
        const piece = samples.subarray(at, at + stepLength - filled);
        detector.push(piece);
        at += piece.length;
        filled += piece.length;
        if (filled < stepLength) return;
        filled = 0;
        events.onStep(detector);
      }
    },
    get heardMs() {
      return (heard * 1_000) / sampleRateHz;
    },
  };
}
