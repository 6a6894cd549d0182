/** An organisation of the walk: its people, the ids of what it holds, and words that nobody else may ever read. */
import { randomUUID } from "node:crypto";
import { type Answer, ask, type Sent } from "./ask.ts";
import type { Operation } from "./operations.ts";
import type { Carrier, WalkedPlatform } from "./platform.ts";

export interface Person {
  readonly userId: string;
  readonly sessionId: string;
  readonly email: string;
  readonly password: string;
  readonly refreshToken: string;
}

export interface Tenant {
  readonly name: "A" | "B";
  readonly walked: WalkedPlatform;
  readonly carrier: Carrier;
  readonly orgId: string;
  readonly owner: Person;
  /** The same for the same label; nobody else's. */
  word(label: string): string;
  /** E.164; kept among the secrets. */
  readonly phone: string;
  readonly otherPhone: string;
  keep(name: string, id: unknown): void;
  id(name: string): string;
  /** What no stranger may read. */
  secrets(): readonly string[];
  /** As a person of the organisation, its owner unless told. */
  headers(person?: Person): Promise<Record<string, string>>;
  /** As its owner; throws unless it succeeds. */
  do(operationId: string, sent?: Sent): Promise<Answer["json"]>;
}

export interface World {
  readonly walked: WalkedPlatform;
  readonly operations: ReadonlyMap<string, Operation>;
}

export const passwordOfAll = "correct horse battery staple";

export function operationOf({ operations }: World, id: string): Operation {
  const found = operations.get(id);
  if (found === undefined) throw new Error(`The document has no operation ${id}.`);
  return found;
}

export async function signUp(
  world: World,
  about: { name: string; organizationName?: string },
): Promise<Person & { orgId: string }> {
  const email = `${about.name.replace(/\W+/g, ".").toLowerCase()}.${randomUUID()}@example.org`;
  const body = { ...about, email, password: passwordOfAll };
  const { status, json, text } = await ask(world.walked.url, operationOf(world, "auth.sign-up"), { sent: { body } });
  if (status !== 201) throw new Error(`sign-up answered ${status} ${text}`);
  const { accessToken, refreshToken, userId, organizationId } = json as Record<string, string>;
  const [, claims = ""] = (accessToken ?? "").split(".");
  const { sid } = JSON.parse(Buffer.from(claims, "base64url").toString("utf8")) as { sid: string };
  return {
    ...{ userId: userId ?? "", sessionId: sid, email, password: passwordOfAll },
    ...{ refreshToken: refreshToken ?? "", orgId: organizationId ?? "" },
  };
}

export async function bearerOf(
  { sign }: Pick<WalkedPlatform, "sign">,
  { userId, sessionId }: Person,
  orgId: string | undefined,
): Promise<Record<string, string>> {
  return { authorization: `Bearer ${await sign({ userId, sessionId, orgId })}` };
}

export async function openTenant(world: World, name: "A" | "B"): Promise<Tenant> {
  const { walked } = world;
  const carrier = walked.carriers[name === "A" ? 0 : 1];
  const words = new Map<string, string>();
  const ids = new Map<string, string>();
  const word = (label: string) => {
    const kept = words.get(label) ?? `${label.replace(/\W+/g, "")}kanari${name}${randomUUID().slice(0, 8)}`;
    words.set(label, kept);
    return kept;
  };
  const owner = await signUp(world, { name: word("owner"), organizationName: word("organisation") });
  const { orgId } = owner;
  const phone = name === "A" ? "+201012340001" : "+201098760001";
  const otherPhone = name === "A" ? "+201012340002" : "+201098760002";
  ids.set("organization", orgId);
  const headers = async (person: Person = owner) => await bearerOf(walked, person, orgId);
  return {
    ...{ name, walked, carrier, orgId, owner, word, phone, otherPhone, headers },
    keep: (what, id) => {
      if (typeof id !== "string" || id === "") throw new Error(`${what}: no id came`);
      ids.set(what, id);
    },
    id(what) {
      const found = ids.get(what);
      if (found === undefined) throw new Error(`${name} has no ${what}`);
      return found;
    },
    secrets: () => {
      const people = [owner.email, owner.userId, phone, otherPhone, carrier.number, carrier.accountSid];
      return [...words.values(), ...ids.values(), ...people];
    },
    async do(operationId, sent = {}) {
      const operation = operationOf(world, operationId);
      const answer = await ask(walked.url, operation, { sent, headers: await headers() });
      if (answer.status >= 300) throw new Error(`${name}: ${operationId} answered ${answer.status} ${answer.text}`);
      return answer.json;
    },
  };
}
