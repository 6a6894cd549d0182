import type { AudioFormat } from "../../audio/frame.ts";
import type { ProviderError } from "../../kernel/app-error.ts";
import type { ProviderCredentials, ProviderIo } from "../provider.ts";
import { socketOrigin } from "../provider-io.ts";
import { ContextSocket } from "./context-socket.ts";
import type { ElevenLabsTtsOptions } from "./options.ts";
import { languageCodeFor, outputFormatName, voiceSettings } from "./options.ts";

const inactivityTimeoutS = 180;
/** Well under the vendor's default of 20 s, in case it does not take our figure. */
const keepAliveAfterMs = 12_000;
const tendEveryMs = 5000;
const idleAfterMs = 5 * 60_000;
/** After a failed dial, replies go by HTTP at once for this long, instead of waiting for another failure. */
const dialPauseMs = 20_000;

/** What a socket is bound to by its address. */
export interface VoiceKey {
  readonly voice: string;
  readonly language: string;
  readonly format: AudioFormat;
}

interface Shelf {
  readonly url: string;
  readonly sockets: Set<ContextSocket>;
  refusal: { error: ProviderError; untilMs: number } | undefined;
}

/** Warm sockets of one process, by voice, model, format and language. */
export class SocketPool {
  private readonly io: ProviderIo;
  private readonly credentials: ProviderCredentials;
  private readonly options: ElevenLabsTtsOptions;
  private readonly shelves = new Map<string, Shelf>();
  private cancelTending: (() => void) | undefined;

  constructor(args: { io: ProviderIo; credentials: ProviderCredentials; options: ElevenLabsTtsOptions }) {
    this.io = args.io;
    this.credentials = args.credentials;
    this.options = args.options;
  }

  /** A socket with room for another context, or the error of a dial that failed just now. */
  acquire(key: VoiceKey): ContextSocket | ProviderError {
    const shelf = this.shelfFor(key);
    for (const socket of shelf.sockets) if (socket.hasRoom) return socket;
    if (shelf.refusal && this.io.clock.now() < shelf.refusal.untilMs) return shelf.refusal.error;
    return this.dial(shelf);
  }

  close(): void {
    this.cancelTending?.();
    this.cancelTending = undefined;
    for (const shelf of this.shelves.values()) for (const socket of shelf.sockets) socket.close();
  }

  private shelfFor({ voice, language, format }: VoiceKey): Shelf {
    const query = new URLSearchParams({
      model_id: this.options.model,
      output_format: outputFormatName(format),
      auto_mode: "true",
      sync_alignment: "true",
      inactivity_timeout: String(inactivityTimeoutS),
    });
    const code = languageCodeFor(this.options.model, language);
    if (code) query.set("language_code", code);
    const path = `/v1/text-to-speech/${encodeURIComponent(voice)}/multi-stream-input`;
    const url = `${socketOrigin(this.credentials.baseUrl)}${path}?${query.toString()}`;
    const known = this.shelves.get(url);
    if (known) return known;
    const made: Shelf = { url, sockets: new Set(), refusal: undefined };
    this.shelves.set(url, made);
    return made;
  }

  private dial(shelf: Shelf): ContextSocket {
    const dialledAtMs = this.io.clock.now();
    const socket = new ContextSocket({
      io: this.io,
      url: shelf.url,
      apiKey: this.credentials.apiKey,
      voiceSettings: voiceSettings(this.options),
      onEnd: (ended, error) => this.onEnd(shelf, { ended, error, dialledAtMs }),
    });
    shelf.sockets.add(socket);
    this.cancelTending ??= this.io.clock.setTimer(tendEveryMs, () => this.tend());
    return socket;
  }

  private onEnd(
    shelf: Shelf,
    end: { ended: ContextSocket; error: ProviderError | undefined; dialledAtMs: number },
  ): void {
    shelf.sockets.delete(end.ended);
    if (!end.error) return;
    const nowMs = this.io.clock.now();
    const livedMs = nowMs - end.dialledAtMs;
    const wasInUse = nowMs - end.ended.lastUsedAtMs < idleAfterMs;
    // A socket that stood and was cut is opened again, so that the next reply finds it warm.
    if (livedMs > tendEveryMs && wasInUse && shelf.sockets.size === 0) this.dial(shelf);
    else if (livedMs <= tendEveryMs) shelf.refusal = { error: end.error, untilMs: nowMs + dialPauseMs };
  }

  private tend(): void {
    this.cancelTending = undefined;
    const nowMs = this.io.clock.now();
    let count = 0;
    for (const shelf of this.shelves.values()) {
      for (const socket of shelf.sockets) {
        if (socket.openContexts === 0 && nowMs - socket.lastUsedAtMs >= idleAfterMs) socket.close();
        else socket.keepAlive(keepAliveAfterMs);
      }
      count += shelf.sockets.size;
    }
    if (count > 0) this.cancelTending = this.io.clock.setTimer(tendEveryMs, () => this.tend());
  }
}
