/** The organisations' accounts at vendors and the telephone company, their numbers, and the calls placed from them. */
import { randomInt } from "node:crypto";
import type { Logger } from "pino";
import { toLogLine } from "../boot/logger.ts";
import type { Config } from "../config.ts";
import type { createPlacedCallAnnouncer } from "../entry/http/announce-call.ts";
import type { ApiParts, Telephony } from "../entry/http/api-parts.ts";
import type { Agents } from "../features/agents/index.ts";
import type { AuditLog } from "../features/audit/index.ts";
import { isLinked } from "../features/calendars/index.ts";
import { type Connections, createConnections, type Probe } from "../features/connections/index.ts";
import {
  createInboundCalls,
  createNumberHash,
  createNumberRouter,
  createOutboundCalls,
  createPhoneNumbers,
  hasNumbersOn,
  type NumberRouter,
  type OutboundAgent,
  type OutboundWish,
  type PhoneNumbers,
  type PlacedOrder,
  scheduleCallSweeps,
  scheduleNumberChecks,
} from "../features/phone-numbers/index.ts";
import type { UsageMeter } from "../features/usage/index.ts";
import { AppError, ProviderError } from "../kernel/app-error.ts";
import { ownProcessId } from "../platform/db/process-identity.ts";
import type { CounterStore } from "../platform/limits/counter.ts";
import type { JobWorker } from "../platform/queue/queue.ts";
import type { Provider } from "../providers/provider.ts";
import { createProviderIo } from "../providers/provider-io.ts";
import { createTwilioRest } from "../providers/twilio/rest.ts";
import type { VendorKeys } from "./call-gates.ts";
import { createCalendarProbe, type OauthFeatures } from "./oauth.ts";
import { clock, type Stores } from "./stores.ts";
import { createToolProbe, isToolVendor } from "./vendor-accounts.ts";

export interface TelephonyFeatures {
  readonly connections: Connections;
  readonly phoneNumbers: PhoneNumbers;
  readonly numberRouter: NumberRouter;
  readonly outbound: Telephony["outbound"];
  readonly inbound: Telephony["inbound"];
  readonly vendorKeys: VendorKeys;
  /** In the worker: looks after the numbers, and after placed calls nobody reported on. */
  watchNumbers(worker: Pick<JobWorker, "schedule">): Promise<void>;
  /** Calls can be placed once it is known how they are planned, and who waits for them. */
  placeWith(placing: Placing): void;
}

/** What placing calls needs of the process that answers the API. */
export interface Placing extends ReturnType<typeof createPlacedCallAnnouncer> {
  readonly planCall: ApiParts["planCall"];
}

export interface TelephonyParts {
  readonly config: Config;
  readonly log: Logger;
  readonly audit: AuditLog;
  readonly agents: Pick<Agents, "findRunnable">;
  readonly counters: Pick<CounterStore, "counter">;
  readonly accessTokenOf: OauthFeatures["accessTokenOf"];
  readonly usageMeter: Pick<UsageMeter, "takeCarrierPrice">;
  /** Throws AppError `forbidden`. */
  readonly screenOutbound: (call: { orgId: string; to: string }) => Promise<void>;
}

const hourSeconds = 3600;
/** Uniform in [0, 1), with the bits of a split's weights to spare. */
const randomShare = () => randomInt(2 ** 40) / 2 ** 40;

function createProbe(config: Config, { carrier, io }: ReturnType<typeof openCarrier>): Probe {
  const probeCalendars = createCalendarProbe(config);
  const probeTools = createToolProbe(config);
  return async ({ vendor, secrets, signal }) => {
    if (isToolVendor(vendor)) return await probeTools({ vendor, secrets, signal });
    if ("authToken" in secrets) {
      const { status } = await carrier.fetchAccount(secrets, signal);
      if (status === "active") return;
      throw new ProviderError("the account is not active", {
        ...{ provider: "twilio", category: "auth", permanent: true },
        vendorMessage: `the account is ${status}`,
      });
    }
    if (!("apiKey" in secrets)) return await probeCalendars({ vendor, secrets, signal });
    // Vendors' adapters are not loaded before somebody asks.
    const { providers } = await import("../providers/registry.ts");
    const provider = (providers as unknown as Readonly<Record<string, Provider>>)[vendor];
    const baseUrl = config.vendors[vendor as keyof Config["vendors"]]?.baseUrl ?? provider?.defaultBaseUrl ?? "";
    await provider?.verify?.({ credentials: { apiKey: secrets.apiKey, baseUrl }, io, signal });
  };
}

