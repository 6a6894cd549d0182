export { decodeMulaw, encodeMulaw } from "./mulaw.ts";
export { decodePcm16, encodePcm16 } from "./pcm.ts";
export { resample } from "./resample.ts";
export { synthesize, type VoiceName } from "./synthesize.ts";
export { readWav, writeWav } from "./wav.ts";
export { createWordDetector, type HeardWord, type WordDetector } from "./word-detector.ts";
