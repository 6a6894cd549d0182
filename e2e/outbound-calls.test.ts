/** Calls the platform places over `POST /calls`, at an organisation's own telephone account: against Twilio's stand-in. */
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { Telephone } from "../sandbox/src/telephone/telephone.ts";
import { type SandboxCall, startTwilio, type TwilioStandIn } from "../sandbox/src/twilio/index.ts";
import { freePort } from "./free-port.ts";
import { type Platform, startPlatform } from "./platform.ts";
import { waitUntil } from "./world.ts";

const minute = 60_000;
const accountSid = `AC${"1".repeat(32)}`;
const number = "+15550100001";
type Answered = Parameters<NonNullable<Parameters<typeof startTwilio>[0]["onOutboundCall"]>>[0];

let platform: Platform;
let twilio: TwilioStandIn;
let meet: (call: Answered) => ReturnType<NonNullable<Parameters<typeof startTwilio>[0]["onOutboundCall"]>>;

async function ask(method: string, path: string, body?: unknown) {
  return await askWith({}, `${method} ${path}`, body);
}

async function askWith(headers: Record<string, string>, route: string, body?: unknown) {
  const [method = "", path] = route.split(" ");
  const response = await fetch(`${platform.url}/api/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${platform.apiKey}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: (text === "" ? {} : JSON.parse(text)) as Record<string, never> };
}

const place = (to: string, more: object = {}) => ask("POST", "/calls", { channel: "phone", to, ...more });

const found = async (query: string) =>
  (await ask("GET", `/calls?${query}`)).body["items"] as unknown as { externalId: string }[];

const lineTo = (to: string): SandboxCall | undefined => [...twilio.calls.values()].find((call) => call.to === to);

const ended = async (callId: string) => {
  let call: Record<string, never> = {};
  await waitUntil(async () => {
    const { status, body } = await ask("GET", `/calls/${callId}`);
    call = body;
    return status === 200 && body["status"] !== "live";
  }, 20_000);
  return call;
};

beforeAll(async () => {
  twilio = await startTwilio({
    ...{ accountSid, authToken: "a-token-of-theirs", allowInsecureStreams: true, numbers: [number] },
    onOutboundCall: (call) => meet(call),
  });
  const port = String(await freePort());
  platform = await startPlatform({ PORT: port, PUBLIC_URL: `http://127.0.0.1:${port}`, TWILIO_BASE_URL: twilio.url });
  const made = await ask("POST", "/connections", { vendor: "twilio", accountSid, authToken: "a-token-of-theirs" });
  const connectionId = made.body["id"];
  const listed = await ask("GET", `/connections/${connectionId}/phone-numbers`);
  const [found] = listed.body["items"] as unknown as { sid: string }[];
  const routing = { timeZone: "Europe/Madrid", otherwise: [{ agentId: "agent_demo", variant: "brief" }] };
  const wish = { connectionId, sid: found?.sid, routing };
  const [claimed, again] = [
    await askWith({ "idempotency-key": "claim-1" }, "POST /phone-numbers", wish),
    await askWith({ "idempotency-key": "claim-1" }, "POST /phone-numbers", wish),
  ];
  // The second request is the first one's answer, and no conflict.
  expect([claimed.status, again.status], JSON.stringify(again.body)).toEqual([201, 201]);
  expect(again.body["id"]).toBe(claimed.body["id"]);
}, minute);
afterAll(async () => {
  await twilio?.close();
  await platform?.stop();
}, minute);
beforeEach(() => {
  twilio.setFaults({});
  meet = () => ({ kind: "answer", ringMs: 1500 });
});

test("somebody answers and hears the greeting at once: it was made ready while it rang", {
  timeout: minute,
}, async () => {
  const telephone = new Telephone({ hearing: "sound" });
  meet = () => ({ kind: "answer", ringMs: 4000, caller: telephone });
  const placed = await place("+14155550101", { agentId: "agent_demo" });
  expect(placed.status, JSON.stringify(placed.body)).toBe(201);
  expect(placed.body).toMatchObject({
    ...{ channel: "phone", state: "dialing", from: number, to: "+14155550101", agentName: expect.any(String) },
  });
  await waitUntil(() => telephone.ear.utterances.length > 0, 15_000);
  const call = lineTo("+14155550101");
  // From the moment somebody answers: what the answer's question took, then the stream.
  const asked = call?.webhooks.find(({ url }) => url.includes("/outbound?"));
  const streamMs = (telephone.ear.utterances[0]?.arrivedAtMs ?? Number.NaN) - (call?.answeredAtMs ?? Number.NaN);
  expect((asked?.tookMs ?? Number.NaN) + streamMs).toBeLessThan(800);
  await waitUntil(async () => (await ask("GET", `/calls/${placed.body["callId"]}`)).status === 200);
  const live = await ask("GET", `/calls/${placed.body["callId"]}`);
  expect(live.body).toMatchObject({ direction: "outbound", status: "live", externalId: call?.sid, agentVersion: 1 });
  call?.hangUp();
  telephone.close();
  expect(await ended(placed.body["callId"] ?? "")).toMatchObject({ hangUpReason: "caller-hung-up" });
});

