/** An organisation's own telephone account: connected, its number claimed and called, its phone rung; against Twilio's stand-in. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTwilio, type TwilioStandIn } from "../sandbox/src/twilio/index.ts";
import { freePort } from "./free-port.ts";
import { type Platform, startPlatform } from "./platform.ts";
import { waitUntil } from "./world.ts";

const minute = 60_000;
const accountSid = `AC${"1".repeat(32)}`;
const authToken = "an-auth-token-of-the-organisation";
let platform: Platform;
let twilio: TwilioStandIn;
let answer: "answer" | "busy" = "answer";

async function ask(method: string, path: string, body?: unknown) {
  const response = await fetch(`${platform.url}/api/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${platform.apiKey}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: (text === "" ? {} : JSON.parse(text)) as Record<string, never> };
}

beforeAll(async () => {
  twilio = await startTwilio({
    ...{ accountSid, authToken, allowInsecureStreams: true, numbers: ["+15550100001"] },
    onOutboundCall: () => ({ kind: answer }),
  });
  const port = String(await freePort());
  platform = await startPlatform({ PORT: port, PUBLIC_URL: `http://127.0.0.1:${port}`, TWILIO_BASE_URL: twilio.url });
}, minute);
afterAll(async () => {
  await twilio?.close();
  await platform?.stop();
}, minute);

test("connected, claimed, routed, called, rung, released", { timeout: minute }, async () => {
  const wrong = await ask("POST", "/connections", { vendor: "twilio", accountSid, authToken: "not-the-token" });
  expect(wrong.status).toBe(400);
  expect(wrong.body["detail"]).toContain("20003: Authenticate");
  const made = await ask("POST", "/connections", { vendor: "twilio", accountSid, authToken });
  expect(made.status, JSON.stringify(made.body)).toBe(201);
  expect(JSON.stringify(made.body)).not.toContain(authToken);
  const connectionId = made.body["id"];

  const listed = await ask("GET", `/connections/${connectionId}/phone-numbers`);
  const [found] = listed.body["items"] as unknown as { sid: string }[];
  const otherwise = [{ agentId: "agent_demo" }];
  const claimed = await ask("POST", "/phone-numbers", {
    ...{ connectionId, sid: found?.sid },
    routing: { timeZone: "Europe/Madrid", otherwise },
  });
  expect(claimed.status, JSON.stringify(claimed.body)).toBe(201);
  expect(claimed.body).toMatchObject({ number: "+15550100001", state: "ready", findings: [] });
  expect((await ask("POST", "/phone-numbers", { connectionId, sid: found?.sid })).status).toBe(409);

  const call = twilio.placeCall({ to: "+15550100001" });
  await waitUntil(() => call.streams.length > 0);
  call.hangUp();
  expect((await call.ended).alerts).toEqual([]);

  // The installation's own account may not speak for the organisation's number.
  const stranger = await startTwilio({ accountSid: `AC${"2".repeat(32)}`, authToken: platform.twilioToken });
  const forged = stranger.placeCall({ to: "+15550100001", webhookUrl: `${platform.url}/telephony/twilio/incoming` });
  expect((await forged.ended).webhooks.map(({ status }) => status)).toEqual([403]);
  await stranger.close();

  answer = "busy";
  const busy = await ask("POST", "/agents/agent_demo/call-my-phone", { to: "+14155550123" });
  expect(busy.status, JSON.stringify(busy.body)).toBe(202);
  const busyId = busy.body["callId"];
  await waitUntil(async () => (await ask("GET", `/calls/${busyId}`)).body["hangUpReason"] === "busy");
  expect((await ask("GET", `/calls/${busyId}/carrier`)).body).toMatchObject({ status: "busy", sipCode: 486 });

  answer = "answer";
  const rung = await ask("POST", "/agents/agent_demo/call-my-phone", { to: "+14155550123" });
  await waitUntil(() =>
    [...twilio.calls.values()].some((each) => each.to === "+14155550123" && each.streams.length > 0),
  );
  await waitUntil(async () => (await ask("GET", `/calls/${rung.body["callId"]}`)).body["direction"] === "outbound");
  expect((await ask("DELETE", `/phone-numbers/${claimed.body["id"]}`)).status).toBe(204);
  expect((await ask("DELETE", `/connections/${connectionId}`)).status).toBe(204);
});
