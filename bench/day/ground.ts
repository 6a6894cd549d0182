/** A clinic on the running platform, linked to everything a day can go wrong at. */
import { createAgent, publishAgent } from "@parley/contract/agent";
import { createApiKey } from "@parley/contract/api-keys";
import { signUp } from "@parley/contract/auth";
import { createCalendar } from "@parley/contract/calendars";
import { type Client, createClient } from "@parley/contract/client";
import { createConnection, listConnections, listForeignCalendars, startOauth } from "@parley/contract/connections";
import { setNotificationSettings } from "@parley/contract/notifications";
import { updateOrganization } from "@parley/contract/organizations";
import { permissionsOf } from "@parley/contract/permission";
import { claimPhoneNumber, listAccountNumbers } from "@parley/contract/phone-numbers";
import { createWebhook } from "@parley/contract/webhooks";
import { freePort } from "../../e2e/free-port.ts";
import { type Platform, startPlatform } from "../../e2e/platform.ts";
import { type GoogleStandIn, startGoogle } from "../../sandbox/src/google/start-google.ts";
import { type MicrosoftStandIn, startMicrosoft } from "../../sandbox/src/microsoft/start-microsoft.ts";
import { hasRadicale, type RadicaleServer, startRadicale } from "../../sandbox/src/radicale/start-radicale.ts";
import { startTwilio, type TwilioStandIn } from "../../sandbox/src/twilio/index.ts";
import { type MailServer, startMailServer } from "../../server/src/testing/mail-server.ts";
import { type FaultyLine, openFaultyLine } from "./faulty-line.ts";
import { startWebhookServer, type WebhookServer } from "./webhook-server.ts";

export const ours = "+15550100001";
export const ownersMail = "owner@clinic.example";
export const timeZone = "America/New_York";

export interface LinkedCalendar {
  readonly id: string;
  readonly vendor: "google" | "microsoft" | "caldav" | "none";
  readonly externalCalendarId: string;
}

export interface DayGround {
  readonly platform: Platform;
  readonly client: Client;
  readonly agentId: string;
  readonly calendars: readonly LinkedCalendar[];
  readonly google: GoogleStandIn;
  readonly microsoft: MicrosoftStandIn;
  readonly radicale: { readonly server: RadicaleServer; readonly line: FaultyLine } | undefined;
  readonly twilio: TwilioStandIn;
  readonly mail: MailServer;
  readonly webhooks: WebhookServer;
  close(): Promise<void>;
}

const accountSid = `AC${"1".repeat(32)}`;
const authToken = "an-auth-token-of-the-organisation";

/** Who does what: each service is one calendar's. */
export const services = [
  { name: "Cleaning", people: ["Doctor Green"], vendor: "google" },
  { name: "Whitening", people: ["Doctor Brown"], vendor: "microsoft" },
  { name: "Filling", people: ["Doctor White"], vendor: "caldav" },
  { name: "Extraction", people: ["Doctor Black"], vendor: "none" },
] as const;

const wholeDay = [{ opens: "08:00", closes: "20:00" }];
const weekly = Object.fromEntries(
  ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"].map((day) => [day, wholeDay]),
);

