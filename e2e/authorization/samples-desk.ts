import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { waitUntil } from "../world.ts";
import type { Answer } from "./ask.ts";
import { type At, keepId, of, plain, type Samples } from "./sample.ts";
import type { Tenant } from "./tenant.ts";

const configOf = (tenant: Tenant) => ({
  name: tenant.word("agent"),
  greeting: `Hello, here is ${tenant.word("greeting")}.`,
  instructions: tenant.word("instructions"),
  recording: { enabled: true, announcement: "" },
});
const revisions = new Map<string, unknown>();
const keepRevision = ({ json }: Answer, tenant: Tenant) => void revisions.set(tenant.name, json["revision"]);
const revisionOf = ({ name }: Tenant) => revisions.get(name);
const files = new Map<string, unknown>();

export const agents: Samples = {
  "agent-templates.list": plain,
  "agents.create": {
    send: (_at, tenant) => ({ body: { config: configOf(tenant) } }),
    keep(answer, tenant) {
      keepId("agent")(answer, tenant);
      keepRevision(answer, tenant);
    },
  },
  "agents.list": plain,
  "agents.get": of("agent"),
  "agents.change": of("agent", {
    send: (_at, tenant) => ({
      body: { revision: revisionOf(tenant), config: { instructions: `Be ${tenant.word("instructions")}.` } },
    }),
    alsoAttacked: [
      (at, tenant) => ({
        params: { id: at("agent") },
        body: { revision: revisionOf(tenant), config: { handoffs: [{ agentId: at("copied agent"), when: "asked" }] } },
      }),
    ],
    keep: keepRevision,
  }),
  "agents.replace": of("agent", {
    send: (_at, tenant) => ({ body: { revision: revisionOf(tenant), config: configOf(tenant) } }),
    keep: keepRevision,
  }),
  "agents.publish": of("agent", {
    send: (_at, tenant) => ({ body: { revision: revisionOf(tenant), note: tenant.word("note") } }),
  }),
  "agents.versions": of("agent"),
  "agents.version": { send: (at) => ({ params: { id: at("agent"), version: "1" } }) },
  "agents.roll-back": {
    send: (at, tenant) => ({ params: { id: at("agent"), version: "1" }, body: { note: tenant.word("note") } }),
  },
  "agents.compare": of("agent"),
  "agents.export": of("agent", { keep: ({ json }, tenant) => void files.set(tenant.name, json) }),
  "agents.import": { send: (_at, { name }) => ({ body: files.get(name) }) },
  "agents.duplicate": of("agent", {
    // Rolling back changed the draft.
    async before({ tenant }) {
      revisions.set(tenant.name, (await tenant.do("agents.get", { params: { id: tenant.id("agent") } }))["revision"]);
    },
    send: (_at, tenant) => ({ body: { name: tenant.word("copy") } }),
    keep: keepId("copied agent"),
  }),
};

const routing = (at: At) => ({ timeZone: "Africa/Cairo", otherwise: [{ agentId: at("agent") }] });

export const telephony: Samples = {
  "connections.create": {
    send: (_at, { carrier, word }) => {
      const { accountSid, authToken } = carrier;
      return { body: { vendor: "twilio", accountSid, authToken, name: word("connection") } };
    },
    keep: keepId("connection"),
  },
  "connections.list": plain,
  "connections.get": of("connection"),
  "connections.check": of("connection"),
  "connections.rotate": of("connection", { send: (_at, { carrier }) => ({ body: { authToken: carrier.authToken } }) }),
  "connections.start-oauth": {
    send: () => ({ params: { vendor: "google" }, body: { uses: ["calendar"] } }),
    alsoAttacked: [(at) => ({ params: { vendor: "google" }, body: { connectionId: at("connection") } })],
    unaudited: "asks for a consent alone; what it connects is on record",
  },
  "connections.finish-oauth": { as: "nobody", send: () => ({ query: { state: "made-up", code: "c" } }), status: 400 },
  // An account of the telephone company has none.
  "connections.calendars": of("connection", { status: 404 }),
  "calendars.receive-push": of("connection", { as: "nobody", status: 404, unaudited: "tells that something changed" }),
  "connections.phone-numbers": of("connection", {
    keep: ({ json }, tenant) => tenant.keep("number sid", (json["items"] as { sid: string }[])[0]?.sid),
  }),
  "phone-numbers.claim": {
    send: (at) => ({
      body: { connectionId: at("connection"), sid: at("number sid"), routing: routing(at) },
    }),
    keep: keepId("number"),
  },
  "phone-numbers.list": plain,
  "phone-numbers.get": of("number"),
  "phone-numbers.check": of("number"),
  "phone-numbers.mend": of("number"),
  "phone-numbers.route": of("number", { send: (at) => ({ body: routing(at) }) }),
  "agents.call-my-phone": of("agent", {
    send: (at, tenant) => ({ body: { to: tenant.otherPhone, fromNumberId: at("number") } }),
    keep: ({ json }, tenant) => tenant.keep("outbound call", json["callId"]),
  }),
};

const csv = (tenant: Tenant) =>
  Buffer.from(`name,phone\n${tenant.word("imported")},${tenant.phone.slice(0, -1)}7\n${tenant.word("bad line")},12\n`);

