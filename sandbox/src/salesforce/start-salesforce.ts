/** A stand-in for an organisation at Salesforce: client credentials, contacts, upsert by an external id, queries, duplicate rules. */
import { randomBytes } from "node:crypto";
import { bearerOf, type RestAnswer, type RestDesk, type RestRequest, startRestDesk } from "../control/rest-desk.ts";

export interface SalesforceOptions {
  readonly port?: number;
  readonly clientId?: string;
  readonly clientSecret?: string;
  /** Custom fields that are external ids. */
  readonly externalIds?: readonly string[];
  readonly fields?: readonly string[];
  /** A duplicate rule that blocks: the same last name and first name. */
  readonly blocksDuplicates?: boolean;
  readonly contacts?: readonly Readonly<Record<string, string>>[];
}

export interface SalesforceStandIn extends RestDesk {
  contacts(): readonly Readonly<Record<string, string>>[];
  /** Every access token given so far is worth nothing any more. */
  expireSessions(): void;
}

const usual = ["Id", "LastName", "FirstName", "Email", "Phone", "MobilePhone", "Description", "Title"];

class Refusal extends Error {
  readonly status: number;
  readonly errorCode: string;

  constructor(status: number, errorCode: string, message: string) {
    super(message);
    this.status = status;
    this.errorCode = errorCode;
  }
}

class Organization {
  readonly contacts: Record<string, string>[] = [];
  readonly sessions = new Set<string>();
  private readonly known: ReadonlySet<string>;
  private readonly options: SalesforceOptions;
  private next = 1;

  constructor(options: SalesforceOptions) {
    this.options = options;
    this.known = new Set([...usual, ...(options.externalIds ?? []), ...(options.fields ?? [])]);
    for (const contact of options.contacts ?? []) this.create(contact, true);
  }

  check(given: Readonly<Record<string, unknown>>): Record<string, string> {
    for (const [name, value] of Object.entries(given)) {
      if (!this.known.has(name) || name === "Id") {
        throw new Refusal(400, "INVALID_FIELD", `No such column '${name}' on sobject of type Contact`);
      }
      if (typeof value !== "string") throw new Refusal(400, "JSON_PARSER_ERROR", `Cannot deserialize ${name}`);
    }
    const fields = given as Record<string, string>;
    const { Email } = fields;
    if (Email !== undefined && !/^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(Email)) {
      throw new Refusal(400, "INVALID_EMAIL_ADDRESS", `Email: invalid email address: ${Email}`);
    }
    return fields;
  }

  create(wish: Readonly<Record<string, unknown>>, allowsSave: boolean): string {
    const given = this.check(wish);
    if (!given["LastName"]) throw new Refusal(400, "REQUIRED_FIELD_MISSING", "Required fields are missing: [LastName]");
    const twin = this.contacts.find(
      (held) => held["LastName"] === given["LastName"] && held["FirstName"] === given["FirstName"],
    );
    if (this.options.blocksDuplicates === true && twin !== undefined && !allowsSave) {
      throw new Refusal(400, "DUPLICATES_DETECTED", "Use one of these records?");
    }
    const id = `003${String(this.next++).padStart(15, "0")}`;
    this.contacts.push({ ...given, Id: id });
    return id;
  }

  change(contact: Record<string, string>, wish: Readonly<Record<string, unknown>>): void {
    Object.assign(contact, this.check(wish));
  }

  /** `SELECT … FROM Contact WHERE a = 'x' [OR|AND b = 'y'] … [ORDER BY …] [LIMIT n]`, as far as anybody here asks. */
  query(soql: string): Record<string, unknown>[] {
    const shape =
      /^\s*SELECT\s+([\w,\s]+?)\s+FROM\s+Contact(?:\s+WHERE\s+(.+?))?(?:\s+ORDER\s+BY\s+[\w\s]+?)?(?:\s+LIMIT\s+(\d+))?\s*$/is.exec(
        soql,
      );
    if (shape === null) throw new Refusal(400, "MALFORMED_QUERY", `unexpected token: ${soql.slice(0, 30)}`);
    const fields = (shape[1] ?? "").split(",").map((name) => name.trim());
    const wrong = fields.find((name) => !this.known.has(name));
    if (wrong) throw new Refusal(400, "INVALID_FIELD", `No such column '${wrong}' on entity 'Contact'`);
    const matches = whereOf(shape[2]);
    return this.contacts
      .filter(matches)
      .slice(0, Number(shape[3] ?? 2000))
      .map((contact) => ({
        attributes: { type: "Contact", url: `/services/data/v67.0/sobjects/Contact/${contact["Id"]}` },
        ...Object.fromEntries(fields.map((name) => [name, contact[name] ?? null])),
      }));
  }
}

function whereOf(where: string | undefined): (contact: Record<string, string>) => boolean {
  if (where === undefined) return () => true;
  const term = /^\s*(\w+)\s*=\s*'((?:\\.|[^'\\])*)'\s*/s;
  const terms: ((contact: Record<string, string>) => boolean)[] = [];
  let rest = where;
  let joint: string | undefined;
  for (;;) {
    const found = term.exec(rest);
    if (found === null) throw new Refusal(400, "MALFORMED_QUERY", `unexpected token: ${rest.slice(0, 30)}`);
    const [all, field = "", quoted = ""] = found;
    const value = quoted.replace(/\\(.)/gs, "$1");
    terms.push((contact) => contact[field]?.toLowerCase() === value.toLowerCase());
    rest = rest.slice(all.length);
    if (rest === "") break;
    const next = /^(OR|AND)\s+/i.exec(rest);
    const word = next?.[1]?.toUpperCase();
    if (next === null || (joint !== undefined && word !== joint)) {
      throw new Refusal(400, "MALFORMED_QUERY", `unexpected token: ${rest.slice(0, 30)}`);
    }
    joint = word;
    rest = rest.slice(next[0].length);
  }
  return (contact) => (joint === "AND" ? terms.every((fits) => fits(contact)) : terms.some((fits) => fits(contact)));
}

