/** The carrier's webhooks of two organisations: real routes, real signatures, a real database; no media process. */
import Fastify from "fastify";
import { describe, expect, test } from "vitest";
import {
  connectStreamTwiml,
  dialTwiml,
  emptyTwiml,
  hangUpTwiml,
  sayAndHangUpTwiml,
} from "../../providers/twilio/twiml.ts";
import { signTwilioRequest, verifyTwilioSignature } from "../../providers/twilio/verify-signature.ts";
import { accountOfA, accountOfB, by, openTelephonyDesk, publicUrl } from "../../testing/telephony-desk.ts";
import type { ApiParts, PlanRequest } from "./api-parts.ts";
import { createCallBook } from "./call-book.ts";
import { addTwilioRoutes } from "./twilio-routes.ts";

const installationToken = "the installation's token";
const sid = (digit: string) => `CA${digit.repeat(32)}`;
const number = "+15550100001";

/** What the routes hand on. */
const keepIn = (texts: object[]) => ({
  onText: async (orgId: string, text: object) => void texts.push({ orgId, ...text }),
  onMissedCall: async (orgId: string, call: object) => void texts.push({ orgId, ...call }),
  onReport: async (orgId: string, report: object) => void texts.push({ orgId, ...report }),
});

async function open() {
  const desk = await openTelephonyDesk();
  const accounts = [await desk.connect("org_a", accountOfA), await desk.connect("org_b", accountOfB)] as const;
  const claimed = await desk.numbers.claim({ connectionId: accounts[0], sid: "PN1", routing: null }, by("org_a"));
  const agent = { timeZone: "UTC", rules: [], otherwise: [{ agentId: "agent_a", version: null, weight: 1 }] };
  await desk.numbers.route(claimed.id, agent, by("org_a"));
  const planned: PlanRequest[] = [];
  const refused = { count: 0 };
  const texts: object[] = [];
  const book = createCallBook();
  const parts = {
    ...{ clock: desk.clock, publicUrl, book },
    carrier: {
      verify: (request: object) => verifyTwilioSignature({ authToken: installationToken, ...request } as never),
      ...{ connect: connectStreamTwiml, sayAndHangUp: sayAndHangUpTwiml, dial: dialTwiml },
      ...{ hangUp: hangUpTwiml, nothing: emptyTwiml },
    },
    telephony: {
      accounts: desk.connections,
      numbers: desk.router,
      outbound: desk.outbound,
      inbound: desk.inbound,
      texts: keepIn(texts),
    },
    metrics: { addRefusedWebhook: () => void refused.count++ },
    planCall: async (request: PlanRequest) => {
      planned.push(request);
      if (request.from === "+14155550666") {
        return { verdict: "refuse", reason: "blocked", words: "No.", language: "en-US" };
      }
      if (request.from === "+14155550667") throw new Error("every line is taken");
      const plan = {
        callId: request.callId ?? "call_x",
        orgId: "org_a",
        agentId: "agent_a",
        agentName: "Anna",
        language: "en-US",
      };
      return { verdict: "answer", plan, providers: { llm: [], tts: [] } };
    },
    link: { request: async () => ({ mediaIndex: 0 }), notify: () => {} },
  } as unknown as ApiParts;
  const app = Fastify();
  await addTwilioRoutes(app, parts);
  const post = async (path: string, given: Record<string, string>, authToken: string) => {
    const url = `/telephony/twilio/${path}`;
    const fields = { AccountSid: accountOfB, Direction: "inbound", CallStatus: "in-progress", ...given };
    const answer = await app.inject({
      ...{ method: "POST", url, payload: new URLSearchParams(fields).toString() },
      headers: {
        "content-type": "application/x-www-form-urlencoded",
        "x-twilio-signature": signTwilioRequest(authToken, `${publicUrl}${url}`, fields),
      },
    });
    return { status: answer.statusCode, text: answer.body };
  };
  const [ofA, ofB] = ["token of org_a", "token of org_b"] as const;
  return { ...desk, desk, texts, post, planned, refused, book, ofA, ofB, accounts, claimed };
}

