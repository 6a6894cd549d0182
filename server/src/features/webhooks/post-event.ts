/** One signed POST to an address the organisation chose: it must not lead into the network this server stands in. */
import { createHmac } from "node:crypto";
import { lookup } from "node:dns";
import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { BlockList, isIP, type LookupFunction } from "node:net";

export interface AddressRules {
  /** WEBHOOK_ALLOW_PRIVATE. */
  readonly allowPrivate: boolean;
  /** http and this machine itself: only where everything runs on one machine. */
  readonly allowLoopback: boolean;
}

export interface PostedEvent {
  readonly url: string;
  readonly body: string;
  readonly secrets: readonly string[];
  /** Unix seconds. */
  readonly atSeconds: number;
  readonly signal: AbortSignal;
}

export interface PostOutcome {
  readonly ok: boolean;
  readonly statusCode: number | null;
  /** A code, never the other side's words. */
  readonly failure: string | null;
  /** The answer's first kilobyte. */
  readonly response: string | null;
}

const timeoutMs = 10_000;
const keptBytes = 1024;

const closed = new BlockList();
for (const [network, bits] of [
  ...([
    ["0.0.0.0", 8],
    ["10.0.0.0", 8],
    ["100.64.0.0", 10],
    ["127.0.0.0", 8],
    ["169.254.0.0", 16],
  ] as const),
  ...([
    ["172.16.0.0", 12],
    ["192.0.0.0", 24],
    ["192.0.2.0", 24],
    ["192.88.99.0", 24],
    ["192.168.0.0", 16],
  ] as const),
  ...([
    ["198.18.0.0", 15],
    ["198.51.100.0", 24],
    ["203.0.113.0", 24],
    ["224.0.0.0", 4],
    ["240.0.0.0", 4],
  ] as const),
] as const) {
  closed.addSubnet(network, bits, "ipv4");
}
const open6 = new BlockList();
open6.addSubnet("2000::", 3, "ipv6");
const closed6 = new BlockList();
for (const [network, bits] of [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
] as const) {
  closed6.addSubnet(network, bits, "ipv6");
}
const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

/** IPv6 is open only where addresses are given out to the public; mapped and translated ones are not. */
export function isAddressAllowed(address: string, rules: AddressRules): boolean {
  if (rules.allowPrivate) return true;
  const family = isIP(address) === 6 ? "ipv6" : "ipv4";
  if (rules.allowLoopback && loopback.check(address, family)) return true;
  if (family === "ipv4") return !closed.check(address, "ipv4");
  return open6.check(address, "ipv6") && !closed6.check(address, "ipv6");
}

/** `t=<seconds>,v1=<hex>`: HMAC-SHA-256 over `<seconds>.<body>`, once for each secret in force. */
export function signatureOf({ body, secrets, atSeconds }: Pick<PostedEvent, "body" | "secrets" | "atSeconds">): string {
  const signatures = secrets.map((secret) => createHmac("sha256", secret).update(`${atSeconds}.${body}`).digest("hex"));
  return [`t=${atSeconds}`, ...signatures.map((signature) => `v1=${signature}`)].join(",");
}

/** Redirects are not followed: only the address that was looked at is spoken to. Never rejects. */
export function postEvent(event: PostedEvent, rules: AddressRules): Promise<PostOutcome> {
  const { promise, resolve } = Promise.withResolvers<PostOutcome>();
  const fail = (failure: string) => resolve({ ok: false, statusCode: null, failure, response: null });
  const url = new URL(event.url);
  const host = url.hostname.replace(/^\[|\]$/g, "");
  // An address as such is not looked up.
  if (isIP(host) !== 0 && !isAddressAllowed(host, rules)) {
    fail("address-not-allowed");
    return promise;
  }
  const send = url.protocol === "http:" ? requestHttp : requestHttps;
  const request = send(url, {
    method: "POST",
    agent: false,
    signal: AbortSignal.any([event.signal, AbortSignal.timeout(timeoutMs)]),
    lookup: guardedLookup(rules),
    headers: {
      "content-type": "application/json",
      "content-length": Buffer.byteLength(event.body),
      "user-agent": "Parley-Webhooks/1",
      "parley-signature": signatureOf(event),
    },
  });
  request.on("error", (error: NodeJS.ErrnoException) => fail(failureOf(error)));
  request.on("response", (answer) => {
    const kept: Buffer[] = [];
    let bytes = 0;
    const finish = () => {
      const statusCode = answer.statusCode ?? 0;
      const ok = statusCode >= 200 && statusCode < 300;
      const response = Buffer.concat(kept).subarray(0, keptBytes).toString("utf8");
      resolve({ ok, statusCode, failure: ok ? null : `status-${statusCode}`, response });
      request.destroy();
    };
    answer.on("data", (data: Buffer) => {
      kept.push(data);
      bytes += data.length;
      if (bytes >= keptBytes) finish();
    });
    answer.on("end", finish);
    answer.on("error", (error: NodeJS.ErrnoException) => fail(failureOf(error)));
  });
  request.end(event.body);
  return promise;
}

/** Looks at the addresses that the connection is then made to, so that a name cannot change in between. */
function guardedLookup(rules: AddressRules): LookupFunction {
  return (hostname, options, answer) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
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

function failureOf(error: NodeJS.ErrnoException): string {
  if (error.name === "TimeoutError" || error.name === "AbortError") return "timeout";
  return error.code ?? "network";
}
