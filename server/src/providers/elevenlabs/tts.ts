import { createConverter } from "../../audio/convert.ts";
import type { SpeechEvent, SpeechRequest, SpeechStream, TextToSpeech } from "../../call/ports.ts";
import { ProviderError } from "../../kernel/app-error.ts";
import type { ProviderArguments } from "../provider.ts";
import type { ContextHandler, SpeechContext } from "./context-socket.ts";
import { HttpSpeech } from "./http-speech.ts";
import type { ElevenLabsTtsOptions } from "./options.ts";
import { elevenLabsOutputFormats, provider, voiceFor } from "./options.ts";
import { SegmentLedger } from "./segments.ts";
import { SocketPool } from "./socket-pool.ts";
import type { Alignment } from "./wire.ts";

/** All letters spoken and no further audio for this long: the segment is over, although the context stays open. */
const quietAlignedMs = 100;
const quietUnalignedMs = 600;
/** Text was given and nothing came, or nothing more: the socket is deaf, the rest goes by HTTP. Well before the engine's own watchdog. */
const audioTimeoutMs = 2500;
const nothing = () => undefined;

interface ReplyArguments {
  readonly provider: ProviderArguments<ElevenLabsTtsOptions>;
  readonly pool: SocketPool;
  readonly request: SpeechRequest;
}

/** One reply: by a context of a shared socket; what the socket did not get to say, by HTTP. */
class Reply implements SpeechStream, ContextHandler {
  private readonly args: ReplyArguments;
  private readonly ledger: SegmentLedger;
  private readonly align: (chunk: Uint8Array) => Uint8Array;
  private readonly voice: string;
  private context: SpeechContext | undefined;
  private http: HttpSpeech | undefined;
  private segments = 0;
  private isEnded = false;
  private isOver = false;
  private cancelQuiet: () => void = nothing;
  private cancelDeaf: (() => void) | undefined;
  private readonly onAbort = () => this.finish();

  constructor(args: ReplyArguments) {
    this.args = args;
    const { request, pool } = args;
    this.voice = voiceFor(args.provider.options, request);
    this.align = createConverter(request.format, request.format);
    this.ledger = new SegmentLedger(request.format, (event) => this.emit(event));
    if (request.signal.aborted) {
      this.isOver = true;
      return;
    }
    request.signal.addEventListener("abort", this.onAbort, { once: true });
    const socket = pool.acquire({ voice: this.voice, language: request.language, format: request.format });
    // A failure is told after `open` has returned, never from inside it.
    if (socket instanceof ProviderError) queueMicrotask(() => this.onLost(socket));
    else this.context = socket.openContext(this);
  }

  push(text: string): void {
    if (this.isOver || this.isEnded) return;
    const segment = this.segments++;
    const spoken = text.trim();
    this.cancelQuiet();
    if (this.http) return this.http.push(segment, spoken);
    this.ledger.push(spoken);
    if (spoken === "" || !this.context) return;
    this.context.speak(spoken);
    this.expectAudio();
  }

  end(): void {
    if (this.isOver || this.isEnded) return;
    this.isEnded = true;
    this.cancelQuiet();
    if (this.segments === 0) {
      this.emit({ type: "done" });
      this.finish();
    } else if (this.http) this.http.end();
    else {
      this.context?.close();
      this.expectAudio();
    }
  }

  onAudio(audio: Buffer, alignment: Alignment | undefined): void {
    if (this.isOver) return;
    this.stopTimers();
    this.ledger.take(this.align(audio), alignment);
    if (this.isOver) return;
    if (this.isEnded || !this.ledger.isSpoken) return this.expectAudio();
    const { clock } = this.args.provider.io;
    this.cancelQuiet = clock.setTimer(alignment ? quietAlignedMs : quietUnalignedMs, () => this.ledger.finish());
  }

  onFinal(): void {
    if (this.isOver) return;
    this.context = undefined;
    // A context that ended by itself while more text may come: the rest goes by HTTP.
    if (!this.isEnded) return this.continueByHttp();
    this.ledger.finish();
    this.emit({ type: "done" });
    this.finish();
  }

  onLost(error: ProviderError): void {
    if (this.isOver) return;
    this.context = undefined;
    if (error.status === 401) {
      this.emit({ type: "failed", error });
      this.finish();
      return;
    }
    this.continueByHttp();
  }

  private expectAudio(): void {
    this.cancelDeaf ??= this.args.provider.io.clock.setTimer(audioTimeoutMs, () => this.onDeaf());
  }

  private onDeaf(): void {
    this.context?.abandon();
    this.context = undefined;
    this.continueByHttp();
  }

  private stopTimers(): void {
    this.cancelQuiet();
    this.cancelDeaf?.();
    this.cancelDeaf = undefined;
  }

  private continueByHttp(): void {
    const { io, credentials, options } = this.args.provider;
    const { language, format, signal } = this.args.request;
    this.stopTimers();
    this.http = new HttpSpeech({
      io,
      credentials,
      options,
      language,
      format,
      signal,
      voice: this.voice,
      emit: (event) => {
        this.emit(event);
        if (event.type === "done" || event.type === "failed") this.finish();
      },
    });
    for (const { segment, text } of this.ledger.remainder()) this.http.push(segment, text);
    if (this.isEnded) this.http.end();
  }

  private emit(event: SpeechEvent): void {
    if (!this.isOver) this.args.request.onEvent(event);
  }

  private finish(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.stopTimers();
    this.args.request.signal.removeEventListener("abort", this.onAbort);
    this.context?.abandon();
    this.context = undefined;
  }
}

export function createElevenLabsTts(args: ProviderArguments<ElevenLabsTtsOptions>): TextToSpeech {
  const pool = new SocketPool(args);
  return {
    provider,
    model: args.options.model,
    outputFormats: elevenLabsOutputFormats,
    prewarm({ language, voice, format }) {
      pool.acquire({ voice: voiceFor(args.options, { language, voice }), language, format });
    },
    open: (request) => new Reply({ provider: args, pool, request }),
    close: () => pool.close(),
  };
}
