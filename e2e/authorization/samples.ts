/** Every operation's sample, in the order in which an organisation is filled, and then emptied. A new operation needs one here. */
import type { Samples } from "./sample.ts";
import { calendars, clearingCalendars } from "./samples-calendars.ts";
import { analysed, calls, erasing, utterances } from "./samples-calls.ts";
import { agents, clearing, contacts, delivered, telephony, webhooks } from "./samples-desk.ts";
import { clearingKnowledge, knowledge } from "./samples-knowledge.ts";
import { clearingMcpServers, mcpServers } from "./samples-mcp.ts";
import { messages } from "./samples-messages.ts";
import { forgetting, money, privacy } from "./samples-office.ts";
import { administering, leaving, organizing, signing } from "./samples-people.ts";
import { clearingTools, tools } from "./samples-tools.ts";

export const filling: Samples = {
  ...signing,
  ...organizing,
  ...administering,
  ...contacts,
  ...knowledge,
  ...agents,
  ...webhooks,
  ...tools,
  ...telephony,
  ...messages,
  ...calendars,
  ...mcpServers,
  ...calls,
  ...utterances,
  ...analysed,
  ...money,
  ...privacy,
  ...delivered,
};

export const emptying: Samples = {
  ...erasing,
  ...clearingCalendars,
  ...clearing,
  ...clearingTools,
  ...clearingKnowledge,
  ...clearingMcpServers,
  ...forgetting,
  ...leaving,
};
