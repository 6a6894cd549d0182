import { Readable } from "node:stream";
import { createSpeech, createTranscription, respondToUtterance, typedUtterance } from "@parley/contract/utterances";
import { AppError } from "../../kernel/app-error.ts";
import type { RouteMount, Upload } from "../../platform/http/route-mount.ts";
import { readUpload, type Utterances } from "./utterances.ts";
import { wavOf } from "./wav-of.ts";

async function readUtterance({ stream, contentType }: Upload): Promise<{ text: string } | { file: Buffer }> {
  const file = await readUpload(stream);
  if (contentType !== "application/json") return { file };
  const typed = typedUtterance.safeParse(JSON.parse(file.toString("utf8")));
  if (typed.success) return typed.data;
  const [issue] = typed.error.issues;
  throw new AppError("bad_request", {
    publicMessage: `${issue?.path.join(".") || "body"}: ${issue?.message}. Send {"text": "…"}, or a sound with its own content type.`,
  });
}

export function mountUtteranceRoutes(mount: RouteMount, { utterances }: { utterances: Utterances }): void {
  mount(respondToUtterance, async ({ orgId, actor, params, query, upload, request, reply, signal }) => {
    const wantsSound = /\baudio\/wav\b/i.test(request.headers.accept ?? "");
    const { conversationId, language, version, audio } = query;
    const wish = { agentId: params.id, conversationId, language, version, withAudio: wantsSound || audio === "true" };
    const said = await readUtterance(upload);
    const answer = await utterances.respond({ orgId, actor, signal }, wish, said);
    if (!wantsSound || answer.audio === null) return answer;
    void reply
      .header("x-conversation-id", answer.conversationId)
      .type("audio/wav")
      .send(Buffer.from(answer.audio.base64, "base64"));
    return answer;
  });
  mount(createTranscription, async ({ orgId, actor, query, upload, signal }) => {
    const heard = await utterances.transcribe({ orgId, actor, signal }, query, await readUpload(upload.stream));
    return { ...heard, segments: [...heard.segments], language: query.language };
  });
  mount(createSpeech, async ({ orgId, actor, body, reply, signal }) => {
    const { text, format, ...whom } = body;
    const spoken = await utterances.speak({ orgId, actor, signal }, whom, { text, format });
    if (format === "mulaw") void reply.type("audio/basic");
    const header = format === "wav" ? [wavOf(spoken.sampleRateHz)] : [];
    return Readable.from(joined(header, spoken.pieces), { objectMode: false });
  });
}

async function* joined(header: readonly Uint8Array[], pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* header;
  yield* pieces;
}
