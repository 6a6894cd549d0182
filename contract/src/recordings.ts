/** A call's sound: caller left, agent right, as it was heard. */
import { z } from "zod";
import { idParams } from "./page.ts";
import { defineRoute } from "./route.ts";

/** As a call tells it. `bytes`: of the WAV file. */
export const callRecording = z.object({
  /** `incomplete`: the process that carried the call died; what it had written is there. */
  state: z.enum(["recording", "complete", "incomplete", "failed"]),
  durationMs: z.number().int(),
  bytes: z.number().int(),
});
export type CallRecording = z.infer<typeof callRecording>;

export const getRecording = defineRoute({
  id: "recordings.get",
  summary: "A call's recording as WAV, whole or by byte ranges",
  method: "GET",
  path: "/api/v1/calls/:id/recording",
  permission: "recordings:read",
  params: idParams,
  response: { status: 200, otherStatuses: [206], schema: z.any(), contentType: "audio/wav" },
  errors: ["unauthorized", "forbidden", "not_found", "range_not_satisfiable", "internal"],
});

export const getRecordingPeaks = defineRoute({
  id: "recordings.peaks",
  summary: "How loud a recording is over its length, for a waveform",
  method: "GET",
  path: "/api/v1/calls/:id/recording/peaks",
  permission: "recordings:read",
  params: idParams,
  /** Points of each voice; fewer where the recording is short. */
  query: z.object({ resolution: z.coerce.number().int().min(1).max(5000).default(500) }),
  response: {
    status: 200,
    schema: z.object({
      durationMs: z.number().int(),
      /** Loudest sample of each point, 0 to 1. */
      caller: z.array(z.number().min(0).max(1)),
      agent: z.array(z.number().min(0).max(1)),
    }),
  },
  errors: ["bad_request", "unauthorized", "forbidden", "not_found", "internal"],
});

export const deleteRecording = defineRoute({
  id: "recordings.delete",
  summary: "Destroys a call's recording and its key",
  method: "DELETE",
  path: "/api/v1/calls/:id/recording",
  permission: "calls:delete",
  params: idParams,
  response: { status: 204, schema: z.null() },
  errors: ["unauthorized", "forbidden", "not_found", "conflict"],
});
