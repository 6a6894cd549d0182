/** What the API is given by compose: nothing here knows a vendor, a store or the engine. */
import type { CallEvent } from "@parley/contract/call-event";
import type { Call } from "@parley/contract/calls";
import type { ProviderStatus } from "@parley/contract/system";
import type { FastifyRequest } from "fastify";
import type { Logger } from "pino";
import type { CallPlan } from "../../call/call-plan.ts";
import type { Connections } from "../../features/connections/index.ts";
import type { Notifications } from "../../features/notifications/index.ts";
import type { InboundCalls, NumberRouter, OutboundCalls } from "../../features/phone-numbers/index.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { Idempotency } from "../../platform/http/idempotency.ts";
import type { Actor } from "../../platform/http/principal.ts";
import type { RouteMount } from "../../platform/http/route-mount.ts";
import type { RateLimiter } from "../../platform/limits/rate-limiter.ts";
import type { ProcessLink } from "../process-link.ts";
import type { DashboardState, ProviderChain } from "../process-messages.ts";
import type { CallBook } from "./call-book.ts";
import type { LiveCalls } from "./live-calls.ts";
import type { Metrics } from "./metrics.ts";
import type { Authenticate } from "./mount-route.ts";

export interface PlanRequest {
  readonly channel: "phone" | "web" | "text";
  /** Of who asks over the API; a phone call's follows from the number it came to. */
  readonly orgId?: string;
  /** The organisation's first agent when absent. */
  readonly agentId?: string;
  /** The published version unless told. */
  readonly version?: "draft" | number;
  /** What `{{name}}` stands for in the agent's texts. */
  readonly variables?: Readonly<Record<string, string>>;
  readonly language?: string;
  readonly from?: string;
  readonly to?: string;
  /** A call the platform places: `orgId` and `agentId` say who speaks, not the number. */
  readonly direction?: "outbound";
  /** The id it was placed under. */
  readonly callId?: string;
  /** Only to know what would become of it: no call follows yet. */
  readonly isInquiry?: true;
  /** Goes on with whom a transfer was to take to somebody, and nobody took it. */
  readonly afterTransfer?: {
    readonly orgId: string;
    readonly agentId: string;
    readonly version?: "draft" | number;
    readonly variant?: string;
    readonly isEmergency: boolean;
  };
}

/** What becomes of a call that asks to be taken. */
export type PlanVerdict =
  | { readonly verdict: "answer"; readonly plan: CallPlan; readonly providers: ProviderChain }
  /** It is told these words and ends: a blocked caller, closed hours, a budget that is used up. */
  | { readonly verdict: "refuse"; readonly reason: string; readonly words: string; readonly language: string }
  /** Nobody here claims the number, or there is no such agent. */
  | { readonly verdict: "unclaimed" };

/** Where calls are kept: for those who watch, and for what happened in one. */
export interface CallReader {
  list(
    orgId: string,
    query: {
      limit: number;
      cursor?: string;
      status?: "live";
    },
  ): Promise<{ items: Call[]; nextCursor: string | null }>;
  get(orgId: string, callId: string): Promise<Call | undefined>;
  /** Undefined when there is no such call. */
  events(
    orgId: string,
    callId: string,
    query: { limit: number; cursor?: string },
  ): Promise<{ items: CallEvent[]; nextCursor: string | null } | undefined>;
}

export interface SignedRequest {
  readonly signature: string | undefined;
  readonly url: string;
  readonly fields?: Readonly<Record<string, string | readonly string[]>>;
  readonly rawBody?: Uint8Array;
}

/** A carrier that asks by webhook what to do with a call. */
export interface Carrier {
  /** True when the request was signed over its public URL with the token, or with the installation's where none is given. */
  verify(request: SignedRequest & { readonly authToken?: string }): boolean;
  connect(options: { streamUrl: string; token: string; actionUrl: string; resumeUrl: string }): string;
  sayAndHangUp(text: string, language: string): string;
  /** Joins the caller to another phone; `actionUrl` is asked when that is over, or nobody took it. */
  dial(options: { number: string; callerId: string | undefined; timeoutSeconds: number; actionUrl: string }): string;
  hangUp(): string;
  nothing(): string;
}

/** The organisations' accounts at the carrier, their numbers, and the calls placed from them. */
export interface Telephony {
  readonly accounts: Pick<Connections, "carrierAccounts" | "carrierAccountOf">;
  readonly numbers: Pick<NumberRouter, "ownerOf" | "countSms">;
  readonly outbound: OutboundCalls;
  readonly inbound: InboundCalls;
  /** Texts that come, how those fare that we sent, and calls nobody took. */
  readonly texts: Pick<Notifications, "onText" | "onReport" | "onMissedCall">;
}

/** For the audit log: no content. */
export interface RecordedDeed {
  readonly orgId: string;
  readonly actor: Actor;
  readonly action: string;
  readonly subject: string;
  readonly facts: Readonly<Record<string, string>>;
}

export interface ApiParts {
  readonly version: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly embedded: boolean;
  readonly publicUrl?: string;
  readonly authenticate: Authenticate;
  /** A session of the demo's person: the cookies' whole header values. */
  readonly signInToDemo: (request: FastifyRequest) => Promise<{ cookies: string[]; expiresAtMs: number }>;
  readonly mediaProcesses: number;
  readonly port: () => number;
  readonly planCall: (request: PlanRequest) => Promise<PlanVerdict>;
  readonly calls: CallReader;
  readonly carrier: Carrier;
  readonly telephony: Telephony;
  readonly providerStatus: readonly ProviderStatus[];
  readonly notes: readonly string[];
  readonly link: ProcessLink;
  readonly book: CallBook;
  readonly metrics: Metrics;
  readonly dashboard: () => DashboardState;
  readonly isDraining: () => boolean;
  readonly idempotency: Idempotency;
  readonly limits: RateLimiter;
  readonly trustedProxies?: number | readonly string[];
  readonly isSuspended: (orgId: string) => Promise<boolean>;
  /** Does it and records it, both or neither. */
  readonly recordDeed: (deed: RecordedDeed, act: () => Promise<void>) => Promise<void>;
  /** That somebody read or watched a call's words. */
  readonly noteReading: (of: { orgId: string; callId: string }, actor: Actor) => Promise<void>;
  /** Calls as they happen, for those who watch. */
  readonly live: LiveCalls;
  /** The features' own routes. */
  readonly mountFeatures: (mount: RouteMount) => void;
}
