import { createConverter } from "../../audio/convert.ts";
import type { AudioFormat } from "../../audio/frame.ts";
import type { SpeechEvent } from "../../call/ports.ts";
import { ProviderError } from "../../kernel/app-error.ts";
import type { ProviderCredentials, ProviderIo } from "../provider.ts";
import { errorOfNetwork, errorOfResponse } from "../provider-failure.ts";
import type { ElevenLabsTtsOptions } from "./options.ts";
import { languageCodeFor, outputFormatName, provider, voiceSettings } from "./options.ts";

/** Longest wait for the next bytes. */
const stallTimeoutMs = 3000;

export interface HttpSpeechArguments {
  readonly io: ProviderIo;
  readonly credentials: ProviderCredentials;
  readonly options: ElevenLabsTtsOptions;
  readonly voice: string;
  readonly language: string;
  readonly format: AudioFormat;
  readonly signal: AbortSignal;
  readonly emit: (event: SpeechEvent) => void;
}

interface Piece {
  readonly segment: number;
  readonly text: string;
  readonly abort: AbortController;
  response: Promise<Response> | undefined;
}

/** Speaks segments by one HTTP request each, in order; the next is asked for while the one before is still coming. */
export class HttpSpeech {
  private readonly args: HttpSpeechArguments;
  private readonly pieces: Piece[] = [];
  private isEnded = false;
  private isRunning = false;
  private isOver = false;

  constructor(args: HttpSpeechArguments) {
    this.args = args;
  }

  push(segment: number, text: string): void {
    this.pieces.push({ segment, text, abort: new AbortController(), response: undefined });
    this.run();
  }

  end(): void {
    this.isEnded = true;
    this.run();
  }

  private run(): void {
    if (this.isRunning || this.isOver) return;
    this.isRunning = true;
    void this.speakPieces();
  }

  private async speakPieces(): Promise<void> {
    try {
      for (let piece = this.pieces[0]; piece; piece = this.pieces[0]) {
        await this.speakInTime(piece);
        this.pieces.shift();
        this.tell({ type: "segment-end", segment: piece.segment });
      }
    } catch (error) {
      this.tell({ type: "failed", error: errorOfNetwork(provider, error) });
      this.isOver = true;
    }
    this.isRunning = false;
    if (!this.isEnded || this.isOver) return;
    this.isOver = true;
    this.tell({ type: "done" });
  }

  private async speakInTime(piece: Piece): Promise<void> {
    if (piece.text.trim() === "") return;
    let cancel = (): void => undefined;
    const expectBytes = () => {
      cancel();
      cancel = this.args.io.clock.setTimer(stallTimeoutMs, () => piece.abort.abort(stalled()));
    };
    try {
      await this.speakPiece(piece, expectBytes);
    } finally {
      cancel();
    }
  }

  private async speakPiece(piece: Piece, expectBytes: () => void): Promise<void> {
    expectBytes();
    const response = await (piece.response ??= this.ask(piece));
    if (!response.ok) throw await errorOfResponse(provider, response);
    const next = this.pieces[1];
    if (next && next.text.trim() !== "") next.response ??= this.ask(next);
    const { format } = this.args;
    const align = createConverter(format, format); // the network cuts samples in two
    if (!response.body) return;
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
      expectBytes();
      const audio = align(chunk);
      if (audio.length > 0) this.tell({ type: "audio", segment: piece.segment, audio });
    }
  }

  private ask(piece: Piece): Promise<Response> {
    const { io, credentials, options, voice, language, format, signal } = this.args;
    const code = languageCodeFor(options.model, language);
    const body = {
      text: piece.text,
      model_id: options.model,
      voice_settings: voiceSettings(options),
      ...(code ? { language_code: code } : {}),
    };
    const path = `/v1/text-to-speech/${encodeURIComponent(voice)}/stream?output_format=${outputFormatName(format)}`;
    const response = io.fetch(`${credentials.baseUrl}${path}`, {
      method: "POST",
      headers: { "xi-api-key": credentials.apiKey, "content-type": "application/json" },
      body: JSON.stringify(body),
      signal: AbortSignal.any([signal, piece.abort.signal]),
    });
    response.catch(() => undefined); // awaited in its turn
    return response;
  }

  private tell(event: SpeechEvent): void {
    if (!this.args.signal.aborted) this.args.emit(event);
  }
}

function stalled(): ProviderError {
  return new ProviderError("ElevenLabs stopped sending.", { provider, category: "timeout", permanent: false });
}
