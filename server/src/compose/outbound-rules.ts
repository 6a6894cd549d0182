/** Where this installation may send requests that its organisations chose: webhooks, pages to read, tools of their own. */
import type { Config } from "../config.ts";
import type { AddressRules } from "../platform/net/address-rules.ts";

/** This machine itself may be told only where everything runs on it and nobody comes from outside. */
export const outboundRules = ({ webhookAllowPrivate, embedded, publicUrl }: Config): AddressRules => ({
  allowPrivate: webhookAllowPrivate,
  allowLoopback: embedded && publicUrl === undefined,
});
