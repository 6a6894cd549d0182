/** By an organisation's policy, what names a person is taken out of a call's words as they are stored. */
import { maskCardNumbers } from "../call/record/redact.ts";
import type { RedactionOf } from "../features/calls/index.ts";
import { readPlace } from "../features/organizations/index.ts";
import { readPolicy } from "../features/privacy/index.ts";

/** A changed policy holds after so long, in every process. */
const policyKnownForMs = 15_000;

type Redact = Awaited<ReturnType<RedactionOf>>;

export function redactBeforeStorage(): RedactionOf {
  const known = new Map<string, { readonly readAtMs: number; readonly redact: Redact }>();
  return async (tx, orgId) => {
    const kept = known.get(orgId);
    if (kept !== undefined && performance.now() - kept.readAtMs < policyKnownForMs) return kept.redact;
    const redact = await makeRedact(tx);
    if (known.size >= 10_000) known.clear();
    known.set(orgId, { readAtMs: performance.now(), redact });
    return redact;
  };
}

/** The finder of telephone numbers is large: it is loaded where a policy wants it. */
async function makeRedact(tx: Parameters<RedactionOf>[0]): Promise<Redact> {
  const { redactBeforeStorage: kinds } = await readPolicy(tx);
  if (kinds.length === 0) return undefined;
  const { redactValue } = await import("../platform/redact/redact-text.ts");
  const { country } = await readPlace(tx);
  const redaction = { kinds, maskCards: maskCardNumbers, ...(country === null ? {} : { country }) };
  return (content) => redactValue(content, redaction);
}
