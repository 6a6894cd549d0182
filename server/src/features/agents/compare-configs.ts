import type { AgentDifference } from "@parley/contract/agent";
import type { AgentConfig } from "@parley/contract/agent-config";
import compare from "microdiff";

const kinds = { CREATE: "added", REMOVE: "removed", CHANGE: "changed" } as const;

/** What became of `before` to make `after`, by path. */
export function compareConfigs(before: AgentConfig, after: AgentConfig): AgentDifference[] {
  return compare(before, after, { cyclesFix: false }).map((difference) => ({
    path: difference.path.join("."),
    kind: kinds[difference.type],
    ...(difference.type === "CREATE" ? {} : { before: difference.oldValue as unknown }),
    ...(difference.type === "REMOVE" ? {} : { after: difference.value as unknown }),
  }));
}
