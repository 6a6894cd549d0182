import { Refusal } from "../language-model/model-types.ts";

const words: Readonly<Record<number, string>> = {
  401: "Unauthorized",
  429: "Requests rate limit exceeded",
  500: "Service unavailable.",
  503: "Service unavailable.",
};
const types: Readonly<Record<number, string>> = {
  401: "invalid_request_error",
  429: "rate_limited",
  500: "internal_server_error",
};

export function mistralFault(status: number): Refusal {
  return new Refusal(status, words[status] ?? `The request failed with status ${status}.`);
}

export function mistralErrorBody(refusal: Refusal, requestId: string): object {
  if (refusal.status === 401) return { message: "Unauthorized", request_id: requestId };
  const type = refusal.type ?? types[refusal.status] ?? "invalid_request_error";
  return { object: "error", message: refusal.message, type, param: refusal.param, code: refusal.code };
}
