import { APICallError } from "@ai-sdk/provider";
import { ProviderError } from "../../kernel/app-error.ts";
import { requestIdOf } from "./http.ts";
import { type FailureContext, failureFromVendor, isRecord, networkFailure, protocolFailure } from "./model-failure.ts";

/** What the AI SDK throws or streams as an error, in the port's terms. */
export function failureFromSdk(context: FailureContext, error: unknown): ProviderError {
  if (error instanceof ProviderError) return error;
  if (APICallError.isInstance(error)) return failureFromApiCall(context, error);
  if (error instanceof Error && /AI_(JSONParse|TypeValidation|InvalidResponseData)Error/.test(error.name)) {
    return protocolFailure(context, error.name, error);
  }
  if (error instanceof Error) return networkFailure(context, error);
  const body = isRecord(error) && isRecord(error["data"]) ? error["data"] : error;
  return failureFromVendor(context, { body });
}

function failureFromApiCall(context: FailureContext, error: APICallError): ProviderError {
  const failed = error.statusCode !== undefined && error.statusCode >= 400;
  if (!failed && error.responseBody === undefined && error.data === undefined) return networkFailure(context, error);
  const requestId = requestIdOf(new Headers(error.responseHeaders));
  const body = error.responseBody ?? error.data ?? error.message;
  return failureFromVendor(context, { status: failed ? error.statusCode : undefined, requestId, body, cause: error });
}