export async function openDayGround(): Promise<DayGround> {
  const [google, microsoft, mail, webhooks] = await Promise.all([
    startGoogle(),
    startMicrosoft(),
    startMailServer(),
    startWebhookServer(),
  ]);
  const twilio = await startTwilio({ accountSid, authToken, allowInsecureStreams: true, numbers: [ours] });
  const server = hasRadicale() ? await startRadicale() : undefined;
  const radicale = server && { server, line: await openFaultyLine(server.url) };
  const standIns = { google, microsoft, radicale, twilio, mail, webhooks };
  const closeAll = async () => {
    await twilio.close();
    await Promise.all([google.close(), microsoft.close(), mail.close(), webhooks.close(), radicale?.line.close()]);
    await server?.close();
  };
  let platform: Platform | undefined;
  const close = async () => {
    await platform?.stop();
    await closeAll();
  };
  try {
    platform = await startLinked(standIns).catch(() => startLinked(standIns));
    const parts = { ...standIns, platform };
    return { ...parts, ...(await setUpClinic(parts)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function startLinked({ google, microsoft, twilio, mail }: Omit<GroundParts, "platform">): Promise<Platform> {
  const port = String(await freePort());
  return await startPlatform({
    ...{ PORT: port, PUBLIC_URL: `http://127.0.0.1:${port}`, TWILIO_BASE_URL: twilio.url, LOG_LEVEL: "warn" },
    ...{ GOOGLE_CLIENT_ID: "google-client", GOOGLE_CLIENT_SECRET: "google-secret", GOOGLE_BASE_URL: google.url },
    ...{ MICROSOFT_CLIENT_ID: "microsoft-client", MICROSOFT_CLIENT_SECRET: "microsoft-secret" },
    ...{ MICROSOFT_BASE_URL: microsoft.url, SMTP_URL: mail.url, MAIL_FROM: "clinic@parley.example" },
    // The calendar server and the webhook's are on this machine.
    WEBHOOK_ALLOW_PRIVATE: "on",
  });
}

type GroundParts = Omit<DayGround, "client" | "agentId" | "calendars" | "close">;

async function setUpClinic(parts: GroundParts) {
  const { url } = parts.platform;
  const password = "correct horse battery staple";
  const tokens = await createClient({ origin: url }).ask(signUp, {
    body: { email: ownersMail, password, name: "Owner", organizationName: "Bright Smile" },
  });
  const person = createClient({ origin: url, token: () => tokens.accessToken ?? "" });
  // Deeds at the desk are told by the organisation's clock.
  const place = { timeZone, country: "US" };
  await person.ask(updateOrganization, { params: { id: tokens.organizationId ?? "" }, body: place });
  const { key } = await person.ask(createApiKey, { body: { name: "day", permissions: [...permissionsOf.owner] } });
  const client = createClient({ origin: url, token: () => key });
  const agentId = await makeAgent(client);
  await connectTwilio(client, agentId);
  const calendars = await linkCalendars(parts, { client, token: tokens.accessToken ?? "" });
  const events = [
    ...(["appointment.booked", "appointment.rescheduled", "appointment.cancelled"] as const),
    ...(["appointment.declined", "message.taken"] as const),
  ];
  await client.ask(createWebhook, { body: { url: parts.webhooks.url, events } });
  await client.ask(setNotificationSettings, { body: { quietHours: null, toOwner: { digestAt: null } } });
  return { client, agentId, calendars };
}

async function makeAgent(client: Client): Promise<string> {
  const agent = await client.ask(createAgent, {
    body: {
      config: {
        name: "Front desk",
        greeting: "Bright Smile, how can I help you?",
        business: {
          ...{ name: "Bright Smile", timeZone, country: "US", phone: ours, address: "12 Harbor Street" },
          services: services.map(({ name, people }) => ({
            name,
            people: [...people],
            price: "$90",
            durationMinutes: 30,
          })),
        },
        openingHours: { weekly },
      },
    },
  });
  await client.ask(publishAgent, { params: { id: agent.id }, body: { revision: agent.revision } });
  return agent.id;
}

async function connectTwilio(client: Client, agentId: string): Promise<void> {
  const { id } = await client.ask(createConnection, { body: { vendor: "twilio", accountSid, authToken } });
  const { items } = await client.ask(listAccountNumbers, { params: { id } });
  const routing = { timeZone: "UTC", otherwise: [{ agentId }] };
  await client.ask(claimPhoneNumber, { body: { connectionId: id, sid: items[0]?.sid ?? "", routing } });
}

interface Owner {
  readonly client: Client;
  readonly token: string;
}

async function linkCalendars(parts: GroundParts, owner: Owner): Promise<LinkedCalendar[]> {
  const linked: LinkedCalendar[] = [];
  for (const { people, vendor } of services) {
    const connectionId = await connectCalendar(parts, owner, vendor);
    const { items } =
      connectionId === undefined
        ? { items: [] }
        : await owner.client.ask(listForeignCalendars, { params: { id: connectionId } });
    const externalCalendarId = items[0]?.id ?? "";
    const link = connectionId === undefined ? null : { connectionId, externalCalendarId };
    const { id } = await owner.client.ask(createCalendar, { body: { kind: "person", name: people[0], link } });
    linked.push({ id, vendor: connectionId === undefined ? "none" : vendor, externalCalendarId });
  }
  return linked;
}

async function connectCalendar(
  { platform, radicale }: GroundParts,
  { client, token }: Owner,
  vendor: LinkedCalendar["vendor"],
): Promise<string | undefined> {
  if (vendor === "none" || (vendor === "caldav" && radicale === undefined)) return undefined;
  if (vendor === "caldav" && radicale !== undefined) {
    await radicale.server.makeCalendar("work");
    const { username, password } = radicale.server;
    const body = { vendor, serverUrl: radicale.line.url, username, password } as const;
    return (await client.ask(createConnection, { body })).id;
  }
  // A consent is a person's, in a browser that keeps a cookie.
  const begun = await fetch(`${platform.url}${startOauth.path.replace(":vendor", vendor)}`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ uses: ["calendar"] }),
  });
  const { url } = (await begun.json()) as { url: string };
  const consented = await fetch(url, { redirect: "manual" });
  const cookie = begun.headers.get("set-cookie")?.split(";")[0] ?? "";
  const back = await fetch(consented.headers.get("location") ?? "", { headers: { cookie } });
  if (!back.ok) throw new Error(`the consent at ${vendor} was not finished: ${await back.text()}`);
  const { items } = await client.ask(listConnections, { query: {} });
  return items.find((each) => each.vendor === vendor)?.id;
}
