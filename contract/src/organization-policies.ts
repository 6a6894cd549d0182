/**
 * What an organisation decides for all its agents: one object for each concern, with what holds when nothing was decided. The feature
 * that obeys a policy owns its object.
 */
import { z } from "zod";

/** Whether the greeting says that an AI speaks: always, or as each agent has it. An agent that is asked says so in any case. */
export const disclosurePolicy = z.object({ greeting: z.enum(["always", "by-agent"]) });

/** Callers who withhold their number. */
export const anonymousCallersPolicy = z.object({ inbound: z.enum(["answer", "refuse"]) });

export const organizationPolicies = z.object({
  disclosure: disclosurePolicy.default({ greeting: "by-agent" }),
  anonymousCallers: anonymousCallersPolicy.default({ inbound: "answer" }),
});
export type OrganizationPolicies = z.infer<typeof organizationPolicies>;
