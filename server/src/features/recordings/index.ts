export { createRecordingKeeper, type RecordingKeeper } from "./recording-keeper.ts";
export { mountRecordingRoutes } from "./recordings.route.ts";
export { createRecordings, type Recordings } from "./recordings.ts";
export type { SoundForm } from "./wav-range.ts";
