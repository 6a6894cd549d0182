/**
 * Counts what a call uses of a vendor and tells it once it is known, or when the call lets go of it. The wrapper stands directly
 * around an adapter, so that within a chain of fallbacks each vendor's share is its own.
 */
import { bytesForDuration, durationOfBytes } from "../audio/frame.ts";
import type { LanguageModel, ModelRequest, SpeechToText, TextToSpeech, VendorUse } from "../call/ports.ts";

type Payer = Pick<VendorUse, "ownKey">;

/** A process that dies loses at most this much of a recogniser's account. */
const recogniserTellsEveryMs = 60_000;

/** Four bytes of UTF-8 a token: English is told well, Arabic a little high. */
const tokensOf = (text: string) => Math.ceil(Buffer.byteLength(text) / 4);

function estimatedInput({ instructions, context, messages, tools }: ModelRequest): number {
  return tokensOf(instructions) + tokensOf(context) + tokensOf(JSON.stringify([messages, tools]));
}

/** A vendor tells its figures at the end of a reply: of one that was cut, they are estimated. */
export function meteredModel(model: LanguageModel, payer: Payer): LanguageModel {
  async function* generate(request: ModelRequest) {
    const { provider, model: name } = model;
    let told = false;
    let output = 0;
    const tell = (counts: Omit<VendorUse, "provider" | "model">) => {
      if (told) return;
      told = true;
      request.onUsage?.({ provider, model: name, ...counts, ...payer });
    };
    const estimate = () => {
      if (!told) tell({ inputTokens: estimatedInput(request), outputTokens: output, estimated: true });
    };
    request.signal.addEventListener("abort", estimate, { once: true });
    try {
      for await (const part of model.generate(request)) {
        if (part.type === "text") output += tokensOf(part.text);
        else if (part.type === "tool-call") output += tokensOf(JSON.stringify(part.call.input ?? {}));
        else if (part.type === "usage") {
          const { type: _part, ...counts } = part;
          tell(counts);
        }
        yield part;
      }
      // It ended as it should, and told nothing.
      estimate();
    } finally {
      request.signal.removeEventListener("abort", estimate);
      // What failed before its first word is not billed, as a rule; what broke off is.
      if (output > 0) estimate();
    }
  }
  return {
    provider: model.provider,
    model: model.model,
    ...(model.prewarm === undefined ? {} : { prewarm: () => model.prewarm?.() }),
    generate,
  };
}

export function meteredVoice(voice: TextToSpeech, payer: Payer): TextToSpeech {
  const { provider, model, outputFormats } = voice;
  return {
    ...{ provider, model, outputFormats },
    ...(voice.prewarm === undefined ? {} : { prewarm: (options) => voice.prewarm?.(options) }),
    ...(voice.close === undefined ? {} : { close: () => voice.close?.() }),
    open(request) {
      let characters = 0;
      const tell = () => {
        if (characters === 0) return;
        request.onUsage?.({ provider, model, characters, ...payer });
        characters = 0;
      };
      request.signal.addEventListener("abort", tell, { once: true });
      const stream = voice.open({
        ...request,
        onEvent(event) {
          if (event.type === "done" || event.type === "failed") {
            request.signal.removeEventListener("abort", tell);
            tell();
          }
          request.onEvent(event);
        },
      });
      return {
        push(text) {
          if (!request.signal.aborted) characters += text.length;
          stream.push(text);
        },
        end: () => stream.end(),
      };
    },
  };
}

export function meteredRecogniser(recogniser: SpeechToText, payer: Payer): SpeechToText {
  const { provider, model, decidesTurns, inputFormats } = recogniser;
  return {
    ...{ provider, model, decidesTurns, inputFormats },
    open(request) {
      let bytes = 0;
      let over = false;
      const tellAt = bytesForDuration(request.format, recogniserTellsEveryMs);
      const tell = () => {
        if (bytes === 0) return;
        request.onUsage?.({ provider, model, audioMs: Math.round(durationOfBytes(request.format, bytes)), ...payer });
        bytes = 0;
      };
      const end = () => {
        over = true;
        tell();
      };
      request.signal.addEventListener("abort", end, { once: true });
      const stream = recogniser.open({
        ...request,
        onEvent(event) {
          if (event.type === "failed") end();
          request.onEvent(event);
        },
      });
      return {
        sendAudio(frame) {
          stream.sendAudio(frame);
          if (over) return;
          bytes += frame.byteLength;
          if (bytes >= tellAt) tell();
        },
        finalize: () => stream.finalize(),
        close() {
          stream.close();
          request.signal.removeEventListener("abort", end);
          end();
        },
      };
    },
  };
}
