import { randomBytes, randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { parseJson, readBody, sendJson } from "../control/settings.ts";
import { outputFormatSchema, refuseModel, speechBodySchema } from "./query.ts";
import { type Refusal, refuse, refuseInvalid } from "./refusal.ts";
import type { ElevenLabsSettings } from "./settings.ts";
import { createSpeaker } from "./speaker.ts";
import { alignPiece, makeUtterance, type Piece, type Utterance } from "./utterance.ts";

type HttpScene = { settings: () => ElevenLabsSettings; nowMs: () => number; onSpoken: (text: string) => void };
const speechPath = /^\/v1\/text-to-speech\/([^/]+)(\/stream)?(\/with-timestamps)?$/u;
let running = 0;

function isRefusal(value: object): value is Refusal {
  return "status" in value;
}

async function readSpeechRequest(request: IncomingMessage, search: URLSearchParams) {
  const body = speechBodySchema.safeParse(parseJson(await readBody(request)));
  if (!body.success) return refuseInvalid(body.error, "body");
  const format = outputFormatSchema.safeParse(search.get("output_format") ?? "mp3_44100_128");
  if (!format.success) {
    return refuse(400, "invalid_output_format", `output_format: ${format.error.issues[0]?.message}`);
  }
  const wrong = refuseModel(body.data, false);
  return wrong ? refuse(400, wrong.status, wrong.message) : { body: body.data, format: format.data };
}

function writeTimed(response: ServerResponse, piece: Piece, utterance: Utterance): void {
  const alignment = alignPiece(utterance, piece.fromMs, piece.toMs);
  const timed = {
    characters: alignment.chars,
    character_start_times_seconds: alignment.charStartTimesMs.map((ms) => (ms + piece.fromMs) / 1_000),
    character_end_times_seconds: alignment.charStartTimesMs.map(
      (ms, i) => (ms + piece.fromMs + (alignment.charDurationsMs[i] ?? 0)) / 1_000,
    ),
  };
  const audio_base64 = Buffer.from(piece.bytes).toString("base64");
  response.write(`${JSON.stringify({ audio_base64, alignment: timed, normalized_alignment: timed })}\n`);
}

/** Answers `POST /v1/text-to-speech/{voice}[/stream][/with-timestamps]`; false when the path is another. */
export async function handleSpeech(
  request: IncomingMessage,
  response: ServerResponse,
  options: { url: URL; scene: HttpScene },
): Promise<boolean> {
  const { url, scene } = options;
  const path = speechPath.exec(url.pathname);
  if (!path || request.method !== "POST") return false;
  const { settings } = scene;
  const asked = await readSpeechRequest(request, url.searchParams);
  const { maxConcurrent } = settings();
  const busy = maxConcurrent !== null && running >= maxConcurrent;
  const refusal = isRefusal(asked)
    ? asked
    : busy
      ? refuse(429, "too_many_concurrent_requests", "Too many concurrent requests")
      : undefined;
  if (isRefusal(asked) || refusal) {
    sendJson(response, refusal?.status ?? 500, refusal?.body);
    return true;
  }
  speakOver(response, asked, { scene, timed: path[3] !== undefined, streamed: path[2] !== undefined });
  return true;
}

type Asked = Exclude<Awaited<ReturnType<typeof readSpeechRequest>>, Refusal>;

function speakOver(
  response: ServerResponse,
  asked: Asked,
  how: { scene: HttpScene; timed: boolean; streamed: boolean },
): void {
  const { scene, timed, streamed } = how;
  const { settings } = scene;
  running += 1;
  const held: Uint8Array[] = [];
  const speaker = createSpeaker({
    settings,
    nowMs: scene.nowMs,
    make: (text) =>
      makeUtterance(text, {
        format: asked.format,
        language: asked.body.language_code ?? "en",
        voice: settings().voice,
      }),
    onPiece(piece, utterance) {
      if (timed) writeTimed(response, piece, utterance);
      else if (settings().garbage) response.write(randomBytes(piece.bytes.length));
      else if (streamed) response.write(piece.bytes);
      else held.push(piece.bytes);
    },
    onCut: () => response.destroy(),
  });
  response.on("close", () => {
    running -= 1;
    speaker.stop();
  });
  const type = timed ? "application/json" : asked.format.encoding === "ulaw" ? "audio/basic" : "audio/pcm";
  response.writeHead(200, {
    "content-type": type,
    "request-id": randomUUID(),
    "character-cost": String(asked.body.text.length),
  });
  scene.onSpoken(asked.body.text.trim());
  speaker.say(asked.body.text);
  speaker.whenSaid(() => response.end(Buffer.concat(held)));
}
