/** One utterance at a time: heard, answered, spoken. */
import type { Readable } from "node:stream";
import type { UtteranceReply } from "@parley/contract/utterances";
import type { VendorUse } from "../../call/ports.ts";
import { AppError } from "../../kernel/app-error.ts";
import type { Actor } from "../../platform/http/principal.ts";
import { decodeSound, type Sound } from "./decode-sound.ts";
import type { Conversations, ForWhom, HeardSound, SpokenSound, UtteranceParts } from "./utterances-parts.ts";
import { wavOf } from "./wav-of.ts";

export interface Asking {
  readonly orgId: string;
  readonly actor: Actor;
  readonly signal: AbortSignal;
}

export interface Wish extends Omit<ForWhom, "orgId"> {
  readonly agentId: string;
  readonly conversationId?: string | undefined;
  readonly withAudio: boolean;
}

export interface Utterances {
  transcribe(asking: Asking, whom: Omit<ForWhom, "orgId">, file: Buffer): Promise<HeardSound & { durationMs: number }>;
  speak(
    asking: Asking,
    whom: Omit<ForWhom, "orgId"> & { voice?: string | undefined },
    text: { text: string; format: "wav" | "mulaw" },
  ): Promise<SpokenSound>;
  respond(asking: Asking, wish: Wish, said: { text: string } | { file: Buffer }): Promise<UtteranceReply>;
  /** Agents can answer once it is known how calls are announced. */
  converseWith(conversations: Conversations): void;
}

/** At one time, of one organisation. */
const perOrganization = 4;

export function createUtterances(parts: UtteranceParts): Utterances {
  return new UtteranceDesk(parts);
}

class UtteranceDesk implements Utterances {
  readonly #parts: UtteranceParts;
  readonly #busy = new Map<string, number>();
  #conversations: Conversations | undefined;

  constructor(parts: UtteranceParts) {
    this.#parts = parts;
  }

  converseWith(conversations: Conversations): void {
    this.#conversations = conversations;
  }

