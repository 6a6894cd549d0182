import type { LanguageModel, ModelPart, ModelRequest } from "../../call/ports.ts";
import { ProviderError } from "../../kernel/app-error.ts";
import { withSpeechGuard, withTextTools } from "./text-tools.ts";

export type ToolCallingMode = "native" | "text" | "auto";

/** `auto` begins native and, when the server says that it cannot, stays with text for as long as this model lives. */
export function withToolCalling(model: LanguageModel, mode: ToolCallingMode): LanguageModel {
  const guarded = withSpeechGuard(model);
  if (mode === "native") return guarded;
  const textual = withTextTools(model);
  if (mode === "text") return textual;
  let nativeWorks = true;

  async function* generate(request: ModelRequest): AsyncGenerator<ModelPart> {
    if (!nativeWorks) return yield* textual.generate(request);
    try {
      yield* guarded.generate(request);
    } catch (error) {
      if (request.tools.length === 0 || !saysToolsUnsupported(error)) throw error;
      nativeWorks = false;
      yield* textual.generate(request);
    }
  }
  return { ...textual, generate };
}

/** Ollama: "does not support tools"; vLLM: "requires --enable-auto-tool-choice"; llama.cpp: "tools param requires --jinja flag". */
function saysToolsUnsupported(error: unknown): boolean {
  if (!(error instanceof ProviderError)) return false;
  const says = error.vendorMessage ?? "";
  const refused = error.status === 400 || error.status === 422 || error.status === 500 || error.status === 501;
  return (
    refused &&
    /tool|function.call/i.test(says) &&
    /support|enable|require|not allowed|unknown|unrecognized|extra/i.test(says)
  );
}
