/**
 * What an organisation decides for all its agents: one object for each concern, with what holds when nothing was decided. The feature
 * that obeys a policy owns its object. Policies with routes of their own (who gets through, how long things are kept) are not repeated here.
 */
import { z } from "zod";

/** Whether the greeting says that an AI speaks: always, or as each agent has it. An agent that is asked says so in any case. */
const disclosurePolicy = z.object({ greeting: z.enum(["always", "by-agent"]) });

export const organizationPolicies = z.object({
  disclosure: disclosurePolicy.default({ greeting: "by-agent" }),
});
export type OrganizationPolicies = z.infer<typeof organizationPolicies>;
