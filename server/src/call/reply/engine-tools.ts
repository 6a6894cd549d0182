/** Tools the engine does itself: they end the reply, and what they do happens when its words were heard. */
import type { MediaTransport, ToolCall, ToolSpec } from "../ports.ts";
import type { ToolResult } from "./conversation.ts";
import type { Persona } from "./persona.ts";

/** What becomes of the call when the reply has been heard. */
export type ReplyEnding =
  | { readonly type: "stay" }
  | { readonly type: "end-call" }
  | { readonly type: "transfer"; readonly to: string }
  | { readonly type: "hand-off"; readonly agentId: string };

export interface EngineTools {
  readonly specs: readonly ToolSpec[];
  /** Undefined: not one of the engine's. Otherwise `result` is settled. */
  take(result: ToolResult): ReplyEnding | undefined;
}

export interface EngineToolsOptions {
  readonly persona: Persona;
  /** E.164. */
  readonly transferTo: string | undefined;
  readonly channel: MediaTransport["channel"];
  /** Told when somebody wants a human where the line cannot be put through. */
  readonly onNoTransfer: () => void;
}

const transferTool: ToolSpec = {
  name: "transfer_call",
  description:
    "Puts the caller through to a human. Only when they ask for one or you cannot help. Say first that you are putting them through.",
  inputSchema: {
    type: "object",
    properties: { reason: { type: "string", description: "Why, in a few words." } },
    additionalProperties: false,
  },
  effect: "write",
};

function handoffTool({ handoffs }: Persona): ToolSpec {
  const list = handoffs.map(({ agentName, when }) => `${agentName}: ${when}`).join("\n");
  return {
    name: "handoff_to_agent",
    description: `Hands the call to another agent, who greets the caller and goes on from here. Say first, in a few words, that you are doing so.\n${list}`,
    inputSchema: {
      type: "object",
      properties: {
        agent: { type: "string", enum: handoffs.map((target) => target.agentName) },
        reason: { type: "string", description: "Why, in a few words." },
      },
      required: ["agent"],
      additionalProperties: false,
    },
    effect: "write",
  };
}

const cannotTransfer = {
  transferred: false,
  say: "This conversation cannot be put through. Say that a person will call back, and offer to take a message.",
};

export function createEngineTools({ persona, transferTo, channel, onNoTransfer }: EngineToolsOptions): EngineTools {
  const specs = [
    ...(transferTo === undefined ? [] : [transferTool]),
    ...(persona.handoffs.length === 0 ? [] : [handoffTool(persona)]),
  ];
  const offered = (name: string) => specs.some((spec) => spec.name === name);
  return {
    specs,
    take(result) {
      const { name } = result.call;
      if (name === "end_call") return settle(result, { ok: true }, { type: "end-call" });
      if (!offered(name)) return undefined;
      if (name === "transfer_call" && transferTo !== undefined) {
        if (channel === "phone") return settle(result, { ok: true }, { type: "transfer", to: transferTo });
        onNoTransfer();
        return settle(result, cannotTransfer, { type: "stay" });
      }
      const target = persona.handoffs.find((each) => isNamed(each.agentName, result.call));
      if (target !== undefined) return settle(result, { ok: true }, { type: "hand-off", agentId: target.agentId });
      result.failed = true;
      const known = persona.handoffs.map((each) => each.agentName).join(", ");
      return settle(result, { error: `There is no such agent. Choose one of: ${known}.` }, { type: "stay" });
    },
  };
}

function isNamed(name: string, { input }: ToolCall): boolean {
  const { agent } = (input ?? {}) as { agent?: unknown };
  return typeof agent === "string" && agent.trim().toLowerCase() === name.trim().toLowerCase();
}

function settle(result: ToolResult, output: unknown, ending: ReplyEnding): ReplyEnding {
  result.output = output;
  result.done = true;
  return ending;
}
