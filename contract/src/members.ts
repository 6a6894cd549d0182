/** Who belongs to an organisation, in which role, and who is invited to. */
import { z } from "zod";
import { emailAddress, languageTag, newPassword, personName, timeZoneName } from "./account.ts";
import { idParams, pageOf, pageQuery } from "./page.ts";
import { roles } from "./permission.ts";
import { defineRoute } from "./route.ts";

export const member = z.object({
  /** The person's. */
  id: z.string(),
  name: z.string(),
  email: z.string(),
  role: z.enum(roles),
  joinedAt: z.iso.datetime(),
  /** In this organisation; null: not yet. */
  lastSeenAt: z.iso.datetime().nullable(),
});
export type Member = z.infer<typeof member>;

export const invitation = z.object({
  id: z.string(),
  email: z.string(),
  role: z.enum(roles),
  /** Null: the installation's administrator. */
  invitedBy: z.string().nullable(),
  sentAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
});
export type Invitation = z.infer<typeof invitation>;

const common = ["bad_request", "unauthorized", "token_expired", "forbidden", "suspended", "too_many_requests"] as const;
const done = z.object({ done: z.literal(true) });

export const listMembers = defineRoute({
  id: "members.list",
  summary: "The organisation's members",
  method: "GET",
  path: "/api/v1/members",
  permission: "members:read",
  query: pageQuery,
  response: { status: 200, schema: pageOf(member) },
  errors: common,
});

export const updateMember = defineRoute({
  id: "members.update",
  summary: "Gives a member another role; only owners make or demote owners, and one owner stays",
  method: "PATCH",
  path: "/api/v1/members/:id",
  permission: "members:write",
  params: idParams,
  body: z.object({ role: z.enum(roles) }),
  response: { status: 200, schema: done },
  errors: [...common, "not_found", "conflict"],
});

export const removeMember = defineRoute({
  id: "members.remove",
  summary: "Ends a membership at once, with the API keys the member made; one owner stays",
  method: "DELETE",
  path: "/api/v1/members/:id",
  permission: "members:write",
  params: idParams,
  response: { status: 200, schema: done },
  errors: [...common, "not_found", "conflict"],
});

export const listInvitations = defineRoute({
  id: "invitations.list",
  summary: "Invitations that wait for an answer, newest first",
  method: "GET",
  path: "/api/v1/invitations",
  permission: "members:read",
  query: pageQuery,
  response: { status: 200, schema: pageOf(invitation) },
  errors: common,
});

export const createInvitation = defineRoute({
  id: "invitations.create",
  summary: "Invites somebody by e-mail for seven days; a former invitation of the same address stops working",
  method: "POST",
  path: "/api/v1/invitations",
  permission: "members:write",
  limit: "strict",
  body: z.object({
    email: emailAddress,
    role: z.enum(roles),
    /** Of the mail; the organisation's when absent. */
    language: languageTag.optional(),
  }),
  response: { status: 201, schema: invitation },
  errors: [...common, "conflict"],
});

export const resendInvitation = defineRoute({
  id: "invitations.resend",
  summary: "Sends the invitation again, with a new link for seven days; the former link stops working",
  method: "POST",
  path: "/api/v1/invitations/:id/resend",
  permission: "members:write",
  limit: "strict",
  params: idParams,
  response: { status: 200, schema: invitation },
  errors: [...common, "not_found"],
});

export const revokeInvitation = defineRoute({
  id: "invitations.revoke",
  summary: "The invitation stops working",
  method: "DELETE",
  path: "/api/v1/invitations/:id",
  permission: "members:write",
  params: idParams,
  response: { status: 200, schema: done },
  errors: [...common, "not_found"],
});

export const acceptInvitation = defineRoute({
  id: "invitations.accept",
  summary:
    "Joins the organisation by the link's token: as the person signed in, whose address must be the invited one, or as a new person with name and password",
  method: "POST",
  path: "/api/v1/invitations/accept",
  permission: "public",
  limit: "strict",
  body: z.object({
    token: z.string().min(1).max(200),
    /** Of a new person, as are the following. */
    name: personName.optional(),
    password: newPassword.optional(),
    language: languageTag.optional(),
    timeZone: timeZoneName.optional(),
  }),
  response: { status: 200, schema: z.object({ organizationId: z.string(), role: z.enum(roles) }) },
  errors: [
    "bad_request",
    "unauthorized",
    "token_expired",
    "forbidden",
    "suspended",
    "not_found",
    "conflict",
    "too_many_requests",
  ],
});
