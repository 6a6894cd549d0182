/** What the book is asked, and what it answers. */
import type { Clock } from "../../kernel/clock.ts";
import type { OrgTx } from "../../platform/db/org-db.ts";
import type { Organizations } from "../organizations/index.ts";
import type { EmitWebhook } from "../webhooks/index.ts";
import type { BusinessProfile } from "./business-profile.ts";
import type { BusyOutside } from "./busy-times.ts";

export type AppointmentOutcome =
  | {
      readonly ok: true;
      readonly appointmentId: string;
      readonly startsAt: string;
      /** The day and time in words, where the profile has a language. */
      readonly say?: string;
    }
  /** Nothing was done. `publicMessage` may be told to the caller. */
  | {
      readonly ok: false;
      readonly publicMessage: string;
      /** It was asked for and may still be done: never to be told as done, nor as refused. */
      readonly isUncertain?: true;
    };

export interface InBusiness {
  readonly orgId: string;
  readonly profile: BusinessProfile;
}

export interface Booking extends InBusiness {
  readonly callId?: string;
  readonly service: string;
  readonly startsAt: string;
  readonly name: string;
  readonly phone: string;
  readonly note?: string;
  /** Whom the caller asked for: the name of a calendar. */
  readonly person?: string;
  /** BCP-47, of the call. The profile's where absent. */
  readonly language?: string;
}

export interface AvailabilityQuery extends InBusiness {
  /** `YYYY-MM-DD`, or an ISO time. */
  readonly date: string;
  /** From that day on; 1 where absent. */
  readonly days?: number;
  readonly service?: string;
  readonly person?: string;
  readonly language?: string;
}

export type Availability =
  | {
      readonly ok: true;
      /** ISO with the business's offset, in order. */
      readonly slots: string[];
      /** Where each is free, in the same order; empty for the implied calendar. */
      readonly calendarIds: readonly (readonly string[])[];
      /** Two or three of them in a sentence; absent where no language is known. */
      readonly say?: string;
    }
  | { readonly ok: false; readonly publicMessage: string };

export interface Caller extends InBusiness {
  readonly phone: string;
  /** The call in which it is asked. */
  readonly callId?: string;
  /** The caller's, where the owner wants it checked. */
  readonly name?: string;
  /** Which of several: what it is for, and when it is now. */
  readonly service?: string;
  readonly currentStartsAt?: string;
}

export interface Move extends Caller {
  readonly newStartsAt: string;
}

export interface AppointmentDeps {
  readonly organizations: Organizations;
  readonly clock: Clock;
  readonly emit: EmitWebhook;
  /** When linked calendars were busy when they were last looked at; absent: nothing is known of them. */
  readonly busyOutside?: BusyOutside;
  /** The contact who has this number. */
  readonly contactOf?: (tx: OrgTx, person: { orgId: string; phone: string }) => Promise<string | undefined>;
}
