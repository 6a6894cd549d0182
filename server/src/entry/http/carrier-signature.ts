/**
 * Who signed a carrier's request: the connection whose account it names, or the installation's own account. Nobody known is 403, and
 * the answer does not tell an account that is not here from a wrong signature.
 */
import type { FastifyReply, FastifyRequest } from "fastify";
import { demoOrganization } from "../../features/organizations/index.ts";
import type { ApiParts, SignedRequest } from "./api-parts.ts";
import { sendProblem } from "./problem.ts";

/** One of those whose token fits. Without a connection: the installation's account, which speaks for the demo alone. */
export interface Signer {
  readonly orgId: string;
  readonly connectionId?: string;
}

const installation: Signer = { orgId: demoOrganization.orgId };
const maxCandidates = 50;

type Verifying = Pick<ApiParts, "carrier" | "telephony">;

/** Empty: nobody we know. */
export async function findSigners(
  { carrier, telephony }: Verifying,
  signed: SignedRequest,
  accountSid: string | undefined,
): Promise<readonly Signer[]> {
  const isAccount = accountSid !== undefined && /^AC[0-9a-fA-F]{32}$/.test(accountSid);
  const candidates = isAccount && signed.signature ? await telephony.accounts.carrierAccounts(accountSid) : [];
  const signers: Signer[] = [];
  for (const { authToken, orgId, connectionId } of candidates.slice(0, maxCandidates)) {
    if (carrier.verify({ ...signed, authToken })) signers.push({ orgId, connectionId });
  }
  if (carrier.verify(signed)) signers.push(installation);
  return signers;
}

/** True for the account a number hangs on; another account's signature does not speak for it, however good it is. */
export function speaksFor(signers: readonly Signer[], owner: { connectionId: string }): boolean {
  return signers.some((signer) => signer.connectionId === owner.connectionId);
}

export function actsFor(signers: readonly Signer[], orgId: string): boolean {
  return signers.some((signer) => signer.orgId === orgId);
}

export function refuseWebhook(
  { parts, request, reply }: { parts: ApiParts; request: FastifyRequest; reply: FastifyReply },
  why: string,
): FastifyReply {
  parts.metrics.addRefusedWebhook();
  request.log.warn({ route: request.routeOptions.url, why }, "a webhook was refused");
  return sendProblem(reply, "bad_signature", {
    detail:
      why === "PUBLIC_URL is not set"
        ? "Set PUBLIC_URL to the address Twilio calls, so that its signature can be checked."
        : "Sign with the auth token of the account that owns the number (its connection, or TWILIO_AUTH_TOKEN) over the public URL (PUBLIC_URL) and every field.",
  });
}
