import { bearerKey } from "../language-model/read-body.ts";
import { type ModelOptions, type ModelStandIn, startModel } from "../language-model/start-model.ts";
import { readChat } from "./chat-request.ts";
import { mistralErrorBody, mistralFault } from "./errors.ts";

const capabilities = {
  completion_chat: true,
  completion_fim: false,
  function_calling: true,
  fine_tuning: false,
  vision: false,
  classification: false,
};
const modelList = {
  object: "list",
  data: ["mistral-small-latest", "mistral-medium-latest"].map((id) => ({
    id,
    object: "model",
    created: 1_760_000_000,
    owned_by: "mistralai",
    capabilities,
    name: id,
    max_context_length: 131_072,
    aliases: [],
    type: "base",
  })),
};

/** A stand-in for Mistral: chat completions, models. Base URL: `${url}/v1` (the vendor's own SDK wants `url`). */
export function startMistral(options: ModelOptions = {}): Promise<ModelStandIn> {
  return startModel(
    {
      requestIdHeader: "x-request-id",
      readKey: (request) => bearerKey(request.headers.authorization),
      routes: new Map([["/v1/chat/completions", readChat]]),
      models: modelList,
      wrongKey: () => mistralFault(401),
      fault: mistralFault,
      errorBody: mistralErrorBody,
    },
    options,
  );
}
