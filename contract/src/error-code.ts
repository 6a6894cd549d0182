/**
 * One table: every error code the platform shows to the outside, its HTTP status and its public text.
 * Texts say what is wrong and how to mend it; they never carry content of a call.
 */
export const errorCodes = {
  bad_request: { status: 400, title: "The request is not valid." },
  unauthorized: { status: 401, title: "Sign in, or send an API key." },
  token_expired: { status: 401, title: "The access token has expired. Ask for a new one." },
  second_factor_required: { status: 401, title: "Send the code of your second factor too." },
  budget_exhausted: { status: 402, title: "The organisation's budget is used up." },
  bad_signature: { status: 403, title: "The signature is missing or does not match the URL and the body." },
  forbidden: { status: 403, title: "You may not do this." },
  suspended: { status: 403, title: "This organisation is suspended." },
  not_found: { status: 404, title: "There is no such thing here." },
  conflict: { status: 409, title: "This is already taken or has changed." },
  provider_missing: { status: 409, title: "This needs a provider that is not set up." },
  payload_too_large: { status: 413, title: "The request is too large." },
  unsupported_media_type: { status: 415, title: "This kind of content is not taken here." },
  range_not_satisfiable: { status: 416, title: "The range lies outside the content." },
  idempotency_mismatch: { status: 422, title: "This Idempotency-Key was used for another request." },
  too_many_requests: { status: 429, title: "Too many requests. Try again shortly." },
  internal: { status: 500, title: "Something went wrong on our side." },
  provider_failed: { status: 502, title: "A provider did not answer as it should." },
  at_capacity: { status: 503, title: "No capacity for another call right now." },
  draining: { status: 503, title: "This node is shutting down." },
  setting_invalid: { status: 500, title: "A setting is not valid." },
} as const satisfies Record<string, { status: number; title: string }>;

export type ErrorCode = keyof typeof errorCodes;
