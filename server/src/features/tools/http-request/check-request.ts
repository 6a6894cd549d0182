/** What the schema of an own tool cannot know. Pure. */
import { isIP } from "node:net";
import type { NewHttpTool } from "@parley/contract/tools";
import { AppError } from "../../../kernel/app-error.ts";
import { type AddressRules, isAddressAllowed } from "../../../platform/net/address-rules.ts";
import { type Json, namesIn, textsOf } from "../fill-template.ts";
import { callNames } from "./send-request.ts";

type Request = Omit<NewHttpTool, "name" | "secretHeaders"> & {
  readonly secretHeaders: Readonly<Record<string, unknown>>;
};

/** Ours, or the connection's. */
const ownHeaders = new Set([
  ...[
    "host",
    "connection",
    "content-length",
    "content-type",
    "transfer-encoding",
    "expect",
    "upgrade",
    "te",
    "trailer",
  ],
  ...["idempotency-key", "parley-signature"],
]);

function faultsOfUrl(text: string, { allowLoopback, allowPrivate }: AddressRules): string[] {
  const [start = ""] = /^https?:\/\/[^/?#\\]*/i.exec(text) ?? [];
  const sample = text.replace(/\{\{[^{}]*\}\}/g, "x");
  if (start === "" || !URL.canParse(sample)) return ["url: must be a web address such as https://example.com/orders."];
  if (start.includes("{{")) return ["url: only the path and the query may hold {{…}}: the host stays the same."];
  const { protocol, hostname, username, password } = new URL(sample);
  const host = hostname.replace(/^\[|\]$/g, "");
  const isLocal = host === "localhost" || host === "::1" || host.startsWith("127.");
  if (username !== "" || password !== "") return ["url: must not hold a user or password. Use a secret header."];
  if (protocol !== "https:" && !(allowLoopback && isLocal) && !allowPrivate)
    return ["url: must begin with https://. What callers say is not sent unencrypted."];
  if (isIP(host) !== 0 && !isAddressAllowed(host, { allowLoopback, allowPrivate }))
    return [
      "url: leads into a private network. Give an address that is reached from outside, or set WEBHOOK_ALLOW_PRIVATE=on.",
    ];
  return [];
}

function faultsOfTemplates({ url, headers, body, input }: Request): string[] {
  const known = new Set([...callNames, ...Object.keys(input.properties).map((name) => `input.${name}`)]);
  const texts = [
    { path: "url", text: url },
    ...textsOf(headers, "headers"),
    ...textsOf((body ?? null) as Json, "body"),
  ];
  return texts.flatMap(({ path, text }) =>
    namesIn(text)
      .filter((name) => !known.has(name))
      .map((name) => `${path}: {{${name}}} is not known. There are: ${[...known].join(", ")}.`),
  );
}

/** Throws AppError `bad_request` that names each field. */
export function checkRequest(request: Request, rules: AddressRules): void {
  const { input, method, body, headers, secretHeaders } = request;
  const faults = [
    ...faultsOfUrl(request.url, rules),
    ...faultsOfTemplates(request),
    ...input.required
      .filter((name) => !Object.hasOwn(input.properties, name))
      .map((name) => `input.required: ${name} is not among the properties.`),
    ...(method === "GET" && body !== undefined ? ["body: a GET has none. Use POST, or take it out."] : []),
    ...[...Object.keys(headers), ...Object.keys(secretHeaders)]
      .filter((name) => ownHeaders.has(name.toLowerCase()))
      .map((name) => `headers.${name}: is set by the platform.`),
  ];
  if (faults.length > 0) throw new AppError("bad_request", { publicMessage: faults.join("; ") });
}
