/** Where a request says it comes from and went to. Nothing here believes a header further than it must. */
import type { IncomingHttpHeaders } from "node:http";

const loopbackHost = /^(localhost|127(?:\.\d{1,3}){3}|\[::1\])(:\d+)?$/i;
const loopbackAddress = /^(::1|(::ffff:)?127(\.\d{1,3}){3})$/;
const forwardingHeaders = ["forwarded", "via", "x-real-ip", "cf-connecting-ip", "true-client-ip", "fly-client-ip"];

/** True when the host named in the request is this machine, and no proxy speaks for somebody else. */
export function isLocalRequest(headers: IncomingHttpHeaders, remoteAddress: string | undefined): boolean {
  if (!isLoopbackHost(headers.host)) return false;
  if (remoteAddress === undefined || !loopbackAddress.test(remoteAddress)) return false;
  return !Object.keys(headers).some((name) => name.startsWith("x-forwarded") || forwardingHeaders.includes(name));
}

export function isLoopbackHost(host: string | undefined): boolean {
  return host !== undefined && loopbackHost.test(host);
}

/** The origin the outside knows us by: PUBLIC_URL, else the request's Host, but only when that is this machine. */
export function publicOrigin(publicUrl: string | undefined, host: string | undefined): string | undefined {
  if (publicUrl !== undefined) return publicUrl;
  return isLoopbackHost(host) ? `http://${host}` : undefined;
}

/** A page may open our sockets and use our cookie only when it is our own. No Origin: not a page. */
export function isOwnOrigin(headers: IncomingHttpHeaders, publicUrl: string | undefined): boolean {
  const { origin, host } = headers;
  if (origin === undefined) return true;
  if (publicUrl !== undefined && origin === new URL(publicUrl).origin) return true;
  return URL.canParse(origin) && host !== undefined && new URL(origin).host === host.toLowerCase();
}

/** http → ws, https → wss. */
export function socketOrigin(origin: string): string {
  return origin.replace(/^http/, "ws");
}