describe("a number of one organisation, asked about by another's account", () => {
  test("is refused, however well it is signed", async () => {
    const world = await open();
    await using _ = world.desk;
    const call = { CallSid: sid("1"), From: "+14155550123", To: number };
    expect((await world.post("incoming", call, world.ofB)).status).toBe(403);
    // Naming the owner's account does not help who cannot sign for it, and the installation's account owns it no more.
    expect((await world.post("incoming", { ...call, AccountSid: accountOfA }, world.ofB)).status).toBe(403);
    expect((await world.post("incoming", call, installationToken)).status).toBe(403);
    expect(world.planned).toEqual([]);
    expect(world.refused.count).toBe(3);
    const own = await world.post("incoming", { ...call, AccountSid: accountOfA }, world.ofA);
    expect([own.status, own.text]).toEqual([200, expect.stringContaining(`/media/0/${world.accounts[0]}`)]);
  });

  test("does not open the demo's door either: of numbers nobody claims, its own account alone may bring calls", async () => {
    const world = await open();
    await using _ = world.desk;
    const call = { CallSid: sid("9"), From: "+14155550123", To: "+15550109999" };
    const stranger = await world.post("incoming", call, world.ofB);
    expect([stranger.status, stranger.text]).toEqual([200, expect.stringContaining("<Say")]);
    expect(world.planned).toEqual([]);
    await world.post("incoming", call, installationToken);
    expect(world.planned).toHaveLength(1);
  });

  test("the same account connected by both: each signature speaks for its own organisation", async () => {
    const world = await open();
    await using _ = world.desk;
    await world.connect("org_b", accountOfA, "another token of the same account");
    const call = { AccountSid: accountOfA, CallSid: sid("1"), From: "+14155550123", To: number };
    expect((await world.post("incoming", call, "another token of the same account")).status).toBe(403);
    expect((await world.post("incoming", call, world.ofA)).status).toBe(200);
  });

  test("messages and reports of it count only from its owner", async () => {
    const world = await open();
    await using _ = world.desk;
    const message = { MessageSid: "SM1", From: "+14155550123", To: number };
    await world.post("sms", message, world.ofB);
    expect((await world.numbers.get("org_a", world.claimed.id)).smsReceived).toBe(0);
    await world.post("sms", { ...message, AccountSid: accountOfA }, world.ofA);
    expect((await world.numbers.get("org_a", world.claimed.id)).smsReceived).toBe(1);
    const over = { CallSid: sid("2"), CallStatus: "completed", To: number };
    await world.post("status", over, world.ofB);
    await world.post("status", { ...over, AccountSid: accountOfA }, world.ofA);
    const { rows } = await world.database.asAdmin("select org_id from carrier_reports");
    expect(rows).toEqual([{ org_id: "org_a" }]);
  });
});

test("a call that nobody could take is told to the number's owner; one they blocked is not", async () => {
  const world = await open();
  await using _ = world.desk;
  const call = { AccountSid: accountOfA, CallSid: sid("1"), To: number };
  expect((await world.post("incoming", { ...call, From: "+14155550666" }, world.ofA)).text).toContain("No.");
  expect(world.texts).toEqual([]);
  expect((await world.post("incoming", { ...call, From: "+14155550667" }, world.ofA)).text).toContain("<Say");
  expect(world.texts).toMatchObject([{ orgId: "org_a", externalId: sid("1"), from: "+14155550667" }]);
});

test("texts and their reports are handed on for whoever owns the number, from their own account alone", async () => {
  const world = await open();
  await using _ = world.desk;
  const text = {
    AccountSid: accountOfA,
    MessageSid: "SM1",
    From: "+14155550123",
    To: number,
    Body: "C",
    OptOutType: "HELP",
  };
  const report = {
    AccountSid: accountOfA,
    MessageSid: "SM2",
    From: number,
    MessageStatus: "undelivered",
    ErrorCode: "30005",
  };
  await world.post("sms", text, world.ofB);
  await world.post("text-status?notification=ntf_1", report, world.ofB);
  expect(world.texts).toEqual([]);
  await world.post("sms", text, world.ofA);
  await world.post("text-status?notification=ntf_1", report, world.ofA);
  await world.post("text-status?notification='; drop", report, world.ofA);
  expect(world.texts).toEqual([
    { orgId: "org_a", externalId: "SM1", from: "+14155550123", to: number, body: "C", carrierMeaning: "help" },
    { orgId: "org_a", notificationId: "ntf_1", text: { externalId: "SM2", status: "undelivered", errorCode: 30005 } },
  ]);
});

