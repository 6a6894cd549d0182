/** Every operation's sample, in the order in which an organisation is filled, and then emptied. A new operation needs one here. */
import type { Samples } from "./sample.ts";
import { analysed, calls, erasing } from "./samples-calls.ts";
import { agents, clearing, contacts, delivered, telephony, webhooks } from "./samples-desk.ts";
import { administering, leaving, organizing, signing } from "./samples-people.ts";

export const filling: Samples = {
  ...signing,
  ...organizing,
  ...administering,
  ...contacts,
  ...agents,
  ...webhooks,
  ...telephony,
  ...calls,
  ...analysed,
  ...delivered,
};

export const emptying: Samples = { ...erasing, ...clearing, ...leaving };
