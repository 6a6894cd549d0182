import { z } from "zod";
import type { ToolSpec } from "../../call/ports.ts";
import type { Tool } from "./tool.ts";

type Schema = Readonly<Record<string, unknown>>;

const toSchema = (type: z.ZodType, io: "input" | "output"): Schema => z.toJSONSchema(type, { target: "draft-7", io });

/** For forms. Undefined: there is nothing to set. */
export const settingsSchemaOf = ({ settings }: Tool): Schema | undefined => settings && toSchema(settings, "input");

/** As the model and the engine see it. `settings` are checked; those of a tool that has none are not looked at. */
export function specOf(tool: Tool, settings?: unknown): ToolSpec {
  const { name, effect, undoes, timeoutMs, consent } = tool;
  const isUnset = settings === undefined && tool.settings !== undefined;
  const shape = isUnset ? {} : (tool.shapeFor?.(settings) ?? {});
  return {
    ...{ name, effect },
    description: shape.description ?? tool.description,
    inputSchema: shape.inputSchema ?? toSchema(tool.input, "output"),
    ...(undoes === undefined ? {} : { undoes }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(consent === undefined ? {} : { consent }),
  };
}
