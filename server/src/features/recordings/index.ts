export { createSoundRemover } from "./recording-files.ts";
export { createRecordingKeeper, type RecordingKeeper } from "./recording-keeper.ts";
export { mountRecordingRoutes } from "./recordings.route.ts";
export { createRecordings, type Recordings } from "./recordings.ts";
export { readWav, type SoundForm, wavBytesOf } from "./wav-range.ts";
