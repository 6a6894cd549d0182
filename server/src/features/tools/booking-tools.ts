/** What the tools of the appointment book share: the business they book for, and whose deeds belong together. */
import type { ToolOutcome } from "../../call/ports.ts";
import type { OrgTx } from "../../platform/db/org-db.ts";
import type { Appointments, BusinessProfile } from "../appointments/index.ts";
import { failed, ok } from "./outcomes.ts";
import type { ToolWork } from "./tool.ts";

export interface BookingParts {
  readonly appointments: Appointments;
  /** The opening hours and services that the agent books for; undefined when it takes no appointments. Opens its own transaction. */
  readonly profileOf: (agent: {
    orgId: string;
    agentId: string;
  }) => BusinessProfile | undefined | Promise<BusinessProfile | undefined>;
}

/** The business is read before the deed's transaction begins, which holds one connection and must not wait for a second. */
export const prepareProfile =
  ({ profileOf }: BookingParts) =>
  async ({ orgId, agentId }: { orgId: string; agentId: string }): Promise<BusinessProfile | undefined> =>
    await profileOf({ orgId, agentId });

export const noAppointments = failed("Appointments cannot be made here. Offer to take a message.");

type Work = Pick<ToolWork<unknown, unknown>, "prepared" | "orgId" | "callId">;

export function businessOf({ prepared, orgId, callId }: Work) {
  if (prepared === undefined) return undefined;
  return { orgId, profile: prepared as BusinessProfile, ...(callId === undefined ? {} : { callId }) };
}

/** Deeds about one number undo each other. */
export const subjectByPhone =
  ({ appointments }: BookingParts) =>
  async (tx: OrgTx, work: ToolWork<{ phone: string }, unknown>): Promise<Buffer | undefined> => {
    const business = businessOf(work);
    return business && (await appointments.subjectOf(tx, { ...business, phone: work.input.phone }));
  };

export function outcomeOf(outcome: Awaited<ReturnType<Appointments["book"]>>): ToolOutcome {
  if (!outcome.ok) return failed(outcome.publicMessage);
  return ok({ appointmentId: outcome.appointmentId, startsAt: outcome.startsAt });
}
