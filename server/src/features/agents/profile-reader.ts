/** The hours and services an agent books by, from its stored version; remembered briefly, as a media process asks in mid-call. */
import { AppError } from "../../kernel/app-error.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { BusinessProfile } from "../appointments/index.ts";
import type { Agents } from "./agents.ts";
import { businessProfileOf } from "./business-profile.ts";

const rememberedMs = 10_000;
const rememberedAgents = 1000;

type AskedAgent = { readonly orgId: string; readonly agentId: string };

/** Of the published version; of the draft while there is none. Undefined when it takes no appointments. */
export function createProfileReader({ agents, clock }: { agents: Pick<Agents, "findRunnable">; clock: Clock }) {
  const remembered = new Map<string, { profile: Promise<BusinessProfile | undefined>; untilMs: number }>();

  const read = async ({ orgId, agentId }: AskedAgent): Promise<BusinessProfile | undefined> => {
    const agent = await agents.findRunnable(orgId, { agentId }).catch((error: unknown) => {
      if (!(error instanceof AppError)) throw error;
      return agents.findRunnable(orgId, { agentId, version: "draft" });
    });
    return agent && businessProfileOf(agent.config, clock.wallNow());
  };

  return (asked: AskedAgent): Promise<BusinessProfile | undefined> => {
    const key = `${asked.orgId}/${asked.agentId}`;
    const known = remembered.get(key);
    if (known !== undefined && known.untilMs > clock.now()) return known.profile;
    const profile = read(asked);
    if (remembered.size >= rememberedAgents) remembered.clear();
    remembered.set(key, { profile, untilMs: clock.now() + rememberedMs });
    // A failure is not an answer: the next one asks again.
    profile.catch(() => remembered.delete(key));
    return profile;
  };
}