  async transcribe(asking: Asking, whom: Omit<ForWhom, "orgId">, file: Buffer) {
    return await this.#alone(asking.orgId, async () => {
      const { heard, sound } = await this.#hear(asking, whom, { file, action: "transcriptions.create" });
      return { ...heard, durationMs: sound.durationMs };
    });
  }

  async speak(
    asking: Asking,
    whom: Omit<ForWhom, "orgId"> & { voice?: string | undefined },
    text: { text: string; format: "wav" | "mulaw" },
  ): Promise<SpokenSound> {
    const release = this.#take(asking.orgId);
    const account = this.#account(asking, "speech.create");
    try {
      const { orgId, signal } = asking;
      const spoken = await this.#parts.voices.speak({ ...whom, orgId }, text, { signal, onUsage: account.onUsage });
      let settled: Promise<void> | undefined;
      const settle = () => {
        release();
        return (settled ??= account.close({ characters: text.text.length }));
      };
      // A reader who goes away before the first piece never begins to read.
      signal.addEventListener("abort", () => void settle().catch(() => undefined), { once: true });
      return { ...spoken, pieces: withEnd(spoken.pieces, settle) };
    } catch (error) {
      release();
      throw error;
    }
  }

  async respond(asking: Asking, wish: Wish, said: { text: string } | { file: Buffer }): Promise<UtteranceReply> {
    return await this.#alone(asking.orgId, () => this.#respond(asking, wish, said));
  }

  async #respond(asking: Asking, wish: Wish, said: { text: string } | { file: Buffer }): Promise<UtteranceReply> {
    const talks = this.#conversations;
    if (talks === undefined) throw new Error("no process to announce calls in");
    const { orgId } = asking;
    const { conversationId, withAudio, ...whom } = wish;
    const { agentId } = whom;
    const going = conversationId === undefined ? undefined : talks.find({ orgId, agentId, callId: conversationId });
    // Heard first: what cannot be heard starts no call.
    const heardIn = { ...whom, language: going?.language ?? whom.language };
    const text =
      "text" in said
        ? said.text
        : (await this.#hear(asking, heardIn, { ...said, action: "agents.respond" })).heard.text.trim();
    if (text === "") {
      throw new AppError("bad_request", { publicMessage: "No words could be heard in the sound. Send a clearer one." });
    }
    const call = going ?? (await this.#begin(talks, asking, whom));
    const greeting = "greeting" in call && typeof call.greeting === "string" ? call.greeting : "";
    const { reply, ended, tools } = await talks.say({ orgId, callId: call.callId }, text);
    const spokenIn = { ...whom, language: call.language };
    const audio = withAudio && reply !== "" ? await this.#sound(asking, spokenIn, reply) : null;
    const { callId } = call;
    return { conversationId: callId, callId, transcript: text, greeting, reply, ended, audio, tools };
  }

  async #begin(talks: Conversations, { orgId, actor }: Asking, whom: Omit<Wish, "conversationId" | "withAudio">) {
    const { db, audit } = this.#parts;
    const call = await talks.start({ ...whom, orgId });
    const entry = { orgId, actor, action: "agents.respond", subject: call.callId };
    await db.withOrg(orgId, (tx) => audit.append(tx, entry));
    return call;
  }

  async #sound(asking: Asking, whom: Omit<ForWhom, "orgId">, text: string): Promise<UtteranceReply["audio"]> {
    const account = this.#account(asking, "agents.respond");
    const { orgId, signal } = asking;
    const { onUsage } = account;
    try {
      const said = await this.#parts.voices.speak({ ...whom, orgId }, { text, format: "wav" }, { signal, onUsage });
      const pieces: Uint8Array[] = [];
      for await (const piece of said.pieces) pieces.push(piece);
      const samples = Buffer.concat(pieces);
      const wav = Buffer.concat([wavOf(said.sampleRateHz, samples.length), samples]);
      return { contentType: "audio/wav", base64: wav.toString("base64") };
    } finally {
      await account.close({ characters: text.length });
    }
  }

  async #hear(
    asking: Asking,
    whom: Omit<ForWhom, "orgId">,
    { file, action }: { file: Buffer; action: string },
  ): Promise<{ heard: HeardSound; sound: Sound }> {
    const sound = await decodeSound(file, asking.signal);
    const account = this.#account(asking, action);
    const { orgId, signal } = asking;
    try {
      const heard = await this.#parts.voices.hear({ ...whom, orgId }, sound, { signal, onUsage: account.onUsage });
      return { heard, sound };
    } finally {
      await account.close({ durationMs: sound.durationMs });
    }
  }

  /** What was used is entered when it is over, also where it failed half-way. */
  #account({ orgId, actor }: Asking, action: string) {
    const { db, audit, noteUsage, newId } = this.#parts;
    const uses: VendorUse[] = [];
    return {
      onUsage: (use: VendorUse) => void uses.push(use),
      async close(facts: Readonly<Record<string, number>>): Promise<void> {
        const subject = newId();
        const source = action.split(".")[0] ?? action;
        await db.withOrg(orgId, async (tx) => {
          await noteUsage(tx, { orgId, subject, source, uses });
          await audit.append(tx, { orgId, actor, action, subject, facts });
        });
      },
    };
  }

  async #alone<T>(orgId: string, run: () => Promise<T>): Promise<T> {
    const release = this.#take(orgId);
    try {
      return await run();
    } finally {
      release();
    }
  }

  /** What is returned gives the place back, once. */
  #take(orgId: string): () => void {
    const count = this.#busy.get(orgId) ?? 0;
    if (count >= perOrganization) {
      throw new AppError("too_many_requests", {
        publicMessage: `Only ${perOrganization} utterances of an organisation are worked on at a time. Try again shortly.`,
        retryAfterMs: 1000,
      });
    }
    this.#busy.set(orgId, count + 1);
    let isTaken = true;
    return () => {
      if (!isTaken) return;
      isTaken = false;
      const left = (this.#busy.get(orgId) ?? 1) - 1;
      if (left > 0) this.#busy.set(orgId, left);
      else this.#busy.delete(orgId);
    };
  }
}

/** `onEnd` also when the reader goes away in the middle. */
async function* withEnd(pieces: AsyncIterable<Uint8Array>, onEnd: () => Promise<void>): AsyncGenerator<Uint8Array> {
  try {
    yield* pieces;
  } finally {
    await onEnd();
  }
}

/** Bounded by the route already. */
export async function readUpload(stream: Readable): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of stream) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}
