import { z } from "zod";
import type { CallPlan } from "../../../call/call-plan.ts";
import type { ToolSpec } from "../../../call/ports.ts";
import type { OrgTx } from "../../../platform/db/org-db.ts";
import { words } from "../input-words.ts";
import { failed, ok } from "../outcomes.ts";
import { defineTool } from "../tool.ts";
import { specOf } from "../tool-spec.ts";

/** False: nothing waits for it. */
export type NoteIntent = (
  tx: OrgTx,
  noted: { orgId: string; callId: string; agentId: string; intent: string },
) => Promise<boolean>;

/**
 * A write, though it changes nothing that the caller could see: what follows from it is done, so it waits until the turn is certain. What
 * follows was decided by the owner, and its fields are theirs.
 */
export const noteIntentTool = ({ noteIntent }: { noteIntent: NoteIntent }) =>
  defineTool({
    name: "note_intent",
    title: "Note what the caller wants",
    description:
      "Notes that the caller wants or says one of these. Call it as soon as it is clear, then go on as before.",
    input: z.object({ intent: words(40) }),
    effect: "write",
    consent: "free",
    isOnByDefault: false,
    deed: {
      where: "database",
      async run(tx, { orgId, agentId, callId, input: { intent } }) {
        if (callId === undefined) return failed("This belongs to a call.");
        await noteIntent(tx, { orgId, agentId, callId, intent });
        return ok({ noted: true });
      },
    },
  });

/** As one agent's model sees it: the intents that its owner waits for. Undefined: none. */
export function intentSpec(intents: NonNullable<CallPlan["intents"]>, agentId: string): ToolSpec | undefined {
  const own = intents.filter(({ agentIds }) => agentIds?.includes(agentId) ?? true);
  if (own.length === 0) return undefined;
  const spec = specOf(noteIntentTool({ noteIntent: async () => false }));
  const list = own.map(({ name, description }) => `${name}: ${description}`).join("\n");
  const intent = { type: "string", enum: [...new Set(own.map(({ name }) => name))] };
  return {
    ...spec,
    description: `${spec.description}\n${list}`,
    inputSchema: { type: "object", properties: { intent }, required: ["intent"], additionalProperties: false },
  };
}
