/** Where webhooks may go on this installation. */
import type { Config } from "../config.ts";
import type { AddressRules } from "../features/webhooks/index.ts";

/** This machine itself may be told only where everything runs on it and nobody comes from outside. */
export const webhookRules = ({ webhookAllowPrivate, embedded, publicUrl }: Config): AddressRules => ({
  allowPrivate: webhookAllowPrivate,
  allowLoopback: embedded && publicUrl === undefined,
});
