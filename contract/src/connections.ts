/** An organisation's own accounts at vendors: its telephone company, its keys. A secret goes in and never comes out. */
import { z } from "zod";
import { idParams, pageOf, pageQuery } from "./page.ts";
import { defineRoute } from "./route.ts";

const voiceVendors = ["deepgram", "elevenlabs", "openai", "anthropic", "mistral"] as const;
/** What agents' tools reach: search engines, a list of customers. */
const toolVendors = ["tavily", "brave", "hubspot"] as const;
export const keyVendors = [...voiceVendors, ...toolVendors] as const;
/** Connected by a person's consent at the vendor, not by a secret that is typed in. */
export const oauthVendors = ["google", "microsoft"] as const;
export const connectionVendors = ["twilio", ...keyVendors, ...oauthVendors, "caldav", "searxng", "salesforce"] as const;
export type KeyVendor = (typeof keyVendors)[number];
export type OauthVendor = (typeof oauthVendors)[number];
export type ConnectionVendor = (typeof connectionVendors)[number];

const printable = /^[\x21-\x7e]+$/;
const secret = z
  .string()
  .trim()
  .min(8, "is too short for a key")
  .max(500)
  .regex(printable, "must be plain characters without spaces: copy it again");
const name = z.string().trim().min(1).max(100).optional();

const twilioSecrets = z.object({
  accountSid: z
    .string()
    .trim()
    .regex(/^AC[0-9a-fA-F]{32}$/, "must be AC followed by 32 hexadecimal digits"),
  /** Also with an API key: Twilio signs its webhooks with the account's auth token. */
  authToken: secret,
  apiKeySid: z
    .string()
    .trim()
    .regex(/^SK[0-9a-fA-F]{32}$/, "must be SK followed by 32 hexadecimal digits")
    .optional(),
  apiKeySecret: secret.optional(),
});
const keySecrets = z.object({ apiKey: secret });
/** Of a CalDAV server: an app password where the server has them (iCloud, Fastmail, Nextcloud). */
const calendarPassword = z.string().min(1, "is missing").max(500);
const calendarServerSecrets = z.object({
  serverUrl: z.url({ protocol: /^https?$/, error: "must be an address such as https://dav.example.com" }).max(1000),
  username: z.string().trim().min(1, "is missing").max(200),
  password: calendarPassword,
});

/** An instance of somebody's; it knows no accounts. */
const searchInstance = z.object({
  baseUrl: z.url({ protocol: /^https?$/, error: "must be an address such as https://search.example.com" }).max(1000),
});
/** A connected app with the client credentials flow. */
const appSecrets = z.object({ clientId: secret, clientSecret: secret });
const salesforceDomain = z
  .string()
  .trim()
  .toLowerCase()
  .regex(
    /^[a-z0-9][a-z0-9-]*(\.[a-z0-9-]+)*\.my\.salesforce\.com$/,
    "must be your organisation's own domain, such as acme.my.salesforce.com",
  );

const bothOrNone = (given: { apiKeySid?: string | undefined; apiKeySecret?: string | undefined }) =>
  (given.apiKeySid === undefined) === (given.apiKeySecret === undefined);
const bothOrNoneMend = {
  message: "apiKeySid and apiKeySecret go together: send both or neither",
  path: ["apiKeySecret"],
};

export const newConnection = z.union([
  twilioSecrets.extend({ vendor: z.literal("twilio"), name }).refine(bothOrNone, bothOrNoneMend),
  keySecrets.extend({ vendor: z.enum(keyVendors), name }),
  calendarServerSecrets.extend({ vendor: z.literal("caldav"), name }),
  searchInstance.extend({ vendor: z.literal("searxng"), name }),
  appSecrets.extend({ vendor: z.literal("salesforce"), domain: salesforceDomain, name }),
]);
export type NewConnection = z.output<typeof newConnection>;

export const connectionSecrets = z.union([
  twilioSecrets.omit({ accountSid: true }).refine(bothOrNone, bothOrNoneMend),
  keySecrets,
  z.object({ password: calendarPassword }),
  searchInstance,
  appSecrets,
]);
export type ConnectionSecrets = z.output<typeof connectionSecrets>;

const connection = z.object({
  id: z.string(),
  vendor: z.enum(connectionVendors),
  name: z.string(),
  /** Of the telephone company; other vendors know an account by its key. */
  accountSid: z.string().nullable(),
  /** Whose account it is, where the vendor knows people: an e-mail address, a user's name. */
  account: z.string().nullable(),
  /** What was consented to, where consent is asked for. */
  uses: z.array(z.enum(["calendar", "sheets"])),
  /** The end of the secret, to tell two apart; empty for a password. */
  lastFour: z.string(),
  /** The same for the same secret, another each time a password is given; tells nothing about it. */
  fingerprint: z.string(),
  status: z.enum(["connected", "failed"]),
  /** The vendor's own words when it refused, or what kept us from asking. */
  problem: z.string().nullable(),
  checkedAt: z.iso.datetime(),
  createdAt: z.iso.datetime(),
  /** When the secret was last given. */
  rotatedAt: z.iso.datetime(),
});
export type Connection = z.infer<typeof connection>;

