import { z } from "zod";
import type { Crm, CrmContact, CrmOutcome } from "../../features/tools/crm.port.ts";
import { ProviderError } from "../../kernel/app-error.ts";
import { askJson, type VendorFetch } from "../ask-json.ts";

const provider = "hubspot";
export const hubspotBaseUrl = "https://api.hubapi.com";
const contactsPath = "/crm/v3/objects/contacts";

const contact = z.object({ id: z.string(), properties: z.record(z.string(), z.string().nullish()).default({}) });
type Held = z.output<typeof contact>;
const found = z.object({ results: z.array(contact) });

export interface HubSpotAccount {
  /** Of a private app, with crm.objects.contacts read and write. */
  readonly apiKey: string;
  readonly baseUrl?: string | undefined;
}

interface Asked {
  readonly path: string;
  readonly method?: "GET" | "POST" | "PATCH";
  readonly json?: unknown;
  readonly isWrite?: boolean;
  readonly signal: AbortSignal;
}
type AskHubSpot = <T>(asked: Asked, schema: z.ZodType<T>) => Promise<T>;

function propertiesOf({ firstName, lastName, email, phone, fields }: CrmContact): Record<string, string> {
  return {
    ...fields,
    ...(firstName === undefined ? {} : { firstname: firstName }),
    ...(lastName === undefined ? {} : { lastname: lastName }),
    ...(email === undefined ? {} : { email }),
    ...(phone === undefined ? {} : { phone }),
  };
}

/** E-mail addresses are unique there, phones are not. */
async function held(ask: AskHubSpot, wish: CrmContact, signal: AbortSignal): Promise<readonly Held[]> {
  const filters = [
    ...(wish.email === undefined ? [] : [{ propertyName: "email", operator: "EQ", value: wish.email.toLowerCase() }]),
    ...(wish.phone === undefined
      ? []
      : ["phone", "mobilephone"].map((propertyName) => ({ propertyName, operator: "EQ", value: wish.phone }))),
  ];
  if (filters.length === 0) return [];
  const json = {
    filterGroups: filters.map((filter) => ({ filters: [filter] })),
    properties: Object.keys(propertiesOf(wish)),
    limit: 10,
  };
  const { results } = await ask({ path: "/search", method: "POST", json, signal }, found);
  const byEmail = results.filter(({ properties }) => isSame(properties["email"], wish.email));
  return byEmail.length > 0 ? byEmail : results;
}

const isSame = (there: string | null | undefined, wished: string | undefined) =>
  wished !== undefined && there?.toLowerCase() === wished.toLowerCase();

async function change(ask: AskHubSpot, id: string, { wish, signal }: Wish): Promise<CrmOutcome> {
  const path = `/${encodeURIComponent(id)}`;
  await ask({ path, method: "PATCH", isWrite: true, json: { properties: propertiesOf(wish) }, signal }, contact);
  return { kind: "done", id, created: false };
}

interface Wish {
  readonly wish: CrmContact;
  readonly signal: AbortSignal;
}

/** Whoever has the e-mail address already is named in the refusal; the search index is seconds late, this is not. */
async function create(ask: AskHubSpot, { wish, signal }: Wish): Promise<CrmOutcome> {
  try {
    const json = { properties: propertiesOf(wish) };
    const made = await ask({ path: "", method: "POST", isWrite: true, json, signal }, contact);
    return { kind: "done", id: made.id, created: true };
  } catch (error) {
    if (!(error instanceof ProviderError) || error.status !== 409) throw error;
    const id = /Existing ID:\s*(\d+)/.exec(error.vendorMessage ?? "")?.[1];
    if (id === undefined) throw error;
    return await change(ask, id, { wish, signal });
  }
}

export function createHubSpotCrm(fetch: VendorFetch, { apiKey, baseUrl = hubspotBaseUrl }: HubSpotAccount): Crm {
  const ask: AskHubSpot = ({ path, ...asked }, schema) =>
    askJson(fetch, {
      ...{ ...asked, provider, url: `${baseUrl}${contactsPath}${path}`, schema },
      headers: { authorization: `Bearer ${apiKey}` },
    });
  return {
    async upsert(wish, signal) {
      const [first, ...others] = await held(ask, wish, signal);
      if (first === undefined) return await create(ask, { wish, signal });
      if (others.length > 0) return { kind: "ambiguous" };
      return await change(ask, first.id, { wish, signal });
    },
    async find(wish, signal) {
      const wished = Object.entries(propertiesOf(wish));
      const match = (await held(ask, wish, signal)).find(({ properties }) =>
        wished.every(([name, value]) => isSame(properties[name], value)),
      );
      return match && { id: match.id };
    },
    async verify(signal) {
      await ask({ path: "?limit=1", signal }, found);
    },
  };
}
