/** The tools every agent has, as the model sees them. */
import { z } from "zod";
import type { ToolSpec } from "../../call/ports.ts";

const words = (max: number) => z.string().trim().min(1, "must not be empty").max(max);
const time = words(60).describe(
  "Date and time, ISO 8601, such as 2026-11-23T10:00; local time of the business when it has no offset.",
);
const phone = words(60).describe("The caller's phone number.");

export const toolInputs = {
  check_availability: z.object({
    date: words(60).describe("The day, YYYY-MM-DD."),
    service: words(200).optional().describe("The service wanted."),
  }),
  book_appointment: z.object({
    service: words(200).describe("The service wanted."),
    startsAt: time,
    name: words(200).describe("The caller's name."),
    phone,
    note: words(2000).optional().describe("Anything else worth knowing."),
  }),
  reschedule_appointment: z.object({ phone, newStartsAt: time }),
  cancel_appointment: z.object({ phone }),
  take_message: z.object({
    name: words(200).optional().describe("Who leaves the message."),
    phone: phone.optional(),
    message: words(4000).describe("The message, in the caller's words."),
  }),
  end_call: z.object({}),
} as const;

export type ToolName = keyof typeof toolInputs;

const descriptions: Readonly<Record<ToolName, string>> = {
  check_availability: "Free appointment times of one day.",
  book_appointment:
    "Books an appointment. Ask for service, time, name and phone number first, and have the caller confirm.",
  reschedule_appointment: "Moves the caller's next appointment, found by phone number, to a new time.",
  cancel_appointment: "Cancels the caller's next appointment, found by phone number.",
  take_message: "Takes a message for a human, who will call back.",
  end_call: "Ends the call. Say goodbye first; the line closes after it was heard.",
};

/** Deeds that take each other back: after one, the same arguments to the other are a new deed. */
export const undoes: Readonly<Partial<Record<ToolName, readonly ToolName[]>>> = {
  book_appointment: ["cancel_appointment", "reschedule_appointment"],
  reschedule_appointment: ["book_appointment", "reschedule_appointment"],
  cancel_appointment: ["book_appointment", "reschedule_appointment"],
};

export const toolSpecs: readonly ToolSpec[] = (Object.keys(toolInputs) as ToolName[]).map((name) => ({
  name,
  description: descriptions[name],
  inputSchema: z.toJSONSchema(toolInputs[name], { target: "draft-7" }),
  effect: name === "check_availability" ? "read" : "write",
  ...(undoes[name] === undefined ? {} : { undoes: undoes[name] }),
}));
