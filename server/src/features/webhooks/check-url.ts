import { isIP } from "node:net";
import { AppError } from "../../kernel/app-error.ts";
import { type AddressRules, isAddressAllowed } from "../../platform/net/address-rules.ts";

/** What can be seen without asking for the name's addresses. Throws AppError `bad_request`. */
export function checkUrl(text: string, rules: AddressRules): void {
  const url = new URL(text);
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const isLocal = host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
  const refuse = (publicMessage: string) => new AppError("bad_request", { publicMessage });
  if (url.protocol !== "https:" && !(rules.allowLoopback && isLocal) && !rules.allowPrivate) {
    throw refuse("url must begin with https://. Events are not sent unencrypted.");
  }
  if (url.username !== "" || url.password !== "") throw refuse("url must not hold a user or password.");
  if (/^[\d.]+$|:/.test(host) && !isAddressAllowed(host, rules)) {
    throw refuse(
      "url leads into a private network. Give an address that is reached from outside, or set WEBHOOK_ALLOW_PRIVATE=on.",
    );
  }
}
