/** Every tool there is: the platform's own, and what an organisation's sources add. */
import type { ToolSpec } from "../../call/ports.ts";
import type { Messages } from "../messages/index.ts";
import type { AgentSending } from "../notifications/index.ts";
import { bookAppointment } from "./book-appointment/book-appointment.ts";
import { type BookingParts } from "./booking-tools.ts";
import { cancelAppointment } from "./cancel-appointment/cancel-appointment.ts";
import { checkAvailability } from "./check-availability/check-availability.ts";
import { endCall } from "./end-call/end-call.ts";
import { type ContactToolParts, lookUpContact } from "./look-up-contact/look-up-contact.ts";
import { type NoteIntent, noteIntentTool } from "./note-intent/note-intent.ts";
import { rescheduleAppointment } from "./reschedule-appointment/reschedule-appointment.ts";
import { type SearchKnowledgeParts, searchKnowledge } from "./search-knowledge/search-knowledge.ts";
import { sendEmail } from "./send-email/send-email.ts";
import { sendSms } from "./send-sms/send-sms.ts";
import { takeMessage } from "./take-message/take-message.ts";
import type { Tool } from "./tool.ts";
import type { SourcedTool, ToolSource } from "./tool-source.ts";
import { specOf } from "./tool-spec.ts";
import { updateContact } from "./update-contact/update-contact.ts";

/** What the deeds work with. Nothing of it is touched before a deed runs. */
export interface BuiltInParts extends BookingParts, ContactToolParts, AgentSending, SearchKnowledgeParts {
  readonly messages: Messages;
  readonly noteIntent: NoteIntent;
}

/** In the order in which models are told of them. */
export const createBuiltInTools = (parts: BuiltInParts): readonly Tool[] => [
  checkAvailability(parts),
  bookAppointment(parts),
  rescheduleAppointment(parts),
  cancelAppointment(parts),
  takeMessage(parts),
  endCall(),
  lookUpContact(parts),
  updateContact(parts),
  sendSms(parts),
  sendEmail(parts),
  noteIntentTool(parts),
  searchKnowledge(parts),
];

/** The specs of what every agent has unless its owner says no. They need none of what a deed works with. */
export const toolSpecs: readonly ToolSpec[] = createBuiltInTools({} as BuiltInParts)
  .filter(({ isOnByDefault }) => isOnByDefault)
  .map((tool) => specOf(tool));

/** The engine's own, and what only some plans hold: no tool of an organisation's may be called so. */
export const reservedToolNames: readonly string[] = ["transfer_call", "handoff_to_agent", "note_intent"];

export interface ShelvedTool extends SourcedTool {
  /** `builtin`, or its source's. */
  readonly kind: string;
}

export interface ToolShelf {
  readonly builtIn: readonly Tool[];
  /** All of the organisation's, its own ones last. A name that is taken hides whoever comes later. */
  list(orgId: string): Promise<readonly ShelvedTool[]>;
  find(orgId: string, name: string): Promise<ShelvedTool | undefined>;
}

export interface ShelfParts {
  readonly builtIn: readonly Tool[];
  readonly sources: readonly ToolSource[];
}

export function createToolShelf({ builtIn, sources }: ShelfParts): ToolShelf {
  const own = builtIn.map((tool): ShelvedTool => ({ ...tool, kind: "builtin" }));
  const byName = new Map(own.map((tool) => [tool.name, tool]));
  const list = async (orgId: string): Promise<readonly ShelvedTool[]> => {
    const all = new Map(byName);
    for (const { kind, listTools } of sources) {
      for (const tool of await listTools(orgId)) if (!all.has(tool.name)) all.set(tool.name, { ...tool, kind });
    }
    return [...all.values()];
  };
  return {
    builtIn,
    list,
    find: async (orgId, name) => byName.get(name) ?? (await list(orgId)).find((tool) => tool.name === name),
  };
}
