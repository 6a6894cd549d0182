import type { IncomingMessage } from "node:http";
import { bearerKey } from "../language-model/read-body.ts";
import { type ModelOptions, type ModelStandIn, startModel } from "../language-model/start-model.ts";
import { anthropicErrorBody, anthropicFault } from "./errors.ts";
import { readMessages } from "./messages-request.ts";

const models = ["claude-haiku-4-5", "claude-sonnet-4-5"];

function readKey(request: IncomingMessage): string | undefined {
  const key = request.headers["x-api-key"];
  return typeof key === "string" ? key : bearerKey(request.headers.authorization);
}

/** A stand-in for Anthropic: messages, models. Base URL: `${url}/v1` (the vendor's own SDK wants `url`). */
export function startAnthropic(options: ModelOptions = {}): Promise<ModelStandIn> {
  return startModel(
    {
      requestIdHeader: "request-id",
      readKey,
      routes: new Map([["/v1/messages", readMessages]]),
      models: {
        data: models.map((id) => ({ type: "model", id, display_name: id, created_at: "2025-10-01T00:00:00Z" })),
        has_more: false,
        first_id: models[0],
        last_id: models.at(-1),
      },
      wrongKey: () => anthropicFault(401),
      fault: anthropicFault,
      errorBody: anthropicErrorBody,
    },
    options,
  );
}
