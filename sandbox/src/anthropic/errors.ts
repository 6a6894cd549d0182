import { Refusal } from "../language-model/model-types.ts";

const types: Readonly<Record<number, string>> = {
  400: "invalid_request_error",
  401: "authentication_error",
  403: "permission_error",
  404: "not_found_error",
  405: "invalid_request_error",
  413: "request_too_large",
  429: "rate_limit_error",
  500: "api_error",
  529: "overloaded_error",
};
const words: Readonly<Record<number, string>> = {
  401: "invalid x-api-key",
  429: "This request would exceed your account's rate limit. Please try again later.",
  500: "Internal server error",
  529: "Overloaded",
};

export function anthropicFault(status: number): Refusal {
  return new Refusal(status, words[status] ?? `The request failed with status ${status}.`);
}

export function anthropicErrorBody(refusal: Refusal, requestId: string): object {
  const type = refusal.type ?? types[refusal.status] ?? (refusal.status >= 500 ? "api_error" : "invalid_request_error");
  return { type: "error", error: { type, message: refusal.message }, request_id: requestId };
}
