import { numberRouting } from "@parley/contract/phone-numbers";
import { describe, expect, test } from "vitest";
import { carrierFailure } from "../../testing/scripted-carrier.ts";
import { accountOfA, accountOfB, by, openTelephonyDesk, publicUrl } from "../../testing/telephony-desk.ts";
import { readStatusReport, scheduleNumberChecks } from "./index.ts";

type Desk = Awaited<ReturnType<typeof openTelephonyDesk>>;

const routing = numberRouting.parse({
  timeZone: "UTC",
  otherwise: [
    { agentId: "agent_a", variant: "short", weight: 1 },
    { agentId: "agent_b", variant: "long", weight: 3 },
  ],
});

async function claimed(desk: Desk) {
  const connectionId = await desk.connect("org_a", accountOfA);
  return await desk.numbers.claim({ connectionId, sid: "PN1", routing }, by("org_a"));
}

describe("a number", () => {
  test("is claimed, set at the telephone company, routed by its split, and given up", async () => {
    await using desk = await openTelephonyDesk();
    const number = await claimed(desk);
    expect(number).toMatchObject({ number: "+15550100001", state: "ready", findings: [] });
    expect(desk.carrier.numbers.get("PN1")?.addresses.voiceUrl).toBe(`${publicUrl}/telephony/twilio/incoming`);
    expect(await desk.router.routeOf("+15550100001", 0)).toMatchObject({
      ...{ orgId: "org_a", agentId: "agent_b", variant: "long" },
    });
    await desk.numbers.release(number.id, by("org_a"));
    expect(desk.carrier.numbers.get("PN1")?.addresses.voiceUrl).toBe("");
    expect(await desk.router.ownerOf("+15550100001")).toBeUndefined();
    expect(await desk.auditOf("org_a")).toEqual(["connections.create", "phone-numbers.claim", "phone-numbers.release"]);
  });

  test("claimed by another organisation is refused, tells nothing of whose it is, and keeps its addresses", async () => {
    await using desk = await openTelephonyDesk();
    const number = await claimed(desk);
    desk.carrier.set("PN1", { addresses: { voiceUrl: "https://marker.example.com" } });
    const connectionId = await desk.connect("org_b", accountOfB);
    const failure = await desk.numbers
      .claim({ connectionId, sid: "PN1", routing: null }, by("org_b"))
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "conflict" });
    expect(JSON.stringify(failure)).not.toMatch(/org_a|num_/);
    expect(desk.carrier.numbers.get("PN1")?.addresses.voiceUrl).toBe("https://marker.example.com");
    await expect(desk.numbers.get("org_b", number.id)).rejects.toMatchObject({ code: "not_found" });
    await expect(desk.numbers.release(number.id, by("org_b"))).rejects.toMatchObject({ code: "not_found" });
    expect((await desk.numbers.list("org_b", { limit: 10 })).items).toEqual([]);
    expect(await desk.router.ownerOf("+15550100001")).toMatchObject({ orgId: "org_a" });
  });

  test("is not claimed at all when the telephone company takes no change", async () => {
    await using desk = await openTelephonyDesk();
    const connectionId = await desk.connect("org_a", accountOfA);
    const { updateNumber } = desk.carrier;
    Object.assign(desk.carrier, { updateNumber: () => Promise.reject(carrierFailure("21502: not allowed")) });
    await expect(desk.numbers.claim({ connectionId, sid: "PN1", routing: null }, by("org_a"))).rejects.toThrow("21502");
    Object.assign(desk.carrier, { updateNumber });
    expect((await desk.numbers.claim({ connectionId, sid: "PN1", routing: null }, by("org_a"))).state).toBe("ready");
  });

  test("that drifts says where, and is mended", async () => {
    await using desk = await openTelephonyDesk();
    const { id } = await claimed(desk);
    desk.carrier.set("PN1", { divertedTo: "trunk", addresses: { voiceUrl: "https://elsewhere.example.com" } });
    const drifted = await desk.numbers.check(id, by("org_a"));
    expect(drifted.state).toBe("drifted");
    expect(drifted.findings).toEqual([
      {
        field: "voiceUrl",
        expected: `${publicUrl}/telephony/twilio/incoming`,
        found: "https://elsewhere.example.com",
      },
      { field: "divertedTo", expected: "", found: "trunk" },
    ]);
    // A trunk is not ours to take away.
    expect((await desk.numbers.mend(id, by("org_a"))).findings).toMatchObject([{ field: "divertedTo" }]);
    desk.carrier.set("PN1", { divertedTo: undefined });
    expect((await desk.numbers.check(id, by("org_a"))).state).toBe("ready");
  });

  test("routed to nobody known is refused by the name of the share", async () => {
    await using desk = await openTelephonyDesk();
    const { id } = await claimed(desk);
    const wrong = numberRouting.parse({ timeZone: "UTC", otherwise: [{ agentId: "agent_no" }] });
    await expect(desk.numbers.route(id, wrong, by("org_a"))).rejects.toThrow("routing.otherwise.0.agentId");
    await expect(desk.numbers.route(id, { ...wrong, timeZone: "Mars/X" }, by("org_a"))).rejects.toThrow("timeZone");
  });

  test("counts its messages and keeps none", async () => {
    await using desk = await openTelephonyDesk();
    const { id } = await claimed(desk);
    await desk.router.countSms("+15550100001");
    await desk.router.countSms("+15550100001");
    await desk.router.countSms("+15550109999");
    expect((await desk.numbers.get("org_a", id)).smsReceived).toBe(2);
  });
});

