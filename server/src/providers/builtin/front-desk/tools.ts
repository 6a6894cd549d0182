/** The tools the front desk knows, the shapes it sends, and tolerant reading of what comes back. */
import { z } from "zod";

export const checkAvailabilityInput = z.object({ date: z.iso.date(), service: z.string().optional() });
export const bookAppointmentInput = z.object({
  service: z.string(),
  /** ISO 8601 with offset. */
  startsAt: z.string(),
  name: z.string(),
  /** E.164 where it could be read so. */
  phone: z.string(),
  note: z.string().optional(),
});
export const rescheduleAppointmentInput = z.object({ phone: z.string(), newStartsAt: z.string() });
export const cancelAppointmentInput = z.object({ phone: z.string() });
export const takeMessageInput = z.object({
  name: z.string().optional(),
  phone: z.string().optional(),
  message: z.string(),
});
export const endCallInput = z.object({});

export const checkAvailabilityOutput = z.object({ slots: z.array(z.string()) });
export const bookAppointmentOutput = z.object({ appointmentId: z.string(), startsAt: z.string() });

export type ToolName =
  | "check_availability"
  | "book_appointment"
  | "reschedule_appointment"
  | "cancel_appointment"
  | "take_message"
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
