/** Secret headers belong to the server they were given for. */
import { AppError } from "../../kernel/app-error.ts";

const originOf = (url: string) => {
  const sample = url.replace(/\{\{[^{}]*\}\}/g, "x");
  return URL.canParse(sample) ? new URL(sample).origin : url;
};

interface Moving {
  /** Names of the headers nobody can read. */
  readonly kept: readonly string[];
  /** Those the change itself names. */
  readonly given: Readonly<Record<string, unknown>> | undefined;
  readonly field: string;
}

/**
 * Whoever may change an address, and cannot read its secrets, would read them at a server of their own. Throws AppError `bad_request`.
 */
export function checkSecretsStay(before: string, now: string, { kept, given = {}, field }: Moving): void {
  const known = new Set(Object.keys(given).map((name) => name.toLowerCase()));
  const left = kept.filter((name) => !known.has(name.toLowerCase()));
  if (originOf(before) === originOf(now) || left.length === 0) return;
  throw new AppError("bad_request", {
    publicMessage: `url: leads to another server, which does not get the secrets of this one. Give ${field} anew with it, or take them away: ${left.join(", ")}.`,
  });
}