test("every hour all numbers of all organisations are looked at, and what is wrong stands in them", async () => {
  await using desk = await openTelephonyDesk();
  const good = await claimed(desk);
  const connectionId = await desk.connect("org_b", accountOfB);
  const bad = await desk.numbers.claim({ connectionId, sid: "PN2", routing: null }, by("org_b"));
  desk.carrier.set("PN2", { addresses: { voiceUrl: "" } });
  const lines: object[] = [];
  let run: () => Promise<unknown> = async () => {};
  await scheduleNumberChecks(
    {
      schedule: async (_name, _cron, work) => {
        run = () => work({ signal: new AbortController().signal } as never);
      },
    },
    { phoneNumbers: desk.numbers, log: (_level, _message, facts) => void lines.push(facts ?? {}) },
  );
  await run();
  expect(lines).toEqual([{ checked: 2, faulty: 1 }]);
  expect((await desk.numbers.get("org_a", good.id)).state).toBe("ready");
  expect((await desk.numbers.get("org_b", bad.id)).state).toBe("drifted");
  desk.carrier.failure = carrierFailure("20003: Authenticate", "auth");
  await run();
  expect(await desk.numbers.get("org_b", bad.id)).toMatchObject({
    state: "unreachable",
    problem: "20003: Authenticate",
  });
});

