import { ProviderError } from "../../kernel/app-error.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { ProviderIo } from "../provider.ts";
import { watchSocket } from "../provider-failure.ts";
import { provider } from "./options.ts";
import type { Alignment } from "./wire.ts";
import { readSocketMessage } from "./wire.ts";

/** The vendor closes the socket when a sixth is opened. */
const maxContexts = 5;
const openTimeoutMs = 2000;
/** A context that was closed and never reported its end is forgotten after this. */
const forgetContextAfterMs = 10_000;

/** What one reply hears of its context. */
export interface ContextHandler {
  onAudio(audio: Buffer, alignment: Alignment | undefined): void;
  /** Everything was sent and the context is closed. */
  onFinal(): void;
  /** The context is dead; nothing follows. */
  onLost(error: ProviderError): void;
}

/** One reply's hold on a socket. */
export interface SpeechContext {
  /** Text to be spoken at once. */
  speak(text: string): void;
  /** No more text: the rest is spoken, then `onFinal`. */
  close(): void;
  /** Nothing more is wanted or told. */
  abandon(): void;
}

interface OpenContext {
  /** `undefined` for a context that was abandoned and has not yet been reported closed. */
  handler: ContextHandler | undefined;
  lastSentAtMs: number;
}

export interface ContextSocketArguments {
  readonly io: ProviderIo;
  readonly url: string;
  readonly apiKey: string;
  readonly voiceSettings: object;
  readonly onEnd: (socket: ContextSocket, error: ProviderError | undefined) => void;
}

/** One multi-context socket, shared by the replies of many calls. */
export class ContextSocket {
  private readonly args: ContextSocketArguments;
  private readonly clock: Clock;
  private readonly socket: ReturnType<ProviderIo["connect"]>;
  private readonly contexts = new Map<string, OpenContext>();
  private queue: string[] = [];
  private state: "connecting" | "open" | "ended" = "connecting";
  private lastSentAtMs: number;
  private nextContext = 0;
  private vendorWords: string | undefined;
  private readonly cancelOpenTimer: () => void;
  /** When a reply last began or ended here. */
  lastUsedAtMs: number;

  constructor(args: ContextSocketArguments) {
    this.args = args;
    this.clock = args.io.clock;
    this.lastUsedAtMs = this.clock.now();
    this.lastSentAtMs = this.lastUsedAtMs;
    this.socket = args.io.connect(args.url, { headers: { "xi-api-key": args.apiKey } });
    this.cancelOpenTimer = this.clock.setTimer(openTimeoutMs, () =>
      this.endBecause("timeout", "The connection took too long."),
    );
    watchSocket(provider, this.socket, {
      onOpen: () => this.onOpen(),
      onMessage: (data) => this.onMessage(data),
      onEnd: (error) =>
        this.end(this.vendorWords === undefined ? error : this.failure("bad-request", this.vendorWords)),
    });
  }

  get hasRoom(): boolean {
    return this.state !== "ended" && this.contexts.size < maxContexts;
  }

  get openContexts(): number {
    return this.contexts.size;
  }

  openContext(handler: ContextHandler): SpeechContext {
    const id = `reply-${this.nextContext++}`;
    this.lastUsedAtMs = this.clock.now();
    const context: OpenContext = { handler, lastSentAtMs: this.lastUsedAtMs };
    this.contexts.set(id, context);
    // Settings may only come with a context's first message, whose text must be one space.
    this.send({ text: " ", voice_settings: this.args.voiceSettings, context_id: id });
    let isClosing = false;
    const close = () => {
      if (isClosing || !this.contexts.has(id)) return;
      isClosing = true;
      this.send({ context_id: id, close_context: true });
    };
    return {
      speak: (text) => {
        context.lastSentAtMs = this.clock.now();
        this.send({ text: `${text} `, context_id: id, flush: true });
      },
      close,
      abandon: () => {
        if (!this.contexts.has(id)) return;
        context.handler = undefined;
        close();
        this.clock.setTimer(forgetContextAfterMs, () => this.forget(id));
      },
    };
  }

  /** To be called every few seconds; sends what the vendor needs to keep contexts and socket open. */
  keepAlive(afterMs: number): void {
    if (this.state !== "open") return;
    const nowMs = this.clock.now();
    for (const [id, context] of this.contexts) {
      if (!context.handler || nowMs - context.lastSentAtMs < afterMs) continue;
      context.lastSentAtMs = nowMs;
      this.send({ text: "", context_id: id });
    }
    if (this.contexts.size > 0 || nowMs - this.lastSentAtMs < afterMs) return;
    this.send({ text: " ", context_id: "keep-alive" });
    this.send({ context_id: "keep-alive", close_context: true });
  }

  close(): void {
    if (this.state === "open") this.socket.send('{"close_socket":true}');
    this.end(undefined);
  }

  private send(message: object): void {
    const text = JSON.stringify(message);
    this.lastSentAtMs = this.clock.now();
    if (this.state === "open") this.socket.send(text);
    else if (this.state === "connecting") this.queue.push(text);
  }

  private onOpen(): void {
    if (this.state !== "connecting") return;
    this.cancelOpenTimer();
    this.state = "open";
    for (const text of this.queue) this.socket.send(text);
    this.queue = [];
  }

  private onMessage(data: Buffer): void {
    if (this.state !== "open") return;
    const message = readSocketMessage(data);
    if (!message) return;
    if (message.error !== undefined) return this.onVendorError(message.contextId, message.error);
    if (message.contextId === undefined) return;
    const handler = this.contexts.get(message.contextId)?.handler;
    if (handler && message.audio) handler.onAudio(message.audio, message.alignment);
    if (!message.isFinal) return;
    this.forget(message.contextId);
    handler?.onFinal();
  }

  /** An error of one context ends that one; any other is followed by the socket's close, which then tells these words. */
  private onVendorError(contextId: string | undefined, words: string): void {
    const handler = contextId === undefined ? undefined : this.contexts.get(contextId)?.handler;
    if (contextId === undefined || !handler) {
      this.vendorWords = words;
      return;
    }
    this.forget(contextId);
    handler.onLost(this.failure("bad-request", words));
  }

  private forget(id: string): void {
    if (this.contexts.delete(id)) this.lastUsedAtMs = this.clock.now();
  }

  private failure(category: "bad-request" | "timeout", vendorMessage: string): ProviderError {
    return new ProviderError("ElevenLabs ended the speech.", { provider, category, permanent: false, vendorMessage });
  }

  private endBecause(category: "timeout", words: string): void {
    this.end(this.failure(category, words));
  }

  private end(error: ProviderError | undefined): void {
    if (this.state === "ended") return;
    const wasOpen = this.state === "open";
    this.state = "ended";
    this.cancelOpenTimer();
    this.queue = [];
    const contexts = [...this.contexts.values()];
    this.contexts.clear();
    if (wasOpen) this.socket.close();
    else this.socket.terminate();
    this.args.onEnd(this, error);
    const lost = error ?? this.failure("timeout", "The connection was closed.");
    for (const { handler } of contexts) handler?.onLost(lost);
  }
}
