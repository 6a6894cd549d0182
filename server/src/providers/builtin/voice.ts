import type { AudioFormat } from "../../audio/frame.ts";
import { phoneFormat } from "../../audio/frame.ts";
import type { SpeechEvent, SpeechRequest, SpeechStream, TextToSpeech } from "../../call/ports.ts";
import type { ProviderError } from "../../kernel/app-error.ts";
import { EspeakProcess, espeakProvider } from "./espeak-process.ts";

export interface BuiltinVoiceOptions {
  /** The machine's espeak-ng, used when the npm build cannot be loaded. */
  readonly binary?: string;
}

export interface BuiltinVoice extends TextToSpeech {
  /** The child's process id while it runs. */
  readonly pid: () => number | undefined;
  close(): void;
}

/** The child converts to any of these; the list is what the engine chooses from. */
const outputFormats: readonly AudioFormat[] = [
  phoneFormat,
  ...[16_000, 8000, 22_050, 24_000, 48_000].map((sampleRateHz) => ({ encoding: "pcm16", sampleRateHz }) as const),
];

/** Takes out what espeak-ng reads as commands: phonemes in double brackets, and markup. */
function plainText(text: string): string {
  return text.replace(/[<>&]|\[\[|\]\]/g, (found) => " ".repeat(found.length));
}

/** One reply. The child answers in the order asked, so segments end in order by themselves. */
class Reply implements SpeechStream {
  private readonly process: EspeakProcess;
  private readonly request: SpeechRequest;
  private readonly cancels = new Map<number, () => void>();
  private segments = 0;
  private isEnded = false;
  private isOver = false;
  private readonly onAbort = () => this.finish();

  constructor(process: EspeakProcess, request: SpeechRequest) {
    this.process = process;
    this.request = request;
    if (request.signal.aborted) this.isOver = true;
    else request.signal.addEventListener("abort", this.onAbort, { once: true });
  }

  push(text: string): void {
    if (this.isOver || this.isEnded) return;
    const segment = this.segments++;
    const { language, voice, format } = this.request;
    const cancel = this.process.speak({
      text: plainText(text),
      language,
      voice,
      format,
      onAudio: (audio, chars) =>
        this.tell({ type: "audio", segment, audio, ...(chars > 0 ? { chars: Math.min(chars, text.length) } : {}) }),
      onEnd: () => this.onSegmentEnd(segment),
      onError: (error) => this.fail(segment, error),
    });
    this.cancels.set(segment, cancel);
  }

  end(): void {
    if (this.isOver || this.isEnded) return;
    this.isEnded = true;
    this.finishWhenSpoken();
  }

  private onSegmentEnd(segment: number): void {
    this.cancels.delete(segment);
    this.tell({ type: "segment-end", segment });
    this.finishWhenSpoken();
  }

  private finishWhenSpoken(): void {
    if (!this.isEnded || this.cancels.size > 0) return;
    this.tell({ type: "done" });
    this.finish();
  }

  private fail(segment: number, error: ProviderError): void {
    this.cancels.delete(segment);
    this.tell({ type: "failed", error });
    this.finish();
  }

  private tell(event: SpeechEvent): void {
    if (!this.isOver) this.request.onEvent(event);
  }

  private finish(): void {
    this.isOver = true;
    this.request.signal.removeEventListener("abort", this.onAbort);
    for (const cancel of this.cancels.values()) cancel();
    this.cancels.clear();
  }
}

/** The voice that needs no account. Make one per process: all its calls share one child. */
export function createBuiltinVoice(options: BuiltinVoiceOptions = {}): BuiltinVoice {
  const process = new EspeakProcess({ binary: options.binary ?? "espeak-ng" });
  return {
    provider: espeakProvider,
    model: "espeak-ng",
    outputFormats,
    pid: () => process.pid,
    prewarm: () => process.start(),
    open: (request) => new Reply(process, request),
    close: () => process.stop(),
  };
}
