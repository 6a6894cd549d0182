/** What the tools of the appointment book share: the business they book for, and whose deeds belong together. */
import type { ToolOutcome } from "../../call/ports.ts";
import type { OrgTx } from "../../platform/db/org-db.ts";
import type { Appointments, BusinessProfile, OutsideBookings } from "../appointments/index.ts";
import { words } from "./input-words.ts";
import { failed, ok } from "./outcomes.ts";
import type { ToolWork } from "./tool.ts";

export interface BookingParts {
  readonly appointments: Appointments;
  /** Deeds in calendars that are linked to somebody else's; absent: none is. */
  readonly outside?: OutsideBookings & { isNeeded(orgId: string): Promise<boolean> };
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

/** Which of the caller's appointments, and who the caller is where the owner wants it checked. */
export const ownAppointment = {
  service: words(200).optional().describe("What the appointment is for, when the caller has several."),
  currentStartsAt: words(60).optional().describe("When the appointment is now, ISO 8601, when the caller has several."),
  name: words(200).optional().describe("The name it was made under, when it is asked for."),
};

type Present<T> = { [Key in keyof T]: Exclude<T[Key], undefined> };

/** What was not told is absent. */
export const withoutUndefined = <T extends object>(told: T): Present<T> =>
  Object.fromEntries(Object.entries(told).filter(([, value]) => value !== undefined)) as Present<T>;

/** Deeds about one number undo each other. */
export const subjectByPhone =
  ({ appointments }: BookingParts) =>
  async (tx: OrgTx, work: ToolWork<{ phone: string }, unknown>): Promise<Buffer | undefined> => {
    const business = businessOf(work);
    return business && (await appointments.subjectOf(tx, { ...business, phone: work.input.phone }));
  };

type Outcome = Awaited<ReturnType<Appointments["book"]>>;

export function outcomeOf(outcome: Outcome): ToolOutcome {
  if (outcome.ok) {
    const { appointmentId, startsAt, say } = outcome;
    return ok({ appointmentId, startsAt, ...(say === undefined ? {} : { say }) });
  }
  const { publicMessage } = outcome;
  return outcome.isUncertain === true ? { status: "uncertain", publicMessage } : failed(publicMessage);
}

interface OutsideDeed<Input> {
  readonly orgId: string;
  readonly callId?: string;
  readonly profile: BusinessProfile;
  readonly idempotencyKey: string;
  readonly input: Input;
  readonly language?: string;
}

/** The deed where a calendar is linked: it cannot be one transaction. */
export function outsideDeed<Input>(
  parts: BookingParts,
  run: (outside: OutsideBookings, deed: OutsideDeed<Input>) => Promise<Outcome>,
) {
  type Wish = ToolWork<Input, unknown>;
  const deedOf = async ({ orgId, agentId, callId, idempotencyKey, input, call }: Wish) => {
    const profile = await parts.profileOf({ orgId, agentId });
    if (profile === undefined || parts.outside === undefined) return undefined;
    const about = {
      ...(callId !== undefined && { callId }),
      ...(call?.language !== undefined && { language: call.language }),
    };
    return { outside: parts.outside, deed: { orgId, profile, idempotencyKey, input, ...about } };
  };
  return {
    isNeeded: async ({ orgId }: Wish) => (await parts.outside?.isNeeded(orgId)) ?? false,
    async run(work: Wish): Promise<ToolOutcome> {
      const found = await deedOf(work);
      return found === undefined ? noAppointments : outcomeOf(await run(found.outside, found.deed));
    },
    async find(work: Wish): Promise<ToolOutcome | undefined> {
      const found = await deedOf(work);
      const outcome = await found?.outside.find(found.deed);
      return outcome && outcomeOf(outcome);
    },
  };
}
