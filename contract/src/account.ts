/** A signed-in person, about themselves. */
import { z } from "zod";
import { roles } from "./permission.ts";
import { defineRoute } from "./route.ts";

export const languageTag = z
  .string()
  .regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, "must be a language such as en or ar-EG")
  .max(35);

const isTimeZone = (name: string) => {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
};

export const timeZoneName = z.string().max(64).refine(isTimeZone, "must be a time zone such as Africa/Cairo");

export const personName = z.string().trim().min(1, "must not be empty").max(120);

export const emailAddress = z.string().trim().max(254).pipe(z.email("must be an e-mail address"));

/** Long enough not to be guessed; nothing else is asked of it. */
export const newPassword = z.string().min(10, "must have 10 characters or more").max(200);

export const account = z.object({
  id: z.string(),
  name: z.string(),
  email: z.string(),
  emailVerified: z.boolean(),
  /** The new address, until its mail is answered. */
  pendingEmail: z.string().nullable(),
  language: z.string(),
  timeZone: z.string(),
  /** False for people who only sign in by single sign-on. */
  hasPassword: z.boolean(),
  secondFactor: z.boolean(),
  recoveryCodesLeft: z.number().int(),
  isInstallationAdmin: z.boolean(),
  sessionId: z.string(),
  /** Of this access token. */
  organizationId: z.string().nullable(),
  organizations: z.array(z.object({ id: z.string(), name: z.string(), role: z.enum(roles) })),
  createdAt: z.iso.datetime(),
});
export type Account = z.infer<typeof account>;

const done = z.object({ done: z.literal(true) });
const accountErrors = ["unauthorized", "token_expired", "forbidden"] as const;
const checkedErrors = [...accountErrors, "bad_request", "too_many_requests"] as const;

export const getAccount = defineRoute({
  id: "account.get",
  summary: "Who I am, and which organisations I belong to in which role",
  method: "GET",
  path: "/api/v1/account",
  permission: "account",
  response: { status: 200, schema: account },
  errors: accountErrors,
});

export const updateAccount = defineRoute({
  id: "account.update",
  summary: "Changes my profile; a new e-mail address needs the password, and counts once its mail is answered",
  method: "PATCH",
  path: "/api/v1/account",
  permission: "account",
  body: z.object({
    name: personName.optional(),
    email: emailAddress.optional(),
    language: languageTag.optional(),
    timeZone: timeZoneName.optional(),
    /** Needed for a new e-mail address. */
    currentPassword: z.string().min(1).max(200).optional(),
  }),
  response: { status: 200, schema: account },
  errors: checkedErrors,
});

export const changePassword = defineRoute({
  id: "account.change-password",
  summary: "A new password; every other session of mine ends",
  method: "POST",
  path: "/api/v1/account/password",
  permission: "account",
  body: z.object({ currentPassword: z.string().min(1).max(200), newPassword }),
  limit: "strict",
  response: { status: 200, schema: done },
  errors: checkedErrors,
});

export const resendVerification = defineRoute({
  id: "account.resend-verification",
  summary: "Sends the mail that verifies my address again",
  method: "POST",
  path: "/api/v1/account/email-verification-requests",
  permission: "account",
  limit: "strict",
  response: { status: 202, schema: done },
  errors: [...accountErrors, "conflict", "too_many_requests"],
});

export const startTotp = defineRoute({
  id: "account.start-totp",
  summary: "A secret for my authenticator app; it counts once a code of it is confirmed",
  method: "POST",
  path: "/api/v1/account/totp",
  permission: "account",
  body: z.object({ currentPassword: z.string().min(1).max(200) }),
  limit: "strict",
  response: { status: 201, schema: z.object({ secret: z.string(), otpauthUri: z.string() }) },
  errors: [...checkedErrors, "conflict"],
});

export const confirmTotp = defineRoute({
  id: "account.confirm-totp",
  summary: "Turns the second factor on; the recovery codes are shown this once",
  method: "POST",
  path: "/api/v1/account/totp/confirm",
  permission: "account",
  body: z.object({
    code: z
      .string()
      .trim()
      .regex(/^\d{6}$/, "must be six digits"),
  }),
  limit: "strict",
  response: { status: 200, schema: z.object({ recoveryCodes: z.array(z.string()) }) },
  errors: [...checkedErrors, "conflict"],
});

export const disableTotp = defineRoute({
  id: "account.disable-totp",
  summary: "Turns the second factor off, by the password and a code of it",
  method: "POST",
  path: "/api/v1/account/totp/disable",
  permission: "account",
  body: z.object({
    currentPassword: z.string().min(1).max(200),
    code: z.string().trim().max(20).optional(),
    /** Instead of the app's code. */
    recoveryCode: z.string().trim().max(40).optional(),
  }),
  limit: "strict",
  response: { status: 200, schema: done },
  errors: checkedErrors,
});

export const session = z.object({
  id: z.string(),
  /** The browser or program that signed in, and its address then. */
  userAgent: z.string().nullable(),
  address: z.string().nullable(),
  createdAt: z.iso.datetime(),
  lastUsedAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
  isCurrent: z.boolean(),
});

export const listSessions = defineRoute({
  id: "account.list-sessions",
  summary: "Where I am signed in, newest first; the 100 newest",
  method: "GET",
  path: "/api/v1/account/sessions",
  permission: "account",
  response: { status: 200, schema: z.object({ items: z.array(session) }) },
  errors: accountErrors,
});

export const revokeSession = defineRoute({
  id: "account.revoke-session",
  summary: "Ends one of my sessions at once",
  method: "DELETE",
  path: "/api/v1/account/sessions/:id",
  permission: "account",
  params: z.object({ id: z.string().regex(/^[A-Za-z0-9_-]{1,100}$/, "is not an id of ours") }),
  response: { status: 200, schema: done },
  errors: [...accountErrors, "bad_request", "not_found"],
});

export const devMail = z.object({
  id: z.string(),
  at: z.iso.datetime(),
  to: z.string(),
  subject: z.string(),
  text: z.string(),
  link: z.string().nullable(),
});

export const listDevMail = defineRoute({
  id: "dev-mail.list",
  summary:
    "Mail that was not sent because no SMTP_URL is set, newest first: embedded shape only, for the demo's person and the installation's administrator",
  method: "GET",
  path: "/api/v1/dev-mail",
  permission: "account",
  response: { status: 200, schema: z.object({ items: z.array(devMail) }) },
  errors: [...accountErrors, "not_found"],
});
