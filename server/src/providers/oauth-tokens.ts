/** The two grants every authorization server knows. Not by openid-client: it insists on an issuer, and Microsoft's differs by tenant. */
import { z } from "zod";
import type { OauthTokens } from "../features/connections/oauth.port.ts";
import { ProviderError } from "../kernel/app-error.ts";
import type { ProviderIo } from "./provider.ts";
import { errorOfHttp, errorOfNetwork } from "./provider-failure.ts";

const answerWithinMs = 10_000;

const granted = z.object({
  access_token: z.string().min(1),
  expires_in: z.coerce.number().positive(),
  refresh_token: z.string().min(1).optional(),
  scope: z.string().optional(),
  id_token: z.string().optional(),
});
const refused = z.object({ error: z.string(), error_description: z.string().optional() });
const claims = z.object({ email: z.string().optional(), preferred_username: z.string().optional() });

export interface TokenEndpoint {
  readonly provider: string;
  readonly url: string;
  readonly io: ProviderIo;
}

/** The token came from the vendor itself, over TLS: its signature says nothing more. */
function accountIn(idToken: string | undefined): string | undefined {
  try {
    const read = claims.parse(JSON.parse(Buffer.from(idToken?.split(".")[1] ?? "", "base64url").toString("utf8")));
    return read.email ?? read.preferred_username;
  } catch {
    return undefined;
  }
}

const consentIsGone = new Set(["invalid_grant", "interaction_required", "consent_required", "login_required"]);

async function post({ provider, url, io }: TokenEndpoint, form: Record<string, string>, signal: AbortSignal) {
  const request = {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded", accept: "application/json" },
    body: new URLSearchParams(form).toString(),
    signal: AbortSignal.any([signal, AbortSignal.timeout(answerWithinMs)]),
  };
  try {
    const response = await io.fetch(url, request);
    return {
      status: response.status,
      body: await response.text(),
      header: (name: string) => response.headers.get(name),
    };
  } catch (cause) {
    signal.throwIfAborted();
    throw errorOfNetwork(provider, cause);
  }
}

/** Throws ProviderError; `revoked` when a consent that was given is no more. */
export async function askForTokens(
  endpoint: TokenEndpoint,
  form: Record<string, string>,
  signal: AbortSignal,
): Promise<OauthTokens | { readonly revoked: string }> {
  const { provider } = endpoint;
  const { status, body, header } = await post(endpoint, form, signal);
  const json: unknown = await Promise.resolve(body)
    .then(JSON.parse)
    .catch(() => undefined);
  if (status !== 200) {
    const words = refused.safeParse(json);
    if (words.success && consentIsGone.has(words.data.error)) {
      return { revoked: (words.data.error_description ?? words.data.error).slice(0, 500) };
    }
    throw errorOfHttp({ provider, status, body, header: (name) => header(name) ?? undefined });
  }
  const parsed = granted.safeParse(json);
  if (!parsed.success) {
    const about = { provider, category: "protocol", permanent: false } as const;
    throw new ProviderError(`${provider} sent tokens that cannot be read.`, about);
  }
  const { data } = parsed;
  const account = accountIn(data.id_token);
  return {
    accessToken: data.access_token,
    expiresInSeconds: data.expires_in,
    ...(data.refresh_token === undefined ? {} : { refreshToken: data.refresh_token }),
    ...(data.scope === undefined ? {} : { scopes: data.scope.split(" ").filter((scope) => scope !== "") }),
    ...(account === undefined ? {} : { account }),
  };
}

/** For the first exchange: a code that is no longer good is a fault of the request. */
export function orBadCode(provider: string, tokens: OauthTokens | { readonly revoked: string }): OauthTokens {
  if (!("revoked" in tokens)) return tokens;
  throw new ProviderError(`${provider} does not take the code.`, {
    ...{ provider, category: "bad-request", permanent: true, vendorMessage: tokens.revoked },
  });
}
