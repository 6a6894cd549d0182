import { bearerKey, listModels } from "../language-model/read-body.ts";
import { type ModelOptions, type ModelStandIn, startModel } from "../language-model/start-model.ts";
import { readChat } from "./chat-request.ts";
import { answerEmbeddings } from "./embeddings.ts";
import { openAiErrorBody, openAiFault } from "./errors.ts";
import { readResponses } from "./responses-request.ts";
import { ResponsesStore } from "./responses-store.ts";

/** A stand-in for OpenAI: chat completions, responses, embeddings, models. Base URL: `${url}/v1`. */
export function startOpenAi(options: ModelOptions = {}): Promise<ModelStandIn> {
  const store = new ResponsesStore();
  return startModel(
    {
      requestIdHeader: "x-request-id",
      readKey: (request) => bearerKey(request.headers.authorization),
      routes: new Map([
        ["/v1/chat/completions", (body: unknown) => readChat(body)],
        ["/v1/responses", (body: unknown) => readResponses(body, store)],
      ]),
      answers: new Map([["/v1/embeddings", answerEmbeddings]]),
      models: listModels(
        ["text-embedding-3-small", "gpt-4.1-mini", "gpt-4.1-nano", "gpt-4o-mini", "gpt-5-mini"],
        "openai",
      ),
      wrongKey: () => openAiFault(401),
      fault: openAiFault,
      errorBody: openAiErrorBody,
    },
    options,
  );
}
