/**
 * What a call's plan hides from language models: a model that the call was given reads names in place of numbers and addresses, and the
 * call hears and does what they stand for. Nothing is hidden from the built-in model, which reads within this process.
 */
import type { ModelRedaction } from "../call/call-plan.ts";
import type { ConversationMessage, LanguageModel, ModelPart, ModelRequest } from "../call/ports.ts";
import { maskCardNumbers } from "../call/record/redact.ts";
import type { Hiding } from "../platform/redact/hide-from-model.ts";

/** A chain of models passes on what it does not know: who asks is told to each model of it. */
interface HidingRequest extends ModelRequest {
  readonly hiding?: Promise<Hiding>;
}

const note = `Telephone numbers and e-mail addresses stand as names such as [phone-1] and [email-1]; the caller hears what they stand for. \
Use these names exactly as they are, also as arguments of tools, and do not spell them. What is masked, such as [card number], is not to be asked for again.`;

/** For a vendor's model, in a chain that calls share. Costs nothing where nothing is hidden. */
export function hidingVendor(model: LanguageModel): LanguageModel {
  return {
    provider: model.provider,
    model: model.model,
    ...(model.prewarm === undefined ? {} : { prewarm: () => model.prewarm?.() }),
    generate(request: HidingRequest) {
      const { hiding, ...plain } = request;
      return hiding === undefined ? model.generate(request) : generateHidden(model, plain, hiding);
    },
  };
}

/** For one call. The finder of telephone numbers is large: it is loaded for a call that wants it, while the phone rings. */
export function hideFromModel(model: LanguageModel, { kinds, country }: ModelRedaction): LanguageModel {
  const hiding = import("../platform/redact/hide-from-model.ts").then(({ createHiding }) =>
    createHiding({ kinds, maskCards: maskCardNumbers, country }),
  );
  return {
    provider: model.provider,
    model: model.model,
    prewarm: () => model.prewarm?.(),
    generate: (request) => model.generate({ ...request, hiding } as HidingRequest),
  };
}

async function* generateHidden(
  model: LanguageModel,
  request: ModelRequest,
  loading: Promise<Hiding>,
): AsyncGenerator<ModelPart> {
  const hiding = await loading;
  if (request.signal.aborted) return;
  const pieces = hiding.revealPieces();
  const hidden = {
    ...request,
    instructions: `${hiding.hide(request.instructions)}\n\n${note}`,
    messages: request.messages.map((message) => hideMessage(message, hiding)),
    context: hiding.hide(request.context),
  };
  for await (const part of model.generate(hidden)) {
    if (part.type === "text") {
      const text = pieces.push(part.text);
      if (text !== "") yield { type: "text", text };
      continue;
    }
    const rest = pieces.end();
    if (rest !== "") yield { type: "text", text: rest };
    if (part.type !== "tool-call") yield part;
    else yield { type: "tool-call", call: { ...part.call, input: hiding.revealValue(part.call.input) } };
  }
  const rest = pieces.end();
  if (rest !== "") yield { type: "text", text: rest };
}

function hideMessage(message: ConversationMessage, hiding: Hiding): ConversationMessage {
  if (message.role === "tool") return { ...message, output: hiding.hideValue(message.output) };
  const text = hiding.hide(message.text);
  if (message.role === "caller" || message.toolCalls === undefined) return { ...message, text };
  const toolCalls = message.toolCalls.map((call) => ({ ...call, input: hiding.hideValue(call.input) }));
  return { ...message, text, toolCalls };
}
