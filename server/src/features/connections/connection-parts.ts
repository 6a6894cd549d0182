/** What connections are, to those who use them, and what they are made of. */
import type { Connection, ConnectionSecrets, NewConnection } from "@parley/contract/connections";
import type { Clock } from "../../kernel/clock.ts";
import type { OrgDb, OrgTx } from "../../platform/db/org-db.ts";
import type { Actor } from "../../platform/http/principal.ts";
import type { AuditLog } from "../audit/index.ts";
import type { Organizations } from "../organizations/index.ts";
import type { Probe } from "./probe.ts";
import type { CarrierSecrets } from "./sealed-connection.ts";

export interface OfConnection {
  readonly orgId: string;
  readonly id: string;
}
export interface Doing {
  readonly orgId: string;
  readonly actor: Actor;
  readonly signal: AbortSignal;
}

/** An account that may have signed a webhook. */
export interface CarrierAccount extends CarrierSecrets {
  readonly connectionId: string;
  readonly orgId: string;
}

export interface Connections {
  list(
    orgId: string,
    page: { limit: number; cursor?: string | undefined },
  ): Promise<{ items: Connection[]; nextCursor: string | null }>;
  /** Throws `not_found`. */
  get(of: OfConnection): Promise<Connection>;
  /** Throws `bad_request` or `provider_failed` with the vendor's words, `conflict` when it is connected already. */
  create(wish: NewConnection, doing: Doing): Promise<Connection>;
  rotate(id: string, secrets: ConnectionSecrets, doing: Doing): Promise<Connection>;
  /** Never throws for the vendor's sake: what it said is in the connection. */
  check(id: string, doing: Doing): Promise<Connection>;
  remove(id: string, doing: Omit<Doing, "signal">): Promise<void>;
  /** The organisation's own key at a vendor. Undefined: the installation's serves. */
  credentialsFor(tx: OrgTx, orgId: string, vendor: string): Promise<{ apiKey: string } | undefined>;
  /** Throws `not_found` when there is no such account at the telephone company. */
  carrierAccount(tx: OrgTx, orgId: string, connectionId: string): Promise<CarrierAccount>;
  /** Every connection to an account at the telephone company, over the installation. */
  carrierAccounts(accountSid: string): Promise<readonly CarrierAccount[]>;
  /** By a connection's id alone; undefined when there is none. */
  carrierAccountOf(connectionId: string): Promise<CarrierAccount | undefined>;
}

/** `refused`: a token the vendor would not take before its time. Throws ProviderError; `auth`, permanent: the owner must consent again. */
export type AccessTokenOf = (
  account: { readonly orgId: string; readonly connectionId: string },
  signal: AbortSignal,
  refused?: string,
) => Promise<string>;

export interface ConnectionsParts {
  readonly db: OrgDb;
  readonly organizations: Organizations;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly masterKey: Buffer;
  readonly probe: Probe;
  /** Gets a fresh token before an account that a consent connects is asked. */
  readonly accessTokenOf?: AccessTokenOf;
  /** Phone numbers that hang on a connection keep it from being deleted. */
  readonly isInUse: (tx: OrgTx, connectionId: string) => Promise<boolean>;
}
