/** Texts, driven by Twilio's own SDK; its validator stands at the platform's door. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import twilio from "twilio";
import { expect, test } from "vitest";
import { until } from "../control/until.ts";
import { startTwilio, type TwilioStandIn } from "./index.ts";

const accountSid = `AC${"0123456789abcdef".repeat(2)}`;
const authToken = "12345";
const ours = "+15550100001";
const theirs = "+15551112222";

async function open() {
  const told: { path: string; fields: Record<string, string>; isSigned: boolean }[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (piece: Buffer) => {
      body += piece.toString("utf8");
    });
    request.on("end", () => {
      const fields = Object.fromEntries(new URLSearchParams(body));
      const signature = String(request.headers["x-twilio-signature"]);
      const isSigned = twilio.validateRequest(authToken, signature, `${url}${request.url ?? ""}`, fields);
      told.push({ path: request.url ?? "", fields, isSigned });
      response.writeHead(200, { "Content-Type": "text/xml" }).end("<Response/>");
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const standIn: TwilioStandIn = await startTwilio({ accountSid, authToken });
  const sdk = twilio(accountSid, authToken);
  sdk.api.baseUrl = standIn.url;
  const send = (body: string) =>
    sdk.messages.create({ to: theirs, from: ours, body, statusCallback: `${url}/status?notification=ntf_1` });
  return {
    ...{ standIn, sdk, told, url, send },
    async [Symbol.asyncDispose]() {
      await standIn.close();
      server.closeAllConnections();
      server.close();
    },
  };
}

test("a text is reported on step by step, and found in the list by whom it went to", async () => {
  await using world = await open();
  const sent = await world.send("See you on Tuesday");
  expect([sent.status, sent.numSegments, sent.direction]).toEqual(["queued", "1", "outbound-api"]);
  await until(() => world.told.length === 2, "both reports");
  expect(world.told.map(({ path, fields, isSigned }) => [path, fields["MessageStatus"], isSigned])).toEqual([
    ["/status?notification=ntf_1", "sent", true],
    ["/status?notification=ntf_1", "delivered", true],
  ]);
  for (let more = 0; more < 4; more++) await world.send(`more ${more}`);
  const listed = await world.sdk.messages.list({ to: theirs, from: ours, pageSize: 2, limit: 10 });
  expect(listed.map(({ body }) => body)).toEqual(["more 3", "more 2", "more 1", "more 0", "See you on Tuesday"]);
  expect(Math.abs((listed.at(-1)?.dateCreated.getTime() ?? 0) - Date.now())).toBeLessThan(60_000);
  expect(await world.sdk.messages.list({ to: "+15559999999" })).toEqual([]);
  await until(() => world.told.length === 10, "all reports");
  const after = (date: Date) => world.sdk.messages.list({ to: theirs, dateSentAfter: date });
  expect(await after(new Date(Date.now() + 60_000))).toEqual([]);
  expect(await after(new Date(Date.now() - 60_000))).toHaveLength(5);
});

test("one that does not arrive says so with a number; one whose answer is lost was sent all the same", async () => {
  await using world = await open();
  world.standIn.setFaults({ messages: { outcome: "undelivered", errorCode: 30005 } });
  const { sid } = await world.send("hello");
  await until(() => world.told.length === 2, "both reports");
  expect(world.told.at(-1)?.fields).toMatchObject({
    MessageStatus: "undelivered",
    ErrorCode: "30005",
    MessageSid: sid,
  });
  expect(await world.sdk.messages(sid).fetch()).toMatchObject({ status: "undelivered", errorCode: 30005 });
  world.standIn.setFaults({ messages: { loseAnswer: true } });
  await expect(world.send("lost")).rejects.toThrow();
  expect((await world.sdk.messages.list({ to: theirs, limit: 1 }))[0]?.body).toBe("lost");
});

test("a text that comes reaches the number's address, signed; who wrote STOP gets none until START", async () => {
  await using world = await open();
  const [number] = await world.sdk.incomingPhoneNumbers.list({ limit: 1 });
  await world.sdk.incomingPhoneNumbers(number?.sid ?? "").update({ smsUrl: `${world.url}/sms`, smsMethod: "POST" });
  const write = (body: string) => world.standIn.receiveMessage({ from: theirs, to: ours, body });
  expect((await write("شكرا")).body).toBe("<Response/>");
  expect(world.told[0]).toMatchObject({
    path: "/sms",
    isSigned: true,
    fields: { Body: "شكرا", From: theirs, To: ours },
  });
  await write("STOP");
  await expect(world.send("hello?")).rejects.toMatchObject({ code: 21610, status: 400 });
  await write("start");
  expect((await world.send("hello again")).status).toBe("queued");
});
