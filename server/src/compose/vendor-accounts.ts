/** The vendors that agents' tools reach, opened with an organisation's account. Their adapters are loaded with the first question. */
import type { Config } from "../config.ts";
import { type AccessTokenOf, openAccount, type Probe, type StoredSecrets } from "../features/connections/index.ts";
import type { Crm } from "../features/tools/crm.port.ts";
import type { CrmChoices, VendorAccounts } from "../features/tools/index.ts";
import type { WebSearch } from "../features/tools/web-search.port.ts";
import { ProviderError } from "../kernel/app-error.ts";
import { fetchOver, type OutboundFetch } from "../platform/net/fetch-over.ts";
import { createProviderIo } from "../providers/provider-io.ts";
import { outboundRules } from "./outbound-rules.ts";
import { clock, type Stores } from "./stores.ts";

const toolVendors: ReadonlySet<string> = new Set(["tavily", "brave", "searxng", "hubspot", "salesforce"]);
export const isToolVendor = (vendor: string): boolean => toolVendors.has(vendor);

interface Ways {
  readonly config: Config;
  /** To a vendor's own address. */
  readonly fetch: OutboundFetch;
  /** To an address that an organisation chose. */
  readonly guarded: OutboundFetch;
}

async function openWays(config: Config): Promise<Ways> {
  const { fetch } = createProviderIo(clock);
  const { createGuardedOpen } = await import("../platform/net/guarded-fetch.ts");
  const open = createGuardedOpen(outboundRules(config));
  return { config, fetch, guarded: fetchOver(open, { timeoutMs: 15_000, maxBytes: 2_000_000, maxRedirects: 0 }) };
}

const wrongAccount = (provider: string) =>
  new ProviderError("this account is of another kind.", {
    ...{ provider, category: "auth", permanent: true, nothingDone: true },
    vendorMessage: "this account is of another kind: connect it again",
  });

async function searchOf({ config, fetch, guarded }: Ways, vendor: string, secrets: StoredSecrets): Promise<WebSearch> {
  if (vendor === "searxng" && "baseUrl" in secrets) {
    const { createSearxngSearch } = await import("../providers/searxng/search.ts");
    return createSearxngSearch(guarded, secrets);
  }
  if (!("apiKey" in secrets)) throw wrongAccount(vendor);
  const { apiKey } = secrets;
  if (vendor === "brave") {
    const { createBraveSearch } = await import("../providers/brave/search.ts");
    return createBraveSearch(fetch, { apiKey, baseUrl: config.vendors.brave?.baseUrl });
  }
  if (vendor !== "tavily") throw wrongAccount(vendor);
  const { createTavilySearch } = await import("../providers/tavily/search.ts");
  return createTavilySearch(fetch, { apiKey, baseUrl: config.vendors.tavily?.baseUrl });
}

interface CrmAccount extends CrmChoices {
  readonly vendor: string;
  readonly secrets: StoredSecrets;
}

async function crmOf(ways: Ways, { vendor, secrets, ...choices }: CrmAccount): Promise<Crm> {
  const { config, fetch, guarded } = ways;
  if (vendor === "hubspot" && "apiKey" in secrets) {
    const { createHubSpotCrm } = await import("../providers/hubspot/contacts.ts");
    return createHubSpotCrm(fetch, { apiKey: secrets.apiKey, baseUrl: config.vendors.hubspot?.baseUrl });
  }
  if (vendor !== "salesforce" || !("clientSecret" in secrets)) throw wrongAccount(vendor);
  const { createSalesforceCrm } = await import("../providers/salesforce/contacts.ts");
  const { domain, clientId, clientSecret } = secrets;
  const baseUrl = config.vendors.salesforce?.baseUrl ?? `https://${domain}`;
  return createSalesforceCrm(guarded, { clientId, clientSecret, baseUrl, ...choices });
}

/** Checks what is connected for tools: the cheapest question there is. */
export function createToolProbe(config: Config): Probe {
  let opened: Promise<Ways> | undefined;
  return async ({ vendor, secrets, signal }) => {
    opened ??= openWays(config);
    const ways = await opened;
    if (vendor === "hubspot" || vendor === "salesforce") {
      await (await crmOf(ways, { vendor, secrets })).verify(signal);
      return;
    }
    await (await searchOf(ways, vendor, secrets)).search({ query: "weather", limit: 1, signal });
  };
}

/** A session at Salesforce is kept; so many at most. */
const maxKept = 100;

export function createVendorAccounts(
  { db, organizations }: Pick<Stores, "db" | "organizations">,
  { config, accessTokenOf }: { readonly config: Config; readonly accessTokenOf: AccessTokenOf },
): VendorAccounts {
  let opened: Promise<Ways> | undefined;
  const ways = () => (opened ??= openWays(config));
  const crms = new Map<string, Promise<Crm>>();
  return {
    async webSearch({ orgId, connectionId }) {
      const { vendor, secrets } = await openAccount({ db, organizations }, { orgId, connectionId });
      return await searchOf(await ways(), vendor, secrets);
    },
    async sheets({ orgId, connectionId, signal }) {
      const accessToken = (refused?: string) => accessTokenOf({ orgId, connectionId }, signal, refused);
      const { createGoogleSheets } = await import("../providers/google/sheets.ts");
      return createGoogleSheets((await ways()).fetch, { accessToken, baseUrl: config.vendors.google?.baseUrl });
    },
    async crm({ orgId, connectionId }, choices) {
      const account = await openAccount({ db, organizations }, { orgId, connectionId });
      // The name holds secrets: it goes nowhere else. New secrets are another name.
      const name = JSON.stringify([orgId, account, choices]);
      const kept = crms.get(name) ?? ways().then((open) => crmOf(open, { ...account, ...choices }));
      crms.delete(name);
      crms.set(name, kept);
      kept.catch(() => crms.delete(name));
      const [oldest] = crms.keys();
      if (crms.size > maxKept && oldest !== undefined) crms.delete(oldest);
      return await kept;
    },
  };
}