test("a call that still rings is given up", { timeout: minute }, async () => {
  meet = () => ({ kind: "answer", ringMs: 3000 });
  const placed = await place("+14155550102");
  const callId = placed.body["callId"] ?? "";
  await waitUntil(() => lineTo("+14155550102")?.status === "ringing");
  expect((await ask("POST", `/calls/${callId}/control`, { action: "say", text: "Hello" })).status).toBe(404);
  expect((await ask("POST", `/calls/${callId}/control`, { action: "hang-up" })).status).toBe(202);
  expect(await ended(callId)).toMatchObject({ status: "failed", hangUpReason: "canceled" });
  const over = await lineTo("+14155550102")?.ended;
  expect({ status: over?.status, streams: over?.streams.length }).toEqual({ status: "canceled", streams: 0 });
  expect((await ask("POST", `/calls/${callId}/control`, { action: "hang-up" })).status).toBe(404);
});

test("busy is told as busy", { timeout: minute }, async () => {
  meet = () => ({ kind: "busy" });
  const placed = await place("+14155550103");
  expect(await ended(placed.body["callId"] ?? "")).toMatchObject({ status: "failed", hangUpReason: "busy" });
});

test("answered, and the stream never opens: the person hears a sentence, and the call is on record", {
  timeout: minute,
}, async () => {
  twilio.setFaults({ withoutStreams: true });
  const placed = await place("+14155550104");
  const callId = placed.body["callId"] ?? "";
  const call = lineTo("+14155550104");
  expect((await call?.ended)?.said.join(" ")).toContain("something is not working on our side");
  expect(await ended(callId)).toMatchObject({ status: "failed", hangUpReason: "stream-failed" });
});

test("a report of a call counts only from the account that placed it", { timeout: minute }, async () => {
  meet = () => ({ kind: "answer", ringMs: 3000 });
  const placed = await place("+14155550105");
  const callId = placed.body["callId"] ?? "";
  const own = await startTwilio({ accountSid: `AC${"0".repeat(32)}`, authToken: platform.twilioToken });
  const told = own.placeCall({
    ...{ to: number, webhookUrl: `${platform.url}/telephony/twilio/status?call=${callId}` },
    statusCallbackUrl: `${platform.url}/telephony/twilio/status?call=${callId}`,
  });
  // Signed well, by the installation's account: heard, and of no effect.
  expect((await told.ended).webhooks.map(({ status }) => status)).toContain(200);
  await own.close();
  expect((await ask("GET", `/calls/${callId}`)).status).toBe(404);
  await ask("POST", `/calls/${callId}/control`, { action: "hang-up" });
  expect(await ended(callId)).toMatchObject({ hangUpReason: "canceled" });
});

test("what the telephone company refuses is told in clear words, and is no call", { timeout: minute }, async () => {
  twilio.setFaults({ restError: { status: 400, code: 21215, message: "Account not authorized to call +20." } });
  const refused = await place("+14155550106");
  expect(refused.status).toBe(400);
  expect(refused.body["detail"]).toContain("Geographic Permissions");
  expect(refused.body["detail"]).toContain("21215");
  expect(lineTo("+14155550106")).toBeUndefined();
});

test("what cannot be placed is refused before anything rings", { timeout: minute }, async () => {
  const wrong = await place("5550106");
  expect([wrong.status, wrong.body["detail"]]).toEqual([400, expect.stringContaining("country")]);
  expect((await place("+14155550107", { agentId: "agent_nobody" })).status).toBe(404);
  expect((await place("+14155550107", { variables: { stranger: "x" } })).body["detail"]).toContain("stranger");
  expect(lineTo("+14155550107")).toBeUndefined();
});

test("who asked not to be called is not", { timeout: minute }, async () => {
  const phones = [{ number: "+14155550108" }];
  const contact = await ask("POST", "/contacts", { name: "Grace", phones, doNotCall: true });
  expect(contact.status, JSON.stringify(contact.body)).toBe(201);
  const refused = await place("+14155550108");
  expect([refused.status, refused.body["detail"]]).toEqual([403, expect.stringContaining("asked not to be called")]);
  expect(lineTo("+14155550108")).toBeUndefined();
});

test("the variant of the number's split stays with the call and finds it", { timeout: minute }, async () => {
  const call = twilio.placeCall({ to: number });
  await waitUntil(() => call.streams.length > 0);
  call.hangUp();
  await call.ended;
  await waitUntil(async () => {
    return (await found("variant=brief")).some(({ externalId }) => externalId === call.sid);
  });
  expect(await found("variant=long")).toEqual([]);
  expect(await found(`externalId=${call.sid}&agentVersion=1`)).toMatchObject([{ variant: "brief", agentVersion: 1 }]);
});
