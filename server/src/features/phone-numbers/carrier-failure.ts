/** The telephone company's refusals in the API's words. */
import { AppError, ProviderError } from "../../kernel/app-error.ts";

export const wordsOf = (error: ProviderError): string => error.vendorMessage ?? error.message;

/** True when asking again will not help: the account is gone, the number is not in it, the request is wrong. */
export const isFinal = (error: unknown): error is ProviderError => error instanceof ProviderError && error.permanent;

/** Runs a request to the telephone company; its ProviderError becomes AppError `provider_failed`, or `bad_request` for a refusal. */
export async function orCarrierProblem<T>(what: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    const publicMessage = `${what}: ${wordsOf(error)}.`;
    if (error.category === "bad-request") throw new AppError("bad_request", { publicMessage });
    throw new AppError("provider_failed", { publicMessage, family: "operational" });
  }
}
