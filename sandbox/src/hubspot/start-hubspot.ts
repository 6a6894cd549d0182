/** A stand-in for HubSpot's contacts: create, read, change, search, upsert. */
import { randomUUID } from "node:crypto";
import { z } from "zod";
import { createKeyCheck } from "../control/loopback.ts";
import { bearerOf, type RestAnswer, type RestDesk, type RestRequest, startRestDesk } from "../control/rest-desk.ts";

export interface HubSpotOptions {
  readonly port?: number;
  readonly accessToken?: string;
  /** Contacts made before anybody asks. */
  readonly contacts?: readonly Readonly<Record<string, string>>[];
  /** Of the owner's own making, beside the usual ones. */
  readonly properties?: readonly string[];
  /** Those that must be unique, beside `email`. */
  readonly unique?: readonly string[];
}

export interface HubSpotStandIn extends RestDesk {
  contacts(): readonly StoredContact[];
  /** While off, what was made since is not found by a search: the index is late. */
  setIndexed(isIndexed: boolean): void;
}

interface StoredContact {
  readonly id: string;
  readonly properties: Record<string, string>;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly archived: false;
}

const usual = ["email", "firstname", "lastname", "phone", "mobilephone", "company", "city", "lifecyclestage", "notes"];
const properties = z.record(z.string(), z.string());
const searchForm = z.object({
  filterGroups: z
    .array(
      z.object({
        filters: z
          .array(z.object({ propertyName: z.string(), operator: z.literal("EQ"), value: z.string() }))
          .min(1)
          .max(6),
      }),
    )
    .max(5),
  properties: z.array(z.string()).optional(),
  limit: z.number().int().min(1).max(200).default(10),
});
const upsertForm = z.object({
  inputs: z
    .array(z.object({ id: z.string(), idProperty: z.string().optional(), properties }))
    .min(1)
    .max(100),
});

class Refusal extends Error {
  readonly status: number;
  readonly category: string;

  constructor(status: number, category: string, message: string) {
    super(message);
    this.status = status;
    this.category = category;
  }
}
const refusalBody = (category: string, message: string) => ({
  ...{ status: "error", message, correlationId: randomUUID(), category },
});

class Portal {
  readonly contacts = new Map<string, StoredContact>();
  readonly hidden = new Set<string>();
  isIndexed = true;
  private nextId = 512;
  private readonly known: ReadonlySet<string>;
  private readonly unique: readonly string[];

  constructor({ contacts = [], properties: own = [], unique = [] }: HubSpotOptions) {
    this.known = new Set([...usual, ...own, ...unique]);
    this.unique = ["email", ...unique];
    for (const contact of contacts) this.create(contact);
  }

  check(given: Readonly<Record<string, string>>): void {
    for (const name of Object.keys(given)) {
      if (!this.known.has(name))
        throw new Refusal(400, "VALIDATION_ERROR", `Property values were not valid: Property "${name}" does not exist`);
    }
    if (given["email"] !== undefined && given["email"] !== "" && !/^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(given["email"])) {
      throw new Refusal(
        400,
        "VALIDATION_ERROR",
        `Property values were not valid: Email address ${given["email"]} is invalid`,
      );
    }
  }

  holderOf(given: Readonly<Record<string, string>>, except?: string): StoredContact | undefined {
    return [...this.contacts.values()].find(
      (contact) =>
        contact.id !== except &&
        this.unique.some(
          (name) =>
            given[name] !== undefined &&
            given[name] !== "" &&
            contact.properties[name]?.toLowerCase() === given[name].toLowerCase(),
        ),
    );
  }

  create(given: Readonly<Record<string, string>>): StoredContact {
    this.check(given);
    if (!["email", "firstname", "lastname"].some((name) => given[name])) {
      throw new Refusal(400, "VALIDATION_ERROR", "At least one of email, firstname or lastname is required");
    }
    const holder = this.holderOf(given);
    if (holder) throw new Refusal(409, "CONFLICT", `Contact already exists. Existing ID: ${holder.id}`);
    const now = new Date().toISOString();
    const id = String(this.nextId++);
    const contact = { id, properties: { ...given }, createdAt: now, updatedAt: now, archived: false } as const;
    this.contacts.set(id, contact);
    if (!this.isIndexed) this.hidden.add(id);
    return contact;
  }

