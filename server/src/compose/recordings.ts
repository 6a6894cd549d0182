/** Recordings in each process: written where calls are carried, listened to where the API is answered. */
import { bytesOfSamples } from "../audio/convert.ts";
import { decodeMulaw, mulawToSample } from "../audio/mulaw.ts";
import { makeWavHeader } from "../audio/wav.ts";
import type { OpenRecording } from "../call/ports.ts";
import type { Config } from "../config.ts";
import type { AuditLog } from "../features/audit/index.ts";
import { createCallKeys } from "../features/calls/index.ts";
import {
  createRecordingKeeper,
  createRecordings,
  type RecordingKeeper,
  type Recordings,
  type SoundForm,
} from "../features/recordings/index.ts";
import type { LogLine } from "../platform/db/log-line.ts";
import { createS3Store } from "../platform/storage/s3-store.ts";
import { clock, type Stores } from "./stores.ts";

export const soundForm: SoundForm = {
  wavHeader: (sampleRateHz, soundBytes) => makeWavHeader({ encoding: "pcm16", sampleRateHz }, soundBytes, 2),
  toPcm: (mulaw) => bytesOfSamples(decodeMulaw(mulaw)),
  peakOf(mulaw, first, channels) {
    let peak = 0;
    for (let at = first; at < mulaw.length; at += channels) {
      peak = Math.max(peak, Math.abs(mulawToSample[mulaw[at] as number] as number));
    }
    return peak / 32_768;
  },
};

export function openRecordings(
  { db, organizations }: Stores,
  { config, audit }: { config: Config; audit: AuditLog },
): Recordings {
  return createRecordings({
    ...{ db, audit, clock, dataDir: config.dataDir, form: soundForm },
    callKeys: createCallKeys(organizations),
    ...(config.s3 === undefined ? {} : { bucket: createS3Store(config.s3) }),
  });
}

/** For one media process. What dead ones left is taken up at once, behind the calls. */
export function openRecordingKeeper(
  { db, organizations, masterKey }: Stores,
  { config, log, processId }: { config: Config; log: LogLine; processId: string },
): RecordingKeeper {
  const { dataDir, s3 } = config;
  const keeper = createRecordingKeeper({
    ...{ db, clock, log, dataDir, masterKey, processId },
    callKeys: createCallKeys(organizations),
    ...(s3 === undefined ? {} : { s3 }),
  });
  void keeper.takeUp();
  return keeper;
}

export function recordingOf(keeper: RecordingKeeper, call: { orgId: string; callId: string }): OpenRecording {
  const { orgId, callId } = call;
  return ({ sampleRateHz }) => keeper.open({ orgId, callId, sampleRateHz });
}
