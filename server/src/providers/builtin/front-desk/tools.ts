/** The tools the front desk knows, and tolerant reading of what comes back. */
import { z } from "zod";

export type ToolName =
  | "check_availability"
  | "book_appointment"
  | "reschedule_appointment"
  | "cancel_appointment"
  | "take_message"
  | "transfer_call"
  | "handoff_to_agent"
  | "end_call";

const startOf = z
  .union([z.string(), z.object({ startsAt: z.string() }), z.object({ start: z.string() })])
  .transform((slot) => {
    if (typeof slot === "string") return slot;
    return "startsAt" in slot ? slot.startsAt : slot.start;
  });

function parseJson(output: unknown): unknown {
  if (typeof output !== "string") return output;
  try {
    return JSON.parse(output);
  } catch {
    return output;
  }
}

/** Free slots (or a failure's alternatives) as ISO times; unreadable ones are left out. Undefined: none were told. */
export function readSlots(output: unknown): string[] | undefined {
  const value = parseJson(output);
  const record = typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  const list = Array.isArray(value) ? value : (record["slots"] ?? record["alternatives"] ?? record["available"]);
  if (!Array.isArray(list)) return undefined;
  return list.flatMap((entry) => {
    const slot = startOf.safeParse(entry);
    return slot.success && !Number.isNaN(Date.parse(slot.data)) ? [slot.data] : [];
  });
}

const answerWithStart = z.looseObject({ startsAt: z.string().optional(), newStartsAt: z.string().optional() });

/** When the appointment starts, as the tool that wrote it says. */
export function readStart(output: unknown): string | undefined {
  const answer = answerWithStart.safeParse(parseJson(output));
  const start = answer.success ? (answer.data.startsAt ?? answer.data.newStartsAt) : undefined;
  return start !== undefined && !Number.isNaN(Date.parse(start)) ? start : undefined;
}

const answerInDoubt = z.looseObject({ status: z.string().startsWith("not certain") });

/** Whether the engine says that nobody knows yet if it was done: what else it says is meant for a model. */
export function isUncertain(output: unknown): boolean {
  return answerInDoubt.safeParse(parseJson(output)).success;
}

const answerOfTransfer = z.looseObject({ transferred: z.literal(false) });

/** Whether the line could not be put through. */
export function isRefused(output: unknown): boolean {
  return answerOfTransfer.safeParse(parseJson(output)).success;
}
