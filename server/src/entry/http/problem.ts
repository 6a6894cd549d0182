/** Every error of the API as an RFC 9457 problem with a stable code. */
import { type ErrorCode, errorCodes } from "@parley/contract/error-code";
import type { Problem } from "@parley/contract/problem";
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { hasZodFastifySchemaValidationErrors } from "fastify-type-provider-zod";
import { z } from "zod";
import { AppError } from "../../kernel/app-error.ts";
import { DbError } from "../../platform/db/db-error.ts";
import { tooManyOfParty } from "../../platform/db/fair-turns.ts";

export function sendProblem(
  reply: FastifyReply,
  code: ErrorCode,
  more: Pick<Problem, "detail" | "errors"> = {},
): FastifyReply {
  const { status, title } = errorCodes[code];
  const body: Problem = { type: `urn:parley:problem:${code}`, title, status, code, ...more };
  return reply.code(status).header("content-type", "application/problem+json").send(JSON.stringify(body));
}

/** Errors of the framework itself (body too large, no JSON, wrong content type) by their status. */
function codeOfStatus(status: number): ErrorCode {
  if (status === 413) return "payload_too_large";
  if (status === 429) return "too_many_requests";
  if (status === 404) return "not_found";
  return status < 500 ? "bad_request" : "internal";
}

function describeFields(error: FastifyError): { field: string; message: string }[] {
  return (error.validation ?? []).map((issue) => {
    const path = issue.instancePath.replace(/^\//, "").replaceAll("/", ".");
    const where = error.validationContext ?? "request";
    return { field: path === "" ? where : path, message: issue.message ?? "is not valid" };
  });
}

/** SQLSTATE: NUL in a text, and in a text of JSON. */
const notStorable = new Set(["22021", "22P05"]);

function onError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (error instanceof AppError) {
    const origin = typeof error.cause === "string" ? { origin: error.cause } : {};
    if (error.family !== "user") request.log.error({ code: error.code, ...origin }, "a request failed");
    if (error.retryAfterMs !== undefined)
      void reply.header("retry-after", Math.max(1, Math.ceil(error.retryAfterMs / 1000)));
    return sendProblem(reply, error.code, { detail: error.publicMessage });
  }
  if (hasZodFastifySchemaValidationErrors(error)) {
    const errors = describeFields(error);
    return sendProblem(reply, "bad_request", {
      detail: errors.map((e) => `${e.field}: ${e.message}`).join("; "),
      errors,
    });
  }
  if (error instanceof DbError && error.code === tooManyOfParty) {
    void reply.header("retry-after", 1);
    return sendProblem(reply, "too_many_requests", {
      detail: "Your organisation has too many requests at once. Send fewer beside each other.",
    });
  }
  if (error instanceof DbError && notStorable.has(error.code)) {
    return sendProblem(reply, "bad_request", {
      detail: "A text holds a character that cannot be kept (U+0000). Take it out.",
    });
  }
  const status = error.statusCode ?? 500;
  if (status >= 500) {
    // The message of an unknown error may carry content: its kind and code are enough to find it.
    request.log.error({ kind: error.name, code: error.code, route: request.routeOptions.url }, "a request failed");
    return sendProblem(reply, "internal");
  }
  return sendProblem(reply, codeOfStatus(status), { detail: error.message });
}

/** Where a schema has no words of its own: "expected string, received undefined" tells nobody what to do. */
const sayMissing = ({ code, input }: { code: string; input?: unknown }) =>
  code === "invalid_type" && input === undefined ? "is missing" : undefined;

export function useProblems(app: FastifyInstance): void {
  z.config({ customError: sayMissing });
  app.setErrorHandler(onError);
}
