/** What the walk sends to an operation: once as its rightful owner, then as everybody who must not. */
import type { Answer, Sent } from "./ask.ts";
import type { Person, Tenant, World } from "./tenant.ts";

/** Gives the id of one of the organisation's own things; an attack puts another organisation's in its place. */
export type At = (name: string) => string;

/** Beside the organisation's owner: the installation's administrator, a person of no organisation, nobody. */
export type Asker = "owner" | "administrator" | "person" | "nobody";

export interface Made {
  readonly tenant: Tenant;
  readonly world: World;
  /** For `as: "person"`: a new one for each sample. */
  readonly person: Person | undefined;
}

export type Question = (at: At, tenant: Tenant, person: Person | undefined) => Sent;

export interface Sample {
  /** `owner` unless told. */
  readonly as?: Asker;
  /** Makes what `send` needs. */
  readonly before?: (made: Made) => Promise<void>;
  /** No effect of its own: an attack calls it again. */
  readonly send?: Question;
  /** Other questions that name ids; asked by attackers alone. */
  readonly alsoAttacked?: readonly Question[];
  readonly keep?: (answer: Answer, tenant: Tenant) => void;
  /** What the owner gets where it is no success: the installation lacks something, on purpose. */
  readonly status?: number;
  /** Why a write adds nothing to the audit log. */
  readonly unaudited?: string;
  /** Filters of a list: another's id finds as little as one that never was. */
  readonly finds?: "nothing";
}

export type Samples = Readonly<Record<string, Sample>>;

/** With the id of the thing the path names. */
export const of = (name: string, more: Omit<Sample, "send"> & { send?: Sample["send"] } = {}): Sample => ({
  ...more,
  send: (at, tenant, person) => ({ params: { id: at(name) }, ...more.send?.(at, tenant, person) }),
});

/** A list or another question without ids. */
export const plain: Sample = {};

export const keepId = (name: string) => (answer: Answer, tenant: Tenant) => tenant.keep(name, answer.json["id"]);