describe("a placed call", () => {
  const to = "+1 415 555 0123";
  const place = (desk: Desk) => desk.outbound.place({ to }, { ...by("org_a"), action: "calls.start" });
  const report = (sid: string, status: string, more: object = {}) =>
    readStatusReport({ CallSid: sid, CallStatus: status, ...more }) as NonNullable<ReturnType<typeof readStatusReport>>;

  test("is announced before it is dialled, and known by the account that placed it", async () => {
    await using desk = await openTelephonyDesk();
    const { connectionId } = await claimed(desk);
    const { callId } = await place(desk);
    expect(desk.told.announced).toEqual([callId]);
    expect(desk.carrier.placed).toMatchObject([{ to: "+14155550123", from: "+15550100001" }]);
    expect(await desk.outbound.placerOf(callId)).toEqual({ orgId: "org_a", connectionId });
    expect(await desk.outbound.placerOf("call_none")).toBeUndefined();
  });

  test("is folded from its reports, each once, whatever their order", async () => {
    await using desk = await openTelephonyDesk();
    await claimed(desk);
    const { callId } = await place(desk);
    const sid = desk.carrier.placed[0]?.sid ?? "";
    const reports = [
      report(sid, "busy", { SequenceNumber: "2", SipResponseCode: "486", CallDuration: "0" }),
      report(sid, "ringing", { SequenceNumber: "1" }),
      report(sid, "initiated", { SequenceNumber: "0" }),
    ];
    for (const each of [...reports, ...reports]) await desk.outbound.onReport("org_a", each, callId);
    const folded = await desk.outbound.reportOf("org_a", callId);
    expect(folded).toMatchObject({ externalId: sid, status: "busy", sipCode: 486 });
    expect(folded.reports.map(({ status }) => status)).toEqual(["initiated", "ringing", "busy"]);
    const call = await desk.calls.getCall("org_a", callId);
    expect(call).toMatchObject({ status: "failed", hangUpReason: "busy", to: "+14155550123", agentVersion: 3 });
    expect(desk.told.withdrawn).toEqual([callId]);
    await expect(desk.outbound.reportOf("org_b", callId)).rejects.toMatchObject({ code: "not_found" });
  });

  test("answered is answered, also when it is said twice; answered and over without a word is a call that failed", async () => {
    await using desk = await openTelephonyDesk();
    await claimed(desk);
    const { callId } = await place(desk);
    const sid = desk.carrier.placed[0]?.sid ?? "";
    const answered = { orgId: "org_a", callId, externalId: sid };
    expect(await desk.outbound.takeAnswered(answered)).toMatchObject({ agentId: "agent_a", to: "+14155550123" });
    expect(await desk.outbound.takeAnswered(answered)).toMatchObject({ agentId: "agent_a" });
    expect(await desk.outbound.takeAnswered({ ...answered, externalId: `CA${"9".repeat(32)}` })).toBeUndefined();
    expect(await desk.outbound.takeAnswered({ ...answered, orgId: "org_b" })).toBeUndefined();
    expect(await desk.outbound.cancel(callId, { ...by("org_a"), action: "calls.control" })).toBe(false);
    await desk.outbound.onReport("org_a", report(sid, "completed"), callId);
    const call = await desk.calls.getCall("org_a", callId);
    expect(call).toMatchObject({ status: "failed", hangUpReason: "stream-failed", externalId: sid });
    expect(await desk.outbound.takeAnswered(answered)).toBeUndefined();
  });

  test("is given up by its own organisation only, once, and the telephone company is told", async () => {
    await using desk = await openTelephonyDesk();
    await claimed(desk);
    const { callId } = await place(desk);
    const action = "calls.control";
    expect(await desk.outbound.cancel(callId, { ...by("org_b"), action })).toBe(false);
    expect(desk.carrier.hungUp).toEqual([]);
    desk.carrier.failure = carrierFailure("20500: later", "overloaded");
    await expect(desk.outbound.cancel(callId, { ...by("org_a"), action })).rejects.toMatchObject({
      code: "provider_failed",
    });
    desk.carrier.failure = undefined;
    expect(await desk.outbound.cancel(callId, { ...by("org_a"), action })).toBe(true);
    expect(await desk.outbound.cancel(callId, { ...by("org_a"), action })).toBe(false);
    expect(desk.carrier.hungUp).toEqual([desk.carrier.placed[0]?.sid]);
    expect(await desk.calls.getCall("org_a", callId)).toMatchObject({ hangUpReason: "canceled" });
    expect((await desk.auditOf("org_a")).slice(-2)).toEqual(["calls.start", "calls.control"]);
  });

  test("without a last report is asked about, and ended when nobody can tell", async () => {
    await using desk = await openTelephonyDesk();
    await claimed(desk);
    const [busy, ringing, unknown] = [await place(desk), await place(desk), await place(desk)];
    const [busySid = "", ringingSid = ""] = desk.carrier.placed.map(({ sid }) => sid);
    desk.carrier.statuses.set(busySid, "busy").set(ringingSid, "ringing");
    const endOf = async ({ callId }: { callId: string }) => (await desk.calls.getCall("org_a", callId))?.hangUpReason;
    const ends = async () => [await endOf(busy), await endOf(ringing), await endOf(unknown)];
    const { signal } = new AbortController();
    expect(await desk.outbound.sweep(signal)).toBe(0);
    await desk.clock.advance(11 * 60_000);
    expect(await desk.outbound.sweep(signal)).toBe(1);
    expect(await ends()).toEqual(["busy", undefined, undefined]);
    expect(await desk.outbound.reportOf("org_a", busy.callId)).toMatchObject({ status: "busy" });
    await desk.clock.advance(2 * 3_600_000);
    expect(await desk.outbound.sweep(signal)).toBe(2);
    expect(await ends()).toEqual(["busy", "connection-lost", "connection-lost"]);
    expect(await desk.outbound.sweep(signal)).toBe(0);
  });

  test("answered and over without a report is ended too, also when its account is gone", async () => {
    await using desk = await openTelephonyDesk();
    await claimed(desk);
    const [over, lost] = [await place(desk), await place(desk)];
    const [overSid = "", lostSid = ""] = desk.carrier.placed.map(({ sid }) => sid);
    await desk.outbound.takeAnswered({ orgId: "org_a", callId: over.callId, externalId: overSid });
    await desk.outbound.takeAnswered({ orgId: "org_a", callId: lost.callId, externalId: lostSid });
    desk.carrier.statuses.set(overSid, "completed");
    const { signal } = new AbortController();
    await desk.clock.advance(11 * 60_000);
    expect(await desk.outbound.sweep(signal)).toBe(1);
    expect(await desk.calls.getCall("org_a", over.callId)).toMatchObject({ hangUpReason: "stream-failed" });
    await desk.clock.advance(25 * 3_600_000);
    expect(await desk.outbound.sweep(signal)).toBe(1);
    expect(await desk.outbound.sweep(signal)).toBe(0);
  });

  test("given up while it is being dialled is hung up as soon as it has a name", async () => {
    await using desk = await openTelephonyDesk();
    await claimed(desk);
    const { createCall } = desk.carrier;
    Object.assign(desk.carrier, {
      createCall: async (...order: Parameters<typeof createCall>) => {
        const [callId = ""] = desk.told.announced;
        expect(await desk.outbound.cancel(callId, { ...by("org_a"), action: "calls.control" })).toBe(true);
        return await createCall(...order);
      },
    });
    await place(desk);
    expect(desk.carrier.hungUp).toEqual([desk.carrier.placed[0]?.sid]);
  });

  test("that the telephone company refuses says so, and is entered as failed", async () => {
    await using desk = await openTelephonyDesk();
    await claimed(desk);
    desk.carrier.failure = carrierFailure("calls to this country are not allowed (21215: no)");
    await expect(place(desk)).rejects.toMatchObject({
      code: "bad_request",
      publicMessage: expect.stringContaining("calls to this country"),
    });
    const [callId = ""] = desk.told.announced;
    expect(await desk.calls.getCall("org_a", callId)).toMatchObject({ status: "failed", hangUpReason: "failed" });
    expect(desk.told.withdrawn).toEqual([callId]);
  });

  test("needs a number to come from, a number to call, and is not placed without end", async () => {
    await using desk = await openTelephonyDesk();
    await expect(place(desk)).rejects.toMatchObject({ code: "conflict" });
    await claimed(desk);
    const badly = { ...by("org_a"), action: "calls.start" };
    await expect(desk.outbound.place({ to: "0123" }, badly)).rejects.toMatchObject({ code: "bad_request" });
    for (let index = 0; index < 10; index++) await place(desk);
    await expect(place(desk)).rejects.toMatchObject({ code: "too_many_requests" });
    expect(desk.carrier.placed.length).toBe(10);
  });
});
