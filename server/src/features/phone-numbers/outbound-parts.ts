/** What placing calls is given; compose joins it to the agents, the calls and the screening. */
import type { Clock } from "../../kernel/clock.ts";
import type { OrgDb, OrgTx } from "../../platform/db/org-db.ts";
import type { Counter } from "../../platform/limits/counter.ts";
import type { AuditLog } from "../audit/index.ts";
import type { CallStore } from "../calls/index.ts";
import type { Organizations } from "../organizations/index.ts";
import type { CarrierApi, CarrierLogin } from "./phone-numbers.port.ts";

/** Whom to call, and with whom. */
export interface OutboundWish {
  /** As a person writes it, with the country's code. */
  readonly to: string;
  readonly agentId?: string | undefined;
  readonly version?: "draft" | number | undefined;
  readonly fromNumberId?: string | undefined;
  readonly variables?: Readonly<Record<string, string>> | undefined;
  readonly language?: string | undefined;
}

/** What a placed call is planned from once somebody answers; `to` and `from` are E.164. */
export interface PlacedOrder {
  readonly to: string;
  readonly from: string;
  readonly agentId: string;
  readonly agentName: string;
  /** BCP-47. */
  readonly language: string;
  readonly version?: "draft" | number;
  /** What `version` stood for when the call was placed. */
  readonly agentVersion?: "draft" | number;
  readonly variables?: Readonly<Record<string, string>>;
}

export type OutboundAgent = Pick<PlacedOrder, "agentId" | "agentName" | "language" | "agentVersion">;

export interface OutboundParts {
  readonly db: OrgDb;
  readonly organizations: Organizations;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly carrier: CarrierApi;
  /** Throws `not_found`. */
  readonly loginOf: (tx: OrgTx, orgId: string, connectionId: string) => Promise<CarrierLogin>;
  /** Throws AppError with the words for whoever asked: no such agent, no such version, budget, closed. */
  readonly describeAgent: (
    wish: Omit<OutboundWish, "to" | "fromNumberId"> & { orgId: string; to: string; from: string },
  ) => Promise<OutboundAgent>;
  /** Makes everything ready for whoever answers, for as long as told. Throws AppError `at_capacity`, `draining`. */
  readonly announce: (call: PlacedOrder & { orgId: string; callId: string; waitMs: number }) => Promise<void>;
  /** Nobody will answer it. */
  readonly withdraw: (callId: string) => Promise<void>;
  /** Countries the organisation may call, people who asked not to be called. Throws AppError `forbidden`. */
  readonly screenOutbound: (call: { orgId: string; to: string }) => Promise<void>;
  /** The carrier said what a call costs; a charge is negative. In the transaction that keeps the report. */
  readonly onPrice?: (
    tx: OrgTx,
    price: { orgId: string; externalId: string; amount: string; currency: string },
  ) => Promise<void>;
  /** Calls placed in the last hour, by organisation. */
  readonly perOrganization: Counter;
  /** Calls placed in the last hour, by organisation and number called. */
  readonly perNumber: Counter;
  readonly calls: Pick<CallStore, "createCall" | "finishCall" | "getCall">;
  /** Of this process: calls nobody answered are entered under it. */
  readonly processId: string;
  readonly publicUrl?: string;
}
