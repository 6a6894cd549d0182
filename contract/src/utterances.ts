/** Single utterances: one in and a reply out, the recogniser alone, the voice alone. */
import { z } from "zod";
import { idParams } from "./page.ts";
import { defineRoute } from "./route.ts";

export const utteranceMaxBytes = 10 * 1024 * 1024;
export const utteranceMaxMs = 60_000;

/** Wav, mp3, ogg (opus or vorbis), webm (opus). What the bytes are decides, not the name. */
export const soundTypes = [
  "audio/wav",
  "audio/x-wav",
  "audio/wave",
  "audio/mpeg",
  "audio/mp3",
  "audio/ogg",
  "audio/opus",
  "application/ogg",
  "audio/webm",
  "video/webm",
  "application/octet-stream",
] as const;

const languageTag = z.string().regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, "must be a language tag such as en-US");
const agentId = idParams.shape.id;

const spokenPart = z.object({ text: z.string(), startMs: z.number(), endMs: z.number() });

/** As JSON instead of a sound. */
export const typedUtterance = z.strictObject({ text: z.string().trim().min(1).max(2000) });

export const utteranceReply = z.object({
  /** To go on with, as `conversationId`; it is the id of the call too. */
  conversationId: z.string(),
  callId: z.string(),
  /** What was heard, or typed. */
  transcript: z.string(),
  /** The agent's first words, in a conversation that has just begun. */
  greeting: z.string(),
  reply: z.string(),
  /** Nothing can be said any more. */
  ended: z.boolean(),
  audio: z.object({ contentType: z.literal("audio/wav"), base64: z.string() }).nullable(),
  /** What the agent did for this reply. */
  tools: z.array(z.object({ name: z.string(), outcome: z.enum(["ok", "failed", "timed-out", "uncertain"]) })),
});
export type UtteranceReply = z.output<typeof utteranceReply>;

export const respondToUtterance = defineRoute({
  id: "agents.respond",
  summary:
    'One utterance in (a sound as the body, or JSON {"text": …}), the agent\'s reply out; a bare WAV with `Accept: audio/wav`',
  method: "POST",
  path: "/api/v1/agents/:id/respond",
  permission: "calls:write",
  params: idParams,
  query: z.object({
    conversationId: agentId.optional().describe("Goes on with that conversation."),
    /** BCP-47; the agent's own when absent. */
    language: languageTag.optional(),
    version: z.literal("draft").optional().describe("Tries what is not published yet."),
    audio: z.enum(["true", "false"]).default("true").describe("`false`: no sound of the reply."),
  }),
  upload: { contentTypes: [...soundTypes, "application/json"], maxBytes: utteranceMaxBytes, json: typedUtterance },
  response: { status: 200, schema: utteranceReply },
  errors: [
    ...(["bad_request", "unauthorized", "forbidden", "not_found", "conflict", "payload_too_large"] as const),
    ...(["unsupported_media_type", "provider_missing", "provider_failed", "too_many_requests", "at_capacity"] as const),
    "draining",
  ],
});

export const createTranscription = defineRoute({
  id: "transcriptions.create",
  summary: "A sound as the body, its words out: at most 60 seconds of wav, mp3, ogg or webm",
  method: "POST",
  path: "/api/v1/transcriptions",
  permission: "calls:write",
  query: z.object({
    language: languageTag.default("en-US").describe("What is spoken in it."),
    agentId: agentId.optional().describe("Heard by that agent's recogniser and with its key terms."),
  }),
  upload: { contentTypes: soundTypes, maxBytes: utteranceMaxBytes },
  response: {
    status: 200,
    schema: z.object({
      text: z.string(),
      language: z.string(),
      durationMs: z.number().int(),
      provider: z.string(),
      model: z.string(),
      /** As the recogniser closed them; its own times, to within its steps. */
      segments: z.array(spokenPart),
    }),
  },
  errors: [
    ...(["bad_request", "unauthorized", "forbidden", "not_found", "payload_too_large"] as const),
    ...(["unsupported_media_type", "provider_missing", "provider_failed", "too_many_requests"] as const),
  ],
});

export const createSpeech = defineRoute({
  id: "speech.create",
  summary: "A text in, its sound out, as it is made: WAV, or mu-law of 8 kHz (`audio/basic`)",
  method: "POST",
  path: "/api/v1/speech",
  permission: "calls:write",
  body: z.strictObject({
    text: z.string().trim().min(1).max(5000),
    language: languageTag.default("en-US"),
    voice: z.string().max(200).optional().describe("The vendor's id of a voice."),
    agentId: agentId.optional().describe("In that agent's voice."),
    format: z.enum(["wav", "mulaw"]).default("wav"),
  }),
  response: { status: 200, schema: z.any(), contentType: "audio/wav" },
  errors: ["bad_request", "unauthorized", "forbidden", "not_found", "provider_failed", "too_many_requests"],
});
