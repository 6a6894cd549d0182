import { waitUntil } from "../world.ts";
import { keepId, type Made, of, plain, type Samples } from "./sample.ts";
import type { Tenant } from "./tenant.ts";

const told = "is what the caller said";

/** A call over the telephone, from the contact's number to the organisation's: heard, recorded, over. */
async function placeCall({ tenant }: Made): Promise<void> {
  const { twilio, number } = tenant.carrier;
  const call = twilio.placeCall({ from: tenant.phone, to: number });
  await waitUntil(() => call.streams.length > 0);
  const found = async () => {
    const { items } = await tenant.do("calls.list", { query: { externalId: call.sid } });
    return (items as { id: string }[])[0];
  };
  await waitUntil(async () => (await found()) !== undefined);
  tenant.keep("call", (await found())?.id);
  const params = { id: tenant.id("call") };
  const heard = async () => ((await tenant.do("calls.events", { params }))["items"] as { type: string }[]).length > 5;
  await waitUntil(heard, 20_000);
  call.hangUp();
  await waitUntil(async () => {
    const { status, recording } = await tenant.do("calls.get", { params });
    return status !== "live" && (recording as { state?: string } | null)?.state === "complete";
  }, 20_000);
}

/** One that lives while it is asked for. */
export async function openTextCall(tenant: Tenant): Promise<void> {
  const call = await tenant.do("calls.start", { body: { channel: "text", agentId: tenant.id("agent") } });
  tenant.keep("live call", call["callId"]);
  const params = { id: tenant.id("live call") };
  await tenant.do("calls.say", { params, body: { text: `${tenant.word("said")} ${told}` } });
}

/** There is nothing to analyse in a call in which nobody spoke. */
async function tellAndHangUp({ tenant }: Made): Promise<void> {
  await openTextCall(tenant);
  tenant.keep("told call", tenant.id("live call"));
  const params = { id: tenant.id("told call") };
  await tenant.do("calls.control", { params, body: { action: "hang-up" } });
  await waitUntil(async () => (await tenant.do("calls.get", { params }))["status"] !== "live", 20_000);
}

export const analysed: Samples = {
  "call-analysis.create": of("told call", { before: tellAndHangUp }),
  "call-analysis.get": of("told call"),
};

export const calls: Samples = {
  "calls.start": {
    send: (at) => ({ body: { channel: "text", agentId: at("agent") } }),
    alsoAttacked: [
      (at, tenant) => ({
        body: { channel: "phone", to: tenant.otherPhone, agentId: at("agent"), fromNumberId: at("number") },
      }),
    ],
    keep({ json }, tenant) {
      tenant.keep("live call", json["callId"]);
      tenant.keep("call token", json["token"]);
    },
  },
  "calls.say": of("live call", {
    unaudited: "a turn of the call, which is its own record",
    send: (_at, tenant) => ({ body: { text: `${tenant.word("said")} ${told}` } }),
  }),
  "calls.listLive": plain,
  "calls.stream": of("live call"),
  "calls.createLiveToken": of("live call", {
    unaudited: "lets its maker read once what they may read anyway",
    keep: ({ json }, tenant) => tenant.keep("live token", json["token"]),
  }),
  "calls.control": of("live call", {
    send: (_at, tenant) => ({ body: { action: "whisper", text: tenant.word("whisper") } }),
  }),
  "calls.list": {
    before: placeCall,
    send: (at) => ({ query: { contactId: at("contact"), agentId: at("agent") } }),
    finds: "nothing",
  },
  "calls.export": { send: (at) => ({ query: { contactId: at("contact"), agentId: at("agent") } }), finds: "nothing" },
  "calls.get": of("call"),
  "calls.events": of("call"),
  "calls.transcript": of("call"),
  "calls.latency": of("call"),
  "calls.tools": of("call"),
  "calls.statistics": plain,
  "calls.carrier": of("call"),
  "calls.review": of("call", {
    send: (_at, tenant) => ({ body: { verdict: "wrong", reason: tenant.word("review") } }),
  }),
  "call-notes.create": of("call", {
    send: (_at, tenant) => ({ body: { text: tenant.word("call note") } }),
    keep: keepId("note"),
  }),
  "call-notes.list": of("call"),
  "recordings.get": of("call"),
  "recordings.peaks": of("call"),
  "system.get": plain,
};

/** Here no recogniser is set; a voice is built in. */
export const utterances: Samples = {
  "agents.respond": of("agent", {
    send: (_at, tenant) => ({ query: { audio: "false" }, body: { text: `${tenant.word("said")} ${told}` } }),
    alsoAttacked: [
      (at) => ({
        ...{ params: { id: at("agent") }, query: { conversationId: at("live call"), audio: "false" } },
        body: { text: "Who is this?" },
      }),
    ],
  }),
  "transcriptions.create": {
    send: (at) => ({ query: { agentId: at("agent") }, file: quietWav(), contentType: "audio/wav" }),
    status: 409,
  },
  "speech.create": { send: (at) => ({ body: { text: "Good morning.", agentId: at("agent") } }) },
};

/** A second of silence. */
function quietWav(): Uint8Array {
  const bytes = 16_000;
  const head = Buffer.alloc(44);
  head.write("RIFF", 0);
  head.writeUInt32LE(36 + bytes, 4);
  head.write("WAVEfmt ", 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(8000, 24);
  head.writeUInt32LE(16_000, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write("data", 36);
  head.writeUInt32LE(bytes, 40);
  return Buffer.concat([head, Buffer.alloc(bytes)]);
}

export const erasing: Samples = {
  "call-notes.delete": { send: (at) => ({ params: { id: at("call"), noteId: at("note") } }) },
  "recordings.delete": of("call"),
  "calls.delete": of("call"),
};