export const listConnections = defineRoute({
  id: "connections.list",
  summary: "The organisation's accounts at vendors, oldest first",
  method: "GET",
  path: "/api/v1/connections",
  permission: "connections:read",
  query: pageQuery,
  response: { status: 200, schema: pageOf(connection) },
  errors: ["bad_request", "unauthorized", "forbidden"],
});

export const getConnection = defineRoute({
  id: "connections.get",
  summary: "One account at a vendor",
  method: "GET",
  path: "/api/v1/connections/:id",
  permission: "connections:read",
  params: idParams,
  response: { status: 200, schema: connection },
  errors: ["bad_request", "unauthorized", "forbidden", "not_found"],
});

export const createConnection = defineRoute({
  id: "connections.create",
  summary: "Connects an account: the vendor is asked first, and what it refuses is not kept",
  method: "POST",
  path: "/api/v1/connections",
  permission: "connections:write",
  body: newConnection,
  response: { status: 201, schema: connection },
  errors: ["bad_request", "unauthorized", "forbidden", "conflict", "provider_failed"],
});

export const rotateConnection = defineRoute({
  id: "connections.rotate",
  summary: "Gives a connection new secrets; the old ones stay when the vendor refuses them",
  method: "PUT",
  path: "/api/v1/connections/:id/secrets",
  permission: "connections:write",
  params: idParams,
  body: connectionSecrets,
  response: { status: 200, schema: connection },
  errors: ["bad_request", "unauthorized", "forbidden", "not_found", "conflict", "provider_failed"],
});

export const checkConnection = defineRoute({
  id: "connections.check",
  summary: "Asks the vendor whether the secrets still hold",
  method: "POST",
  path: "/api/v1/connections/:id/check",
  permission: "connections:write",
  params: idParams,
  response: { status: 200, schema: connection },
  errors: ["bad_request", "unauthorized", "forbidden", "not_found", "conflict"],
});

export const deleteConnection = defineRoute({
  id: "connections.delete",
  summary: "Forgets an account and its secrets; refused while phone numbers hang on it",
  method: "DELETE",
  path: "/api/v1/connections/:id",
  permission: "connections:write",
  params: idParams,
  response: { status: 204, schema: z.null() },
  errors: ["bad_request", "unauthorized", "forbidden", "not_found", "conflict"],
});

const oauthVendorParams = z.object({ vendor: z.enum(oauthVendors) });

export const startOauth = defineRoute({
  id: "connections.start-oauth",
  summary:
    "Begins a consent at Google or Microsoft: send the browser of the person who asked to `url`, within ten minutes",
  method: "POST",
  path: "/api/v1/connections/oauth/:vendor/start",
  permission: "connections:write",
  params: oauthVendorParams,
  body: z.object({
    /** `sheets` is Google's alone. */
    uses: z
      .array(z.enum(["calendar", "sheets"]))
      .min(1, "must name at least one use")
      .default(["calendar"]),
    /** Consent again for one that failed, or for more than it may do now; without it a new connection is made. */
    connectionId: idParams.shape.id.optional(),
  }),
  response: { status: 201, schema: z.object({ url: z.string(), expiresAt: z.iso.datetime() }) },
  errors: ["bad_request", "unauthorized", "forbidden", "not_found", "provider_missing"],
});

export const finishOauth = defineRoute({
  id: "connections.finish-oauth",
  summary: "Where the vendor sends the browser back to: a page that says whether the account is connected",
  method: "GET",
  path: "/api/v1/connections/oauth/callback",
  permission: "public",
  query: z.object({
    state: z.string().max(200).optional(),
    code: z.string().max(4000).optional(),
    error: z.string().max(500).optional(),
  }),
  response: { status: 200, schema: z.string(), contentType: "text/html; charset=utf-8" },
  errors: ["bad_request"],
});

const foreignCalendar = z.object({
  id: z.string(),
  name: z.string(),
  timeZone: z.string().nullable(),
  isPrimary: z.boolean(),
  canWrite: z.boolean(),
});

export const listForeignCalendars = defineRoute({
  id: "connections.calendars",
  summary:
    "The calendars of a connected account, asked of the vendor at once: their ids are what a calendar is linked by",
  method: "GET",
  path: "/api/v1/connections/:id/calendars",
  permission: "connections:read",
  params: idParams,
  response: { status: 200, schema: z.object({ items: z.array(foreignCalendar) }) },
  errors: ["bad_request", "unauthorized", "forbidden", "not_found", "conflict", "provider_failed"],
});

/** For the vendors' servers; they are known by a token that they were told. */
export const receiveCalendarPush = defineRoute({
  id: "calendars.receive-push",
  summary: "Where Google and Microsoft tell that a linked calendar has changed",
  method: "POST",
  path: "/api/v1/calendar-pushes/:id",
  permission: "public",
  params: idParams,
  query: z.object({ validationToken: z.string().max(2000).optional() }),
  response: { status: 200, schema: z.string(), contentType: "text/plain; charset=utf-8" },
  errors: ["not_found"],
});
