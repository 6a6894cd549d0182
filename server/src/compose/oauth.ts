/** Accounts that a person's consent connects, and the calendars behind accounts. Vendors' adapters are loaded when somebody asks. */
import type { Config } from "../config.ts";
import type { AuditLog } from "../features/audit/index.ts";
import type { CalendarAccess, CalendarProvider } from "../features/calendars/calendar.port.ts";
import {
  type AccessTokenOf,
  createAccessTokens,
  createOauthConsent,
  type OauthConsent,
  openAccount,
  type Probe,
  type StoredSecrets,
} from "../features/connections/index.ts";
import type { OauthClient } from "../features/connections/oauth.port.ts";
import { AppError } from "../kernel/app-error.ts";
import { createJobSender } from "../platform/queue/job-sender.ts";
import { createProviderIo } from "../providers/provider-io.ts";
import { composeEmit } from "./emit-event.ts";
import { outboundRules } from "./outbound-rules.ts";
import { clock, type Stores } from "./stores.ts";

/** Undefined for a vendor whose application the operator has not set up. */
export function createOauthClients({ vendors }: Config) {
  const io = createProviderIo(clock);
  return async (vendor: "google" | "microsoft"): Promise<OauthClient | undefined> => {
    const { clientId, clientSecret, baseUrl, tenant = "common" } = vendors[vendor] ?? {};
    if (clientId === undefined || clientSecret === undefined) return undefined;
    const options = { clientId, clientSecret, io, ...(baseUrl === undefined ? {} : { baseUrl }) };
    if (vendor === "google") return (await import("../providers/google/oauth.ts")).createGoogleOauth(options);
    return (await import("../providers/microsoft/oauth.ts")).createMicrosoftOauth({ ...options, tenant });
  };
}

export function openAccessTokens(
  { db, organizations }: Pick<Stores, "db" | "organizations">,
  config: Config,
): AccessTokenOf {
  const emit = composeEmit({ clock });
  return createAccessTokens({
    ...{ db, organizations, clock, emit },
    jobs: createJobSender(),
    clientOf: createOauthClients(config),
  });
}

type Token = NonNullable<CalendarAccess["accessToken"]>;

interface Opened {
  readonly vendor: string;
  readonly secrets: StoredSecrets;
  readonly accessToken: Token;
}

/** Undefined for an account that has no calendars. */
function createCalendarMaker(config: Config) {
  const io = createProviderIo(clock);
  return async ({ vendor, secrets, accessToken }: Opened): Promise<CalendarProvider | undefined> => {
    if (vendor === "google") {
      const { createGoogleCalendar, googleApiUrl } = await import("../providers/google/calendar.ts");
      return createGoogleCalendar({ baseUrl: config.vendors.google?.baseUrl ?? googleApiUrl, accessToken }, io);
    }
    if (vendor === "microsoft") {
      const { createMicrosoftCalendar, graphUrl } = await import("../providers/microsoft/calendar.ts");
      return createMicrosoftCalendar({ baseUrl: config.vendors.microsoft?.baseUrl ?? graphUrl, accessToken }, io);
    }
    if (!("password" in secrets)) return undefined;
    const { createCaldavCalendar } = await import("../providers/caldav/calendar.ts");
    const { createGuardedFetch } = await import("../platform/net/guarded-fetch.ts");
    const { serverUrl, username, password } = secrets;
    const fetch = createGuardedFetch(outboundRules(config));
    return createCaldavCalendar({ baseUrl: serverUrl, basic: { username, password } }, { clock, fetch });
  };
}

export type CalendarProviderOf = (account: { orgId: string; connectionId: string }) => Promise<CalendarProvider>;

export function openCalendarProviders(
  stores: Pick<Stores, "db" | "organizations">,
  { config, accessTokenOf }: { readonly config: Config; readonly accessTokenOf: AccessTokenOf },
): CalendarProviderOf {
  const make = createCalendarMaker(config);
  return async ({ orgId, connectionId }) => {
    const { vendor, secrets } = await openAccount(stores, { orgId, connectionId });
    const accessToken: Token = (signal, refused) => accessTokenOf({ orgId, connectionId }, signal, refused);
    const provider = await make({ vendor, secrets, accessToken });
    if (provider !== undefined) return provider;
    throw new AppError("not_found", { publicMessage: "This connection is no account with calendars." });
  };
}

/** What the account's calendars say of the secrets: the token as it is, for this refreshes nothing. */
export function createCalendarProbe(config: Config): Probe {
  const make = createCalendarMaker(config);
  return async ({ vendor, secrets, signal }) => {
    const accessToken: Token = async () => ("accessToken" in secrets ? secrets.accessToken : "");
    await (await make({ vendor, secrets, accessToken }))?.listCalendars(signal);
  };
}

export interface OauthFeatures {
  readonly accessTokenOf: AccessTokenOf;
  readonly oauthConsent: OauthConsent;
  readonly calendarProviderOf: CalendarProviderOf;
}

export function openOauth(
  stores: Pick<Stores, "db" | "organizations" | "masterKey">,
  { config, audit }: { readonly config: Config; readonly audit: AuditLog },
): OauthFeatures {
  const accessTokenOf = openAccessTokens(stores, config);
  const oauthConsent = createOauthConsent({ ...stores, audit, clock, clientOf: createOauthClients(config) });
  return { accessTokenOf, oauthConsent, calendarProviderOf: openCalendarProviders(stores, { config, accessTokenOf }) };
}
