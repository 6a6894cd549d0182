import { z } from "zod";
import type { Crm, CrmContact, CrmOutcome } from "../../features/tools/crm.port.ts";
import { ProviderError } from "../../kernel/app-error.ts";
import type { VendorFetch } from "../ask-json.ts";
import { createSalesforceSession, type SalesforceAccount, type SalesforceAsk } from "./session.ts";

const record = z.looseObject({ Id: z.string() });
type Held = z.output<typeof record>;
const queried = z.object({ records: z.array(record) });
const made = z.object({ id: z.string(), created: z.boolean().optional() });
/** A change is answered by 204 and nothing. */
const nothing = z.unknown();

const contactPath = "/sobjects/Contact";

function fieldsOf({ firstName, lastName, email, phone, fields }: CrmContact): Record<string, string> {
  return {
    ...fields,
    ...(firstName === undefined ? {} : { FirstName: firstName }),
    ...(lastName === undefined ? {} : { LastName: lastName }),
    ...(email === undefined ? {} : { Email: email }),
    ...(phone === undefined ? {} : { Phone: phone }),
  };
}

const literal = (value: string) => `'${value.replace(/[\\']/g, "\\$&")}'`;

/** With one e-mail address the phone is not asked about any more. */
async function held(ask: SalesforceAsk, wish: CrmContact, signal: AbortSignal): Promise<readonly Held[]> {
  const where = [
    ...(wish.email === undefined ? [] : [`Email = ${literal(wish.email)}`]),
    ...(wish.phone === undefined ? [] : [`Phone = ${literal(wish.phone)}`, `MobilePhone = ${literal(wish.phone)}`]),
  ];
  if (where.length === 0) return [];
  const names = [...new Set(["Id", "Email", "Phone", ...Object.keys(fieldsOf(wish))])];
  const soql = `SELECT ${names.join(", ")} FROM Contact WHERE ${where.join(" OR ")} LIMIT 10`;
  const { records } = await ask({ path: `/query?q=${encodeURIComponent(soql)}`, signal }, queried);
  const byEmail = records.filter((there) => isSame(there["Email"], wish.email));
  return byEmail.length > 0 ? byEmail : records;
}

const isSame = (there: unknown, wished: string | undefined) =>
  wished !== undefined && typeof there === "string" && there.toLowerCase() === wished.toLowerCase();

interface Wish {
  readonly wish: CrmContact;
  readonly account: SalesforceAccount;
  readonly signal: AbortSignal;
}

/** A contact needs a last name; a caller who gave one name gave that. */
function withLastName(fields: Record<string, string>): Record<string, string> {
  if (fields["LastName"] !== undefined) return fields;
  const { FirstName, ...rest } = fields;
  return { ...rest, LastName: FirstName ?? fields["Phone"] ?? fields["Email"] ?? "Caller" };
}

async function create(ask: SalesforceAsk, { wish, account, signal }: Wish): Promise<CrmOutcome> {
  const json = withLastName(fieldsOf(wish));
  const post = (headers: Record<string, string> = {}) =>
    ask({ path: contactPath, method: "POST", isWrite: true, json, headers, signal }, made);
  try {
    return { kind: "done", id: (await post()).id, created: true };
  } catch (error) {
    if (!isDuplicate(error)) throw error;
    // The rules of that organisation say that it is like one they have, though neither address nor phone is the same.
    if (account.allowsDuplicates !== true) return { kind: "ambiguous" };
    return { kind: "done", id: (await post({ "sforce-duplicate-rule-header": "allowSave=true" })).id, created: true };
  }
}

const isDuplicate = (error: unknown) => error instanceof ProviderError && error.message.includes("DUPLICATES_DETECTED");

/** Atomic there: the same value is the same contact, however often it is sent. */
async function upsertByExternalId(
  ask: SalesforceAsk,
  { wish, account, signal }: Wish,
): Promise<CrmOutcome | undefined> {
  const { externalIdField } = account;
  if (externalIdField === undefined || wish.phone === undefined) return undefined;
  const path = `${contactPath}/${encodeURIComponent(externalIdField)}/${encodeURIComponent(wish.phone)}`;
  const answer = await ask(
    { path, method: "PATCH", isWrite: true, json: withLastName(fieldsOf(wish)), signal },
    made.optional().catch(undefined),
  );
  return { kind: "done", id: answer?.id ?? wish.phone, created: answer?.created ?? false };
}

/** `fetch` must be a guarded one: the address is the organisation's choice. */
export function createSalesforceCrm(fetch: VendorFetch, account: SalesforceAccount): Crm {
  const ask = createSalesforceSession(fetch, account);
  return {
    async upsert(wish, signal) {
      const mine = { wish, account, signal };
      try {
        const done = await upsertByExternalId(ask, mine);
        if (done !== undefined) return done;
      } catch (error) {
        if (error instanceof ProviderError && error.status === 300) return { kind: "ambiguous" };
        if (!isDuplicate(error)) throw error;
        return { kind: "ambiguous" };
      }
      const [first, ...others] = await held(ask, wish, signal);
      if (first === undefined) return await create(ask, mine);
      if (others.length > 0) return { kind: "ambiguous" };
      const path = `${contactPath}/${first.Id}`;
      await ask({ path, method: "PATCH", isWrite: true, json: fieldsOf(wish), signal }, nothing);
      return { kind: "done", id: first.Id, created: false };
    },
    async find(wish, signal) {
      const wished = Object.entries(fieldsOf(wish));
      const match = (await held(ask, wish, signal)).find((there) =>
        wished.every(([name, value]) => isSame(there[name], value)),
      );
      return match && { id: match.Id };
    },
    async verify(signal) {
      await ask({ path: "/query?q=SELECT+Id+FROM+Contact+LIMIT+1", signal }, queried);
    },
  };
}