describe("a placed call", () => {
  test("is answered for and reported on by the account that placed it alone", async () => {
    const world = await open();
    await using _ = world.desk;
    const { callId } = await world.outbound.place({ to: "+14155550123" }, { ...by("org_a"), action: "calls.start" });
    const fields = { CallSid: sid("3"), From: number, To: "+14155550123", Direction: "outbound-api" };
    expect((await world.post(`outbound?call=${callId}`, fields, world.ofB)).status).toBe(403);
    expect((await world.post(`outbound?call=${callId}`, fields, installationToken)).status).toBe(403);
    await world.post(`status?call=${callId}`, { ...fields, CallStatus: "busy" }, world.ofB);
    expect(await world.calls.getCall("org_a", callId)).toBeUndefined();
    const own = { ...fields, AccountSid: accountOfA };
    // Announced elsewhere, or by a process that is gone: it is planned now.
    const answered = await world.post(`outbound?call=${callId}`, own, world.ofA);
    expect(answered.text).toContain("<Stream");
    expect(world.planned).toMatchObject([{ callId, direction: "outbound", agentId: "agent_a" }]);
    // The carrier asks twice: the same call waits.
    expect((await world.post(`outbound?call=${callId}`, own, world.ofA)).text).toBe(answered.text);
    expect(world.planned.length).toBe(1);
  });

  test("whose stream never opens says a sentence and is on record", async () => {
    const world = await open();
    await using _ = world.desk;
    const { callId } = await world.outbound.place({ to: "+14155550123" }, { ...by("org_a"), action: "calls.start" });
    const own = { AccountSid: accountOfA, CallSid: sid("4"), From: number, To: "+14155550123" };
    const outbound = { ...own, Direction: "outbound-api" };
    await world.post(`outbound?call=${callId}`, outbound, world.ofA);
    const over = await world.post("connect-action", { ...outbound, StreamError: "unreachable" }, world.ofA);
    expect(over.text).toContain("<Say");
    expect(await world.calls.getCall("org_a", callId)).toMatchObject({
      ...{ status: "failed", hangUpReason: "stream-failed", direction: "outbound" },
    });
  });
});

describe("a call that came in, and whose stream never opens", () => {
  const fields = { AccountSid: accountOfA, CallSid: sid("7"), From: "+14155550123", To: number };

  test.each([
    ["connect-action", { StreamError: "unreachable" }],
    ["status", { CallStatus: "completed" }],
  ])("is on record, once, when the carrier says so by %s", async (path, more) => {
    const world = await open();
    await using _ = world.desk;
    await world.post("incoming", fields, world.ofA);
    await world.post("status", { ...fields, CallStatus: "ringing" }, world.ofA);
    await world.post(path, { ...fields, ...more }, world.ofB);
    expect(await world.calls.getCall("org_a", "call_x")).toBeUndefined();
    for (let time = 0; time < 2; time++) await world.post(path, { ...fields, ...more }, world.ofA);
    expect(await world.calls.getCall("org_a", "call_x")).toMatchObject({
      ...{ status: "failed", hangUpReason: "stream-failed", direction: "inbound", externalId: sid("7") },
      ...{ from: "+14155550123", to: number, agentName: "Anna" },
    });
  });

  test("one that was spoken with is not entered so", async () => {
    const world = await open();
    await using _ = world.desk;
    await world.post("incoming", fields, world.ofA);
    world.book.onFact({ kind: "started", callId: "call_x", channel: "phone" } as never);
    await world.post("status", { ...fields, CallStatus: "completed" }, world.ofA);
    expect(await world.calls.getCall("org_a", "call_x")).toBeUndefined();
  });
});

describe("a transfer", () => {
  async function transferred(transferBy: "agent" | "emergency" = "agent") {
    const world = await open();
    const fields = { AccountSid: accountOfA, CallSid: sid("5"), From: "+14155550123", To: number };
    await world.post("incoming", fields, world.ofA);
    world.book.onFact({
      ...{ kind: "ended", callId: "call_x", channel: "phone", reason: "transferred", durationMs: 1 },
      ...{ transferTo: "+15550100", transferBy },
    });
    const dialled = await world.post("connect-action", fields, world.ofA);
    expect(dialled.text).toContain("<Number>+15550100</Number>");
    return { ...world, fields: { ...fields, DialCallSid: sid("6") } };
  }

  test("that nobody takes goes back to the agent", async () => {
    const world = await transferred("emergency");
    await using _ = world.desk;
    const back = await world.post("dial-action", { ...world.fields, DialCallStatus: "busy" }, world.ofA);
    expect(back.text).toContain("<Stream");
    expect(world.planned.at(-1)?.afterTransfer).toMatchObject({
      orgId: "org_a",
      agentId: "agent_a",
      isEmergency: true,
    });
  });

  test("that somebody took, or whose caller is gone, ends", async () => {
    const world = await transferred();
    await using _ = world.desk;
    const before = world.planned.length;
    for (const end of [
      { DialCallStatus: "completed" },
      { DialCallStatus: "canceled", CallStatus: "completed" },
      { DialCallStatus: "no-answer", CallStatus: "completed" },
    ]) {
      expect((await world.post("dial-action", { ...world.fields, ...end }, world.ofA)).text).toContain("<Hangup/>");
    }
    expect(world.planned.length).toBe(before);
  });

  test("that this process does not know any more ends in words", async () => {
    const world = await open();
    await using _ = world.desk;
    const fields = { AccountSid: accountOfA, CallSid: sid("7"), To: number, DialCallStatus: "busy" };
    expect((await world.post("dial-action", fields, world.ofA)).text).toContain("nobody could take your call");
  });
});
