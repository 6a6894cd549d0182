/** An access token by client credentials, kept until Salesforce says that it is no more. */
import { z } from "zod";
import { ProviderError } from "../../kernel/app-error.ts";
import { askJson, type VendorFetch } from "../ask-json.ts";

const provider = "salesforce";
const apiVersion = "v67.0";

export interface SalesforceAccount {
  /** Origin of the organisation's own domain: https://acme.my.salesforce.com. */
  readonly baseUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** A custom field of contacts, an external id, that holds the phone. */
  readonly externalIdField?: string | undefined;
  /** A contact that their duplicate rules object to is made all the same. */
  readonly allowsDuplicates?: boolean | undefined;
}

export interface SalesforceQuestion {
  /** Below the version of the API. */
  readonly path: string;
  readonly method?: "GET" | "POST" | "PATCH";
  readonly json?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly isWrite?: boolean;
  readonly signal: AbortSignal;
}
export type SalesforceAsk = <T>(question: SalesforceQuestion, schema: z.ZodType<T>) => Promise<T>;

interface Session {
  readonly accessToken: string;
  readonly instanceUrl: string;
}

const token = z.object({ access_token: z.string().min(1), instance_url: z.url() });
const failures = z.array(z.object({ errorCode: z.string(), message: z.string().optional() }));

/** The token goes nowhere but to Salesforce. */
function checkInstance(instanceUrl: string, baseUrl: string): string {
  const there = new URL(instanceUrl);
  const isTheirs = there.origin === new URL(baseUrl).origin;
  if (isTheirs || (there.protocol === "https:" && there.hostname.endsWith(".salesforce.com"))) return there.origin;
  throw new ProviderError("salesforce named another's address.", {
    ...{ provider, category: "protocol", permanent: true, nothingDone: true },
    vendorMessage: `instance_url is ${there.hostname}`,
  });
}

async function signIn(fetch: VendorFetch, account: SalesforceAccount, signal: AbortSignal): Promise<Session> {
  const answer = await askJson(fetch, {
    ...{
      provider,
      url: `${account.baseUrl}/services/oauth2/token`,
      method: "POST",
      headers: {},
      schema: token,
      signal,
    },
    form: { grant_type: "client_credentials", client_id: account.clientId, client_secret: account.clientSecret },
    categoryOf: (status) => (status === 400 ? "auth" : undefined),
  });
  return { accessToken: answer.access_token, instanceUrl: checkInstance(answer.instance_url, account.baseUrl) };
}

/** Errors are lists there; the code is in the error's own message. */
function withCode(error: unknown, body: string | undefined): unknown {
  if (!(error instanceof ProviderError) || body === undefined) return error;
  const [first] = failures.catch([]).parse(parsed(body));
  if (first === undefined) return error;
  const { status, category, permanent, nothingDone, cause } = error;
  return new ProviderError(`salesforce answered ${status ?? ""} ${first.errorCode}.`, {
    ...{ provider, category, permanent, nothingDone, cause },
    ...(status === undefined ? {} : { status }),
    vendorMessage: `${first.errorCode}: ${first.message ?? ""}`.slice(0, 500),
  });
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

export function createSalesforceSession(fetch: VendorFetch, account: SalesforceAccount): SalesforceAsk {
  let current: Promise<Session> | undefined;
  const session = (signal: AbortSignal) => {
    current ??= signIn(fetch, account, signal).catch((error: unknown) => {
      current = undefined;
      throw error;
    });
    return current;
  };
  const once = async <T>(question: SalesforceQuestion, schema: z.ZodType<T>): Promise<T> => {
    const { accessToken, instanceUrl } = await session(question.signal);
    const { path, headers, ...rest } = question;
    let refused: string | undefined;
    try {
      return await askJson(fetch, {
        ...{ ...rest, provider, url: `${instanceUrl}/services/data/${apiVersion}${path}`, schema },
        headers: { ...headers, authorization: `Bearer ${accessToken}` },
        categoryOf(_status, body) {
          refused = body;
          return body.includes("REQUEST_LIMIT_EXCEEDED") ? "rate-limit" : undefined;
        },
      });
    } catch (error) {
      throw withCode(error, refused);
    }
  };
  return async (question, schema) => {
    try {
      return await once(question, schema);
    } catch (error) {
      if (!(error instanceof ProviderError) || error.status !== 401) throw error;
      // A session ends after hours of silence; refused, nothing was done.
      current = undefined;
      return await once(question, schema);
    }
  };
}
