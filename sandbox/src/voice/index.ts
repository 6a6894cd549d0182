export { decodeMulaw, encodeMulaw } from "./mulaw.ts";
export { decodePcm16, encodePcm16 } from "./pcm.ts";
export { resample } from "./resample.ts";
export { type AudibleText, type SpokenWord, synthesize, type VoiceName } from "./synthesize.ts";
export { readWav, type WavAudio, writeWav } from "./wav.ts";
export { createWordDetector, type HeardWord, type WordDetector } from "./word-detector.ts";
