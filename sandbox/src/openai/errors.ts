import { Refusal } from "../language-model/model-types.ts";

const statusTypes: Readonly<Record<number, string>> = {
  401: "invalid_request_error",
  404: "invalid_request_error",
  429: "rate_limit_error",
};
const statusWords: Readonly<Record<number, readonly [string, string | undefined]>> = {
  401: [
    "Incorrect API key provided. You can find your API key at https://platform.openai.com/account/api-keys.",
    "invalid_api_key",
  ],
  429: ["Rate limit reached for requests. Please try again later.", "rate_limit_exceeded"],
  500: ["The server had an error while processing your request. Sorry about that!", undefined],
  503: ["The engine is currently overloaded, please try again later", undefined],
};

export function openAiFault(status: number): Refusal {
  const [message, code] = statusWords[status] ?? [`The request failed with status ${status}.`, undefined];
  return new Refusal(status, message, code === undefined ? {} : { code });
}

export function openAiErrorBody(refusal: Refusal): { error: object } {
  const type =
    refusal.type ?? statusTypes[refusal.status] ?? (refusal.status >= 500 ? "server_error" : "invalid_request_error");
  return { error: { message: refusal.message, type, param: refusal.param, code: refusal.code } };
}

export function refuseUnknownModel(model: string): void {
  if (!/^(?:no-such|unknown|invalid)/.test(model)) return;
  const message = `The model \`${model}\` does not exist or you do not have access to it.`;
  throw new Refusal(404, message, { code: "model_not_found" });
}
