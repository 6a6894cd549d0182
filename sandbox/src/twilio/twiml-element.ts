import type { Element } from "@xmldom/xmldom";
import { TwilioFailure } from "./alert.ts";
import type { Target } from "./twiml-verbs.ts";

export interface TwimlRules {
  /** Where the document came from: relative addresses are resolved against it. */
  readonly documentUrl: string;
  /** Twilio takes wss:// only; true also takes ws://, for tests on the loopback. */
  readonly allowInsecureStreams: boolean;
}

/** An absolute http(s) address; the text is kept as written when it is absolute already, for the signature's sake. */
export function readTarget(address: string, method: string | null, rules: TwimlRules): Target {
  const url = /^https?:\/\//i.test(address) ? address : (URL.parse(address, rules.documentUrl)?.href ?? "");
  if (URL.parse(url) === null || !/^https?:/i.test(url))
    throw new TwilioFailure(11100, `"${address}" is not an address`);
  return { url, method: method?.toUpperCase() === "GET" ? "GET" : "POST" };
}

export function textOf(element: Element): string {
  return (element.textContent ?? "").trim();
}

export function childElements(element: Element): Element[] {
  return Array.from(element.childNodes).filter((node): node is Element => node.nodeType === 1);
}