  change(contact: StoredContact, given: Readonly<Record<string, string>>): StoredContact {
    this.check(given);
    const holder = this.holderOf(given, contact.id);
    if (holder) throw new Refusal(409, "CONFLICT", `Contact already exists. Existing ID: ${holder.id}`);
    const changed = {
      ...contact,
      properties: { ...contact.properties, ...given },
      updatedAt: new Date().toISOString(),
    };
    this.contacts.set(contact.id, changed);
    return changed;
  }

  find(id: string, idProperty: string | null): StoredContact | undefined {
    if (idProperty === null) return this.contacts.get(id);
    return this.holderOf({ [idProperty]: id });
  }

  search(form: z.output<typeof searchForm>) {
    const found = [...this.contacts.values()].filter(
      ({ id, properties: held }) =>
        !this.hidden.has(id) &&
        form.filterGroups.some(({ filters }) =>
          filters.every(({ propertyName, value }) => held[propertyName] === value),
        ),
    );
    return { total: found.length, results: found.slice(0, form.limit) };
  }

  upsert(form: z.output<typeof upsertForm>) {
    const results = form.inputs.map(({ id, idProperty, properties: given }) => {
      if (idProperty === undefined || !this.unique.includes(idProperty)) {
        throw new Refusal(400, "VALIDATION_ERROR", `Property ${idProperty ?? ""} is not a unique identifier`);
      }
      const held = this.find(id, idProperty);
      const contact = held ? this.change(held, given) : this.create({ ...given, [idProperty]: id });
      return { ...contact, new: held === undefined };
    });
    return { status: "COMPLETE", results, startedAt: new Date().toISOString(), completedAt: new Date().toISOString() };
  }
}

const root = "/crm/v3/objects/contacts";

function parsed<T>(schema: z.ZodType<T>, body: unknown): T {
  const read = schema.safeParse(body);
  if (!read.success)
    throw new Refusal(400, "VALIDATION_ERROR", `Invalid input JSON: ${read.error.issues[0]?.message ?? ""}`);
  return read.data;
}

function route(portal: Portal, { method, path, query, body }: RestRequest): RestAnswer {
  const rest = path.slice(root.length);
  const given = () => parsed(z.object({ properties }), body).properties;
  if (!path.startsWith(root)) throw new Refusal(404, "OBJECT_NOT_FOUND", "resource not found");
  if (method === "POST" && rest === "") return { status: 201, body: portal.create(given()) };
  if (method === "POST" && rest === "/search") return { status: 200, body: portal.search(parsed(searchForm, body)) };
  if (method === "POST" && rest === "/batch/upsert")
    return { status: 200, body: portal.upsert(parsed(upsertForm, body)) };
  if (method === "GET" && rest === "") {
    return { status: 200, body: { results: [...portal.contacts.values()].slice(0, Number(query.get("limit") ?? 10)) } };
  }
  const contact = portal.find(decodeURIComponent(rest.slice(1)), query.get("idProperty"));
  if (contact === undefined) throw new Refusal(404, "OBJECT_NOT_FOUND", "resource not found");
  if (method === "GET") return { status: 200, body: contact };
  if (method === "PATCH") return { status: 200, body: portal.change(contact, given()) };
  throw new Refusal(405, "METHOD_NOT_ALLOWED", "method not allowed");
}

export async function startHubSpot(options: HubSpotOptions = {}): Promise<HubSpotStandIn> {
  const portal = new Portal(options);
  const isRight = createKeyCheck(options.accessToken);
  const answer = (request: RestRequest): RestAnswer => {
    try {
      if (!isRight(bearerOf(request)))
        throw new Refusal(401, "INVALID_AUTHENTICATION", "Authentication credentials not found.");
      return route(portal, request);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return { status: error.status, body: refusalBody(error.category, error.message) };
    }
  };
  const refusal = (status: number) =>
    status === 429
      ? {
          ...refusalBody("RATE_LIMITS", "You have reached your secondly limit."),
          errorType: "RATE_LIMIT",
          policyName: "TEN_SECONDLY_ROLLING",
        }
      : refusalBody("FAULT", "internal error");
  const desk = await startRestDesk({ answer, refusal }, options.port);
  return {
    ...desk,
    contacts: () => [...portal.contacts.values()],
    setIndexed(isIndexed) {
      portal.isIndexed = isIndexed;
      if (isIndexed) portal.hidden.clear();
    },
  };
}
