/** For tests: two organisations with telephone accounts on a real database, and a telephone company in memory. */
import { createAuditLog } from "../features/audit/index.ts";
import { createCallStore } from "../features/calls/index.ts";
import { createConnections, type Probe } from "../features/connections/index.ts";
import { createOrganizations } from "../features/organizations/index.ts";
import {
  createInboundCalls,
  createNumberHash,
  createNumberRouter,
  createOutboundCalls,
  createPhoneNumbers,
  hasNumbersOn,
} from "../features/phone-numbers/index.ts";
import { createManualClock } from "./manual-clock.ts";
import { createScriptedCarrier } from "./scripted-carrier.ts";
import { testDatabase } from "./test-database.ts";

export const accountOfA = `AC${"a".repeat(32)}`;
export const accountOfB = `AC${"b".repeat(32)}`;
export const publicUrl = "https://calls.example.com";

const never = new AbortController().signal;

/** Anybody of an organisation. */
export const by = (orgId: string) => ({ orgId, actor: { kind: "user", id: `usr_${orgId}` } as const, signal: never });

const counter = () => {
  const used = new Map<string, number>();
  return {
    add: async (key: string) => {
      used.set(key, (used.get(key) ?? 0) + 1);
      return { used: used.get(key) ?? 0, resetMs: 1000 };
    },
    read: async (key: string) => ({ used: used.get(key) ?? 0, resetMs: 1000 }),
    set: async () => {},
    forget: async () => {},
  };
};

export async function openTelephonyDesk() {
  const database = await testDatabase();
  const clock = createManualClock(Date.parse("2026-11-23T15:00:00Z"));
  const masterKey = Buffer.alloc(32, 7);
  const db = database.orgDb;
  const organizations = createOrganizations({ db, masterKey });
  for (const orgId of ["org_a", "org_b"]) await organizations.ensure({ orgId, name: orgId });
  const audit = createAuditLog({ clock });
  const carrier = createScriptedCarrier({ PN1: "+15550100001", PN2: "+15550100002" });
  const vendor: { probe: Probe } = { probe: async () => {} };
  const common = { db, organizations, audit, clock };
  const connections = createConnections({
    ...{ ...common, masterKey, isInUse: hasNumbersOn },
    probe: (asked) => vendor.probe(asked),
  });
  const hashOf = createNumberHash(masterKey);
  const telephony = { ...common, carrier, publicUrl, loginOf: connections.carrierAccount };
  const numbers = createPhoneNumbers({
    ...telephony,
    hashOf,
    hasAgent: async (_, { agentId }) => agentId !== "agent_no",
  });
  const router = createNumberRouter({ db, hashOf, random: () => 0.5 });
  const calls = createCallStore({ db, organizations, clock });
  const told: { announced: string[]; withdrawn: string[] } = { announced: [], withdrawn: [] };
  const outbound = createOutboundCalls({
    ...{ ...telephony, calls, processId: "process_1", perOrganization: counter(), perNumber: counter() },
    describeAgent: async () => ({ agentId: "agent_a", agentName: "Anna", language: "en-US", agentVersion: 3 }),
    screenOutbound: async () => {},
    announce: async ({ callId }) => void told.announced.push(callId),
    withdraw: async (callId) => void told.withdrawn.push(callId),
  });
  const inbound = createInboundCalls({ clock, calls, processId: "process_1" });
  const connect = async (orgId: string, accountSid: string, authToken = `token of ${orgId}`) =>
    (await connections.create({ vendor: "twilio", accountSid, authToken }, by(orgId))).id;
  return {
    ...{ database, db, clock, carrier, vendor, connections, numbers, router, calls, outbound, inbound, told, connect },
    auditOf: async (orgId: string) =>
      (await database.asAdmin("select action from audit_entries where org_id = $1 order by seq", [orgId])).rows.map(
        ({ action }) => action,
      ),
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}
