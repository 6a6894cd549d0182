import { Readable } from "node:stream";
import { deleteRecording, getRecording, getRecordingPeaks } from "@parley/contract/recordings";
import { AppError } from "../../kernel/app-error.ts";
import type { RouteMount } from "../../platform/http/route-mount.ts";
import type { Recordings } from "./recordings.ts";
import { readRange, readWav, wavBytesOf } from "./wav-range.ts";

export function mountRecordingRoutes(mount: RouteMount, { recordings }: { recordings: Recordings }): void {
  mount(getRecording, async ({ orgId, actor, params, request, reply }) => {
    const opened = await recordings.listen({ orgId, callId: params.id }, actor);
    const size = wavBytesOf(opened.content.plainBytes);
    const etag = `"${params.id}-${size}"`;
    const ifRange = request.headers["if-range"];
    const isSame = ifRange === undefined || ifRange === etag;
    const range = isSame ? readRange(request.headers.range, size) : undefined;
    void reply.header("accept-ranges", "bytes");
    if (range === "none") {
      void reply.header("content-range", `bytes */${size}`);
      throw new AppError("range_not_satisfiable", { publicMessage: `The recording has ${size} bytes.` });
    }
    if (range !== undefined) {
      void reply.code(206).header("content-range", `bytes ${range.start}-${range.end - 1}/${size}`);
    }
    const sent = range ?? { start: 0, end: size };
    void reply
      .header("content-length", sent.end - sent.start)
      .header("etag", etag)
      .header("cache-control", "private, no-store")
      .header("content-disposition", `inline; filename="${params.id}.wav"`);
    return Readable.from(readWav(opened, sent), { objectMode: false });
  });
  mount(getRecordingPeaks, async ({ orgId, params, query }) => {
    return await recordings.peaks({ orgId, callId: params.id }, query.resolution);
  });
  mount(deleteRecording, async ({ orgId, actor, params }) => {
    await recordings.destroy({ orgId, callId: params.id }, actor);
    return null;
  });
}
