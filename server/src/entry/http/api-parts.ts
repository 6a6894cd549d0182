/** What the API is given by compose: nothing here knows a vendor, a store or the engine. */
import type { CallEvent } from "@parley/contract/call-event";
import type { Call } from "@parley/contract/calls";
import type { ProviderStatus } from "@parley/contract/system";
import type { Logger } from "pino";
import type { CallPlan } from "../../call/call-plan.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { ProcessLink } from "../process-link.ts";
import type { DashboardState, ProviderChain } from "../process-messages.ts";
import type { CallBook } from "./call-book.ts";
import type { Metrics } from "./metrics.ts";

export interface PlanRequest {
  readonly channel: "phone" | "web" | "text";
  readonly language?: string;
  readonly from?: string;
  readonly to?: string;
}

/** Where calls are kept. */
export interface CallReader {
  list(query: {
    limit: number;
    cursor?: string;
    externalId?: string;
  }): Promise<{ items: Call[]; nextCursor: string | null }>;
  get(callId: string): Promise<Call | undefined>;
  /** Undefined when there is no such call. */
  events(
    callId: string,
    query: { limit: number; cursor?: string },
  ): Promise<{ items: CallEvent[]; nextCursor: string | null } | undefined>;
}

/** A carrier that asks by webhook what to do with a call. */
export interface Carrier {
  /** True when the request was signed by the carrier over its public URL. */
  verify(request: {
    signature: string | undefined;
    url: string;
    fields?: Readonly<Record<string, string | readonly string[]>>;
    rawBody?: Uint8Array;
  }): boolean;
  connect(options: { streamUrl: string; token: string; actionUrl: string; resumeUrl: string }): string;
  sayAndHangUp(text: string, language: string): string;
  hangUp(): string;
  nothing(): string;
}

export interface ApiParts {
  readonly version: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly embedded: boolean;
  readonly publicUrl?: string;
  readonly demoApiKey: string;
  readonly mediaProcesses: number;
  readonly port: () => number;
  /** Undefined when nobody here claims the number. */
  readonly planCall: (request: PlanRequest) => Promise<{ plan: CallPlan; providers: ProviderChain } | undefined>;
  readonly calls: CallReader;
  readonly carrier: Carrier;
  readonly providerStatus: readonly ProviderStatus[];
  readonly notes: readonly string[];
  readonly link: ProcessLink;
  readonly book: CallBook;
  readonly metrics: Metrics;
  readonly dashboard: () => DashboardState;
  readonly isDraining: () => boolean;
}
