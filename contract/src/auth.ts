/** Signing up, in and out. Browsers get the tokens as cookies that no script reads; programs read them from the answer. */
import { z } from "zod";
import { emailAddress, languageTag, newPassword, personName, timeZoneName } from "./account.ts";
import { organizationName } from "./organizations.ts";
import { defineRoute } from "./route.ts";

const secret = z.string().min(1).max(200);

/**
 * What a session is held by. An access token lives five minutes, a refresh token once. A page (it sends `Origin`) gets both as
 * cookies and null here: no script of it reads them.
 */
export const sessionTokens = z.object({
  accessToken: z.string().nullable(),
  tokenType: z.literal("Bearer"),
  /** Of the access token, from now. */
  expiresInSeconds: z.number().int(),
  refreshToken: z.string().nullable(),
  userId: z.string(),
  organizationId: z.string().nullable(),
});
export type SessionTokens = z.infer<typeof sessionTokens>;

const done = z.object({ done: z.literal(true) });

export const signUp = defineRoute({
  id: "auth.sign-up",
  summary:
    "Makes an account, and an organisation of its own where one is named. With DATABASE_URL set, the first person who signs up administers the installation",
  method: "POST",
  path: "/api/v1/auth/sign-up",
  permission: "public",
  body: z.object({
    email: emailAddress,
    password: newPassword,
    name: personName,
    language: languageTag.default("en"),
    timeZone: timeZoneName.default("UTC"),
    organizationName: organizationName.optional(),
  }),
  limit: "strict",
  response: { status: 201, schema: sessionTokens },
  errors: ["bad_request", "forbidden", "conflict", "too_many_requests"],
});

export const signIn = defineRoute({
  id: "auth.sign-in",
  summary: "Signs a person in by e-mail and password, and by a code where the second factor is on",
  method: "POST",
  path: "/api/v1/auth/sign-in",
  permission: "public",
  body: z.object({
    email: z.string().trim().min(1).max(254),
    password: secret,
    /** Of the authenticator app. */
    code: z.string().trim().max(20).optional(),
    /** Instead of the app's code; each works once. */
    recoveryCode: z.string().trim().max(40).optional(),
  }),
  limit: "strict",
  response: { status: 200, schema: sessionTokens },
  errors: ["bad_request", "unauthorized", "second_factor_required", "forbidden", "too_many_requests"],
});

export const refreshSession = defineRoute({
  id: "auth.token",
  summary:
    "A new access token and a new refresh token for the old one, which is used up: shown again, it ends the session. `organizationId` chooses the active organisation",
  method: "POST",
  path: "/api/v1/auth/token",
  permission: "public",
  body: z.object({
    /** A page leaves it out: its cookie carries it. */
    refreshToken: secret.optional(),
    organizationId: z.string().min(1).max(100).optional(),
  }),
  response: { status: 200, schema: sessionTokens },
  errors: ["bad_request", "unauthorized", "forbidden", "not_found", "too_many_requests"],
});

export const signOut = defineRoute({
  id: "auth.sign-out",
  summary: "Ends the session of the given refresh token, or the one that asks",
  method: "POST",
  path: "/api/v1/auth/sign-out",
  permission: "public",
  body: z.object({ refreshToken: secret.optional() }),
  response: { status: 200, schema: done },
  errors: ["bad_request", "forbidden"],
});

export const requestPasswordReset = defineRoute({
  id: "auth.request-password-reset",
  summary: "Sends a mail that resets the password. The answer is the same whether there is such an account or not",
  method: "POST",
  path: "/api/v1/auth/password-reset-requests",
  permission: "public",
  body: z.object({ email: emailAddress }),
  limit: "strict",
  response: { status: 202, schema: done },
  errors: ["bad_request", "too_many_requests"],
});

export const resetPassword = defineRoute({
  id: "auth.reset-password",
  summary: "A new password by the mail's token; every session ends. The second factor stays on",
  method: "POST",
  path: "/api/v1/auth/password-resets",
  permission: "public",
  body: z.object({ token: secret, password: newPassword }),
  limit: "strict",
  response: { status: 200, schema: done },
  errors: ["bad_request", "too_many_requests"],
});

export const verifyEmail = defineRoute({
  id: "auth.verify-email",
  summary: "Verifies an address by the token of its mail",
  method: "POST",
  path: "/api/v1/auth/email-verifications",
  permission: "public",
  body: z.object({ token: secret }),
  limit: "strict",
  response: { status: 200, schema: done },
  errors: ["bad_request", "conflict", "too_many_requests"],
});

export const startSingleSignOn = defineRoute({
  id: "auth.start-oidc",
  summary: "Sends the browser to the installation's identity provider (OIDC_ISSUER)",
  method: "GET",
  path: "/api/v1/auth/oidc",
  permission: "public",
  limit: "strict",
  response: { status: 302, schema: z.string(), contentType: "text/html" },
  errors: ["not_found", "provider_failed", "too_many_requests"],
});

export const finishSingleSignOn = defineRoute({
  id: "auth.finish-oidc",
  summary:
    "Where the identity provider sends the browser back: signs in the account with the same verified e-mail, or makes it, and leads to the page. The provider is trusted with the second factor",
  method: "GET",
  path: "/api/v1/auth/oidc/callback",
  permission: "public",
  query: z.object({
    code: z.string().max(4096).optional(),
    state: z.string().max(1000).optional(),
    iss: z.string().max(1000).optional(),
    error: z.string().max(200).optional(),
    error_description: z.string().max(2000).optional(),
    session_state: z.string().max(1000).optional(),
  }),
  limit: "strict",
  response: { status: 302, schema: z.string(), contentType: "text/html" },
  errors: ["bad_request", "unauthorized", "conflict", "not_found", "provider_failed", "too_many_requests"],
});