export const contacts: Samples = {
  "contact-fields.set": {
    send: (_at, tenant) => ({ body: { fields: [{ name: "insurance", label: tenant.word("field"), type: "text" }] } }),
  },
  "contact-fields.get": plain,
  "contacts.create": {
    send: (_at, tenant) => ({
      body: {
        name: tenant.word("contact"),
        phones: [{ number: tenant.phone }],
        emails: [`${tenant.word("contact")}@example.org`],
        notes: tenant.word("contact notes"),
        tags: [tenant.word("tag")],
        fields: { insurance: tenant.word("insurance") },
        consents: { memory: { granted: true, how: "signed form" }, recording: { granted: true, how: "signed form" } },
      },
    }),
    keep: keepId("contact"),
  },
  "contacts.list": plain,
  "contacts.get": of("contact"),
  "contacts.change": of("contact", { send: (_at, tenant) => ({ body: { notes: tenant.word("contact notes") } }) }),
  "contacts.export": plain,
  "contacts.merge": {
    async before({ tenant }) {
      const body = { name: tenant.word("twin"), phones: [{ number: tenant.otherPhone }] };
      tenant.keep("other contact", (await tenant.do("contacts.create", { body }))["id"]);
    },
    send: (at) => ({ params: { id: at("contact") }, body: { otherId: at("other contact") } }),
  },
  "contact-memory.correct": of("contact", {
    send: (_at, tenant) => ({ body: { facts: [{ text: tenant.word("fact") }], summary: tenant.word("memory") } }),
  }),
  "contact-memory.get": of("contact"),
  "contact-imports.start": {
    send: (_at, tenant) => ({ file: csv(tenant), contentType: "text/csv" }),
    keep: keepId("import"),
  },
  "contact-imports.get": of("import", {
    before: async ({ tenant }) => {
      const params = { id: tenant.id("import") };
      await waitUntil(async () => (await tenant.do("contact-imports.get", { params }))["state"] === "done", 20_000);
    },
  }),
  "contact-imports.problems": of("import"),
  "contact-imports.report": of("import"),
  "blocked-numbers.create": {
    send: (_at, tenant) => ({
      body: { kind: "number", value: `${tenant.phone.slice(0, -1)}9`, reason: tenant.word("block") },
    }),
    keep: keepId("blocked number"),
  },
  "blocked-numbers.list": plain,
  "screening-policy.get": plain,
  "screening-policy.set": { send: () => ({ body: { outboundCountries: ["EG"] } }) },
};

/** Takes every event with 200. */
const receivers: { close(): void }[] = [];
async function startReceiver(): Promise<string> {
  const server = createServer((request, response) => void request.resume().on("end", () => response.end("thanks")));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  receivers.push({ close: () => (server.closeAllConnections(), server.close()) });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
export const closeReceivers = () => {
  for (const receiver of receivers) receiver.close();
};
const addresses = new Map<string, string>();

/** Where a server of the organisation's own listens. */
export const addressOf = ({ name }: Tenant): string => addresses.get(name) ?? "";

export const webhooks: Samples = {
  "webhooks.create": {
    before: async ({ tenant }) => void addresses.set(tenant.name, await startReceiver()),
    send: (_at, { name, word }) => ({
      body: { url: `${addresses.get(name)}/${word("webhook")}`, events: ["call.started", "call.ended"] },
    }),
    keep({ json }, tenant) {
      tenant.keep("webhook", json["id"]);
      tenant.keep("webhook secret", json["secret"]);
    },
  },
  "webhooks.list": plain,
  "webhooks.update": of("webhook", { send: () => ({ body: { enabled: true } }) }),
  "webhooks.rotate-secret": of("webhook", {
    keep: ({ json }, tenant) => tenant.keep("new webhook secret", json["secret"]),
  }),
  "webhooks.ping": of("webhook", { unaudited: "changes nothing" }),
};

export const delivered: Samples = {
  "webhooks.deliveries": of("webhook", {
    async before({ tenant }) {
      const list = async () => {
        const { items } = await tenant.do("webhooks.deliveries", { params: { id: tenant.id("webhook") } });
        return items as { id: string; status: string }[];
      };
      await waitUntil(async () => (await list()).some(({ status }) => status === "delivered"), 20_000);
      const [first] = (await list()).filter(({ status }) => status === "delivered");
      tenant.keep("delivery", first?.id);
    },
  }),
  "webhooks.attempts": { send: (at) => ({ params: { id: at("webhook"), deliveryId: at("delivery") } }) },
  "webhooks.replay-delivery": { send: (at) => ({ params: { id: at("webhook"), deliveryId: at("delivery") } }) },
  "webhooks.replay": of("webhook", {
    send: () => ({
      body: { from: new Date(Date.now() - 3_600_000).toISOString(), to: new Date().toISOString(), only: "all" },
    }),
  }),
};

export const clearing: Samples = {
  "webhooks.delete": of("webhook"),
  "blocked-numbers.delete": of("blocked number"),
  "contact-memory.forget": of("contact"),
  "contacts.delete": of("contact"),
  "phone-numbers.release": of("number"),
  "connections.delete": of("connection"),
  "agents.delete": of("copied agent"),
};