interface Served {
  readonly organization: Organization;
  readonly request: RestRequest;
}

const dataPath = /^\/services\/data\/v\d{2}\.\d(\/.*)$/;

function route({ organization, request }: Served): RestAnswer {
  const { method, path, query, headers, body } = request;
  if (!organization.sessions.has(bearerOf(request) ?? "")) {
    throw new Refusal(401, "INVALID_SESSION_ID", "Session expired or invalid");
  }
  const below = dataPath.exec(path)?.[1];
  const wish = (typeof body === "object" && body !== null ? body : {}) as Record<string, unknown>;
  const allowsSave = /allowSave\s*=\s*true/i.test(String(headers["sforce-duplicate-rule-header"] ?? ""));
  if (below === "/query" && method === "GET") {
    const records = organization.query(query.get("q") ?? "");
    return { status: 200, body: { totalSize: records.length, done: true, records } };
  }
  if (below === "/limits" && method === "GET")
    return { status: 200, body: { DailyApiRequests: { Max: 15_000, Remaining: 14_998 } } };
  if (below === "/sobjects/Contact" && method === "POST") {
    return { status: 201, body: { id: organization.create(wish, allowsSave), success: true, errors: [] } };
  }
  const [, first, second] = /^\/sobjects\/Contact\/([^/]+)(?:\/([^/]+))?$/.exec(below ?? "") ?? [];
  if (first === undefined) throw new Refusal(404, "NOT_FOUND", "The requested resource does not exist");
  if (second !== undefined && method === "PATCH")
    return upsert(organization, { field: first, value: decodeURIComponent(second), wish, allowsSave });
  const contact = organization.contacts.find(({ Id }) => Id === first);
  if (contact === undefined)
    throw new Refusal(404, "NOT_FOUND", "Provided external ID field does not exist or is not accessible");
  if (method === "GET") return { status: 200, body: { attributes: { type: "Contact" }, ...contact } };
  if (method !== "PATCH") throw new Refusal(405, "METHOD_NOT_ALLOWED", `HTTP Method '${method}' not allowed`);
  organization.change(contact, wish);
  return { status: 204 };
}

interface Upsert {
  readonly field: string;
  readonly value: string;
  readonly wish: Readonly<Record<string, unknown>>;
  readonly allowsSave: boolean;
}

function upsert(organization: Organization, { field, value, wish, allowsSave }: Upsert): RestAnswer {
  if (!field.endsWith("__c"))
    throw new Refusal(404, "NOT_FOUND", "Provided external ID field does not exist or is not accessible");
  const found = organization.contacts.filter((contact) => contact[field] === value);
  if (found.length > 1)
    return { status: 300, body: found.map(({ Id }) => `/services/data/v67.0/sobjects/Contact/${Id}`) };
  const [contact] = found;
  if (contact === undefined) {
    const id = organization.create({ ...wish, [field]: value }, allowsSave);
    return { status: 201, body: { id, success: true, errors: [], created: true } };
  }
  organization.change(contact, wish);
  return { status: 200, body: { id: contact["Id"], success: true, errors: [], created: false } };
}

export async function startSalesforce(options: SalesforceOptions = {}): Promise<SalesforceStandIn> {
  const { clientId = "consumer-key", clientSecret = "consumer-secret" } = options;
  const organization = new Organization(options);
  let url = "";
  const token = ({ body }: RestRequest): RestAnswer => {
    const form = (body ?? {}) as Record<string, string>;
    if (form["grant_type"] !== "client_credentials") {
      return { status: 400, body: { error: "unsupported_grant_type", error_description: "grant type not supported" } };
    }
    if (form["client_id"] !== clientId || form["client_secret"] !== clientSecret) {
      return { status: 400, body: { error: "invalid_client", error_description: "invalid client credentials" } };
    }
    const accessToken = `00D${randomBytes(12).toString("hex")}`;
    organization.sessions.add(accessToken);
    return {
      status: 200,
      body: {
        ...{ access_token: accessToken, instance_url: url, token_type: "Bearer", issued_at: String(Date.now()) },
        ...{ id: `${url}/id/00D000000000001/005000000000001`, signature: "stand-in", scope: "api" },
      },
    };
  };
  const answer = (request: RestRequest): RestAnswer => {
    if (request.path === "/services/oauth2/token" && request.method === "POST") return token(request);
    try {
      return route({ organization, request });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return { status: error.status, body: [{ message: error.message, errorCode: error.errorCode, fields: [] }] };
    }
  };
  const refusal = (status: number) => [
    { message: "refused", errorCode: status === 403 ? "REQUEST_LIMIT_EXCEEDED" : "SERVER_UNAVAILABLE" },
  ];
  const desk = await startRestDesk({ answer, refusal }, options.port);
  url = desk.url;
  return { ...desk, contacts: () => organization.contacts, expireSessions: () => organization.sessions.clear() };
}