function openCarrier({ twilio }: Config) {
  const io = createProviderIo(clock);
  return {
    io,
    carrier: createTwilioRest({ io, ...(twilio.baseUrl === undefined ? {} : { baseUrl: twilio.baseUrl }) }),
  };
}

/** In a process that answers no API calls are planned when they are answered. */
const placeNothing: Placing = {
  planCall: async () => ({ verdict: "unclaimed" }),
  announce: async () => {},
  withdraw: async () => {},
};

/** The same plan as when it is answered. */
function toPlanRequest({ version, variables, ...order }: PlacedOrder & { orgId: string; callId: string }) {
  const { orgId, callId, agentId, language, from, to } = order;
  const fields = { channel: "phone", direction: "outbound", orgId, callId, agentId, language, from, to } as const;
  return {
    ...fields,
    ...(version === undefined ? {} : { version }),
    ...(variables === undefined ? {} : { variables }),
  };
}

/** Planned as it will be when it is answered, so that whoever asks is told at once what stands against it. */
function describeWith(plan: () => ApiParts["planCall"]) {
  return async (wish: Omit<OutboundWish, "to" | "fromNumberId"> & { orgId: string; to: string; from: string }) => {
    const { orgId, agentId, version, variables, language, to, from } = wish;
    const verdict = await plan()({
      ...{ channel: "phone", direction: "outbound", isInquiry: true, orgId, to, from },
      ...(agentId === undefined ? {} : { agentId }),
      ...(version === undefined ? {} : { version }),
      ...(variables === undefined ? {} : { variables }),
      ...(language === undefined ? {} : { language }),
    });
    if (verdict.verdict === "unclaimed") {
      throw new AppError("not_found", { publicMessage: "There is no such agent, or it has no such version." });
    }
    if (verdict.verdict === "refuse") {
      const code = verdict.reason === "budget-exhausted" ? "budget_exhausted" : "forbidden";
      throw new AppError(code, { publicMessage: verdict.words });
    }
    const { agentId: found, agentName, agentVersion, language: spoken } = verdict.plan;
    const answering = { agentId: found, agentName, language: spoken };
    return { ...answering, ...(agentVersion === undefined ? {} : { agentVersion }) } satisfies OutboundAgent;
  };
}

export function openTelephony(stores: Stores, parts: TelephonyParts): TelephonyFeatures {
  const { config, audit, agents, counters } = parts;
  const { db, organizations, masterKey, calls } = stores;
  const opened = openCarrier(config);
  const { carrier } = opened;
  const hashOf = createNumberHash(masterKey);
  const common = { db, organizations, audit, clock };
  const connections = createConnections({
    ...{ ...common, masterKey, accessTokenOf: parts.accessTokenOf },
    isInUse: async (tx, id) => (await hasNumbersOn(tx, id)) || (await isLinked(tx, id)),
    probe: createProbe(config, opened),
  });
  const loginOf = connections.carrierAccount;
  const publicUrl = config.publicUrl === undefined ? {} : { publicUrl: config.publicUrl };
  const phoneNumbers = createPhoneNumbers({
    ...{ ...common, ...publicUrl, hashOf, carrier, loginOf },
    hasAgent: async (orgId, { agentId, version }) =>
      (await agents.findRunnable(orgId, { agentId, version: version ?? "draft" })) !== undefined,
  });
  let placing = placeNothing;
  const outbound = createOutboundCalls({
    ...{ ...common, ...publicUrl, carrier, loginOf, calls, processId: ownProcessId() },
    describeAgent: describeWith(() => placing.planCall),
    announce: ({ waitMs, ...order }) => placing.announce({ ...toPlanRequest(order), waitMs }),
    withdraw: (callId) => placing.withdraw(callId),
    screenOutbound: parts.screenOutbound,
    onPrice: (tx, price) => parts.usageMeter.takeCarrierPrice(tx, price),
    perOrganization: counters.counter("outbound:organization", hourSeconds),
    perNumber: counters.counter("outbound:number", hourSeconds),
  });
  return {
    ...{ connections, phoneNumbers, outbound },
    inbound: createInboundCalls({ clock, calls, processId: ownProcessId() }),
    numberRouter: createNumberRouter({ db, hashOf, random: randomShare }),
    vendorKeys: {
      keyOf: (orgId, provider) => db.withOrg(orgId, (tx) => connections.credentialsFor(tx, orgId, provider)),
    },
    async watchNumbers(worker) {
      const log = toLogLine(parts.log);
      await scheduleNumberChecks(worker, { phoneNumbers, log });
      await scheduleCallSweeps(worker, { outbound, log });
    },
    placeWith(given) {
      placing = given;
    },
  };
}
