/** Told by text from the organisation's own number, through the running program; against Twilio's stand-in. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTwilio, type TwilioStandIn } from "../sandbox/src/twilio/index.ts";
import { freePort } from "./free-port.ts";
import { type Platform, startPlatform } from "./platform.ts";
import { waitUntil } from "./world.ts";

const minute = 60_000;
const accountSid = `AC${"1".repeat(32)}`;
const authToken = "an-auth-token-of-the-organisation";
const ours = "+15550100001";
const caller = "+14155550177";
const ownersPhone = "+14155550123";
let platform: Platform;
let twilio: TwilioStandIn;

async function ask<T>(method: string, path: string, body?: unknown): Promise<T> {
  const response = await fetch(`${platform.url}/api/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${platform.apiKey}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  expect(response.ok, `${method} ${path}: ${text}`).toBe(true);
  return JSON.parse(text) as T;
}

interface Told {
  readonly kind: string;
  readonly status: string;
  readonly reason: string | null;
}

const log = async () => (await ask<{ items: Told[] }>("GET", "/notifications?channel=sms")).items;
const sent = () => [...twilio.messages.values()].filter(({ direction }) => direction === "outbound-api");

beforeAll(async () => {
  twilio = await startTwilio({ accountSid, authToken, allowInsecureStreams: true, numbers: [ours] });
  const port = String(await freePort());
  platform = await startPlatform({ PORT: port, PUBLIC_URL: `http://127.0.0.1:${port}`, TWILIO_BASE_URL: twilio.url });
  const { id: connectionId } = await ask<{ id: string }>("POST", "/connections", {
    vendor: "twilio",
    accountSid,
    authToken,
  });
  const { items } = await ask<{ items: { sid: string }[] }>("GET", `/connections/${connectionId}/phone-numbers`);
  const routing = { timeZone: "UTC", otherwise: [{ agentId: "agent_demo" }] };
  await ask("POST", "/phone-numbers", { connectionId, sid: items[0]?.sid, routing });
  const bySms = { sms: true, email: false };
  const toOwner = { phones: [ownersPhone], missedCall: bySms, message: bySms };
  await ask("PUT", "/notifications/settings", { toOwner, quietHours: null });
}, minute);
afterAll(async () => {
  await twilio?.close();
  await platform?.stop();
}, minute);

test("a call in which nobody spoke and a text that came reach the owner's phone; how each fared is in the log", {
  timeout: minute,
}, async () => {
  const call = twilio.placeCall({ from: caller, to: ours });
  await waitUntil(() => call.streams.length > 0);
  call.hangUp();
  await waitUntil(() => sent().length === 1, 20_000);
  expect(sent()[0]).toMatchObject({ from: ours, to: ownersPhone, body: expect.stringContaining(`Missed call on`) });
  await waitUntil(async () => (await log())[0]?.status === "delivered", 10_000);

  const words = { from: caller, to: ours, body: "هل عندكم موعد بكرة؟" };
  expect((await twilio.receiveMessage(words)).status).toBe(200);
  await waitUntil(() => sent().length === 2, 20_000);
  expect(sent()[1]?.body).toContain(words.body);
  const { items } = await ask<{ items: { id: string }[] }>("GET", "/messages?status=open");
  expect(items).toMatchObject([{ status: "open", callId: null, content: { phone: caller, message: words.body } }]);
  expect(await ask("PATCH", `/messages/${items[0]?.id}`, { status: "done" })).toMatchObject({ status: "done" });
  expect(await ask("GET", "/messages?status=open")).toEqual({ items: [], nextCursor: null });

  // Twilio refuses who wrote STOP: that is final, and said.
  await twilio.receiveMessage({ from: ownersPhone, to: ours, body: "STOP" });
  await twilio.receiveMessage({ ...words, body: "Hello?" });
  await waitUntil(async () => (await log())[0]?.status === "failed", 20_000);
  expect((await log()).map(({ kind, status, reason }) => [kind, status, reason])).toEqual([
    ["owner-message", "failed", "opted-out"],
    ["owner-message", "delivered", null],
    ["owner-missed-call", "delivered", null],
  ]);
  expect(sent()).toHaveLength(2);
});
