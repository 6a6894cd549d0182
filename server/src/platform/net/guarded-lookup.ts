import type { LookupAddress, LookupAllOptions } from "node:dns";
import type { LookupFunction } from "node:net";
import { type AddressRules, isAddressAllowed } from "./address-rules.ts";

/** Asks for the addresses of a name: all of them. */
export type AskDns = (
  hostname: string,
  options: LookupAllOptions,
  answer: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/** Looks at the addresses that the connection is then made to, so that a name cannot change in between. */
export function guardedLookup(rules: AddressRules, dns: AskDns): LookupFunction {
  return (hostname, options, answer) => {
    dns(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return answer(error, "");
      const allowed = addresses.filter(({ address }) => isAddressAllowed(address, rules));
      if (allowed.length < addresses.length || allowed.length === 0) {
        return answer(Object.assign(new Error("not allowed"), { code: "address-not-allowed" }), "");
      }
      if (options.all) return answer(null, allowed);
      answer(null, allowed[0]?.address ?? "", allowed[0]?.family);
    });
  };
}
