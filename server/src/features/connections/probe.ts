/** Asks a vendor whether secrets hold, and says in a person's words what it answered. */
import type { ConnectionVendor } from "@parley/contract/connections";
import { AppError, ProviderError } from "../../kernel/app-error.ts";
import { type StoredSecrets, withoutSecrets } from "./sealed-connection.ts";

interface Asked {
  readonly vendor: ConnectionVendor;
  readonly secrets: StoredSecrets;
  readonly signal: AbortSignal;
}

/** The cheapest request there is. Throws ProviderError. */
export type Probe = (asked: Asked) => Promise<void>;

const probeWithinMs = 10_000;

export function createProber(probe: Probe) {
  const tryIt = async (asked: Asked): Promise<ProviderError | undefined> => {
    try {
      await probe({ ...asked, signal: AbortSignal.any([asked.signal, AbortSignal.timeout(probeWithinMs)]) });
      return undefined;
    } catch (error) {
      if (error instanceof ProviderError) return error;
      throw error;
    }
  };
  const wordsOf = (error: ProviderError, secrets: StoredSecrets) =>
    withoutSecrets(error.vendorMessage ?? error.message, secrets).slice(0, 500);

  return {
    /** What the vendor had against it; undefined when all is well. */
    async ask(asked: Asked): Promise<string | undefined> {
      const error = await tryIt(asked);
      return error && wordsOf(error, asked.secrets);
    },
    /** Throws AppError `bad_request` when the vendor refused, `provider_failed` when it could not be asked. */
    async require({ name, ...asked }: Asked & { readonly name: string }): Promise<void> {
      const error = await tryIt(asked);
      if (error === undefined) return;
      const words = wordsOf(error, asked.secrets);
      if (error.category === "auth" || error.category === "bad-request") {
        throw new AppError("bad_request", {
          publicMessage: `${name} refused these secrets: ${words}. Copy them again from your account there.`,
        });
      }
      throw new AppError("provider_failed", {
        publicMessage: `${name} could not be asked whether these secrets hold: ${words}. Nothing was kept; try again.`,
        family: "operational",
      });
    },
  };
}
