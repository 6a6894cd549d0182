/** What the notifications' parts are given. */
import type { Clock } from "../../kernel/clock.ts";
import type { LogLine } from "../../platform/db/log-line.ts";
import type { OrgDb, OrgTx } from "../../platform/db/org-db.ts";
import type { Mailer } from "../../platform/mail/send-mail.ts";
import type { JobSender } from "../../platform/queue/queue.ts";
import type { AuditLog } from "../audit/index.ts";
import type { KnownContact } from "../contacts/index.ts";
import type { MessageContent } from "../messages/index.ts";
import type { Organizations } from "../organizations/index.ts";
import type { TextCarrier, TextLogin } from "./text-carrier.port.ts";

/** An appointment as it stands. */
export interface ToldAppointment {
  readonly id: string;
  readonly callId: string | null;
  readonly service: string;
  readonly startsAtMs: number;
  readonly endsAtMs: number;
  /** False: held, cancelled or over. */
  readonly isActive: boolean;
  /** BCP-47, when it is known. */
  readonly language?: string;
  /** In which its time was told; absent: the organisation's. */
  readonly timeZone?: string;
  /** Undefined when its words were erased. */
  readonly details: { readonly name: string; readonly phone: string } | undefined;
}

export interface ToldCall {
  readonly direction: "inbound" | "outbound";
  readonly channel: "phone" | "web" | "text";
  readonly language: string;
  readonly startedAtMs: number;
  readonly from?: string;
  readonly to?: string;
  readonly contactId?: string;
  /** Turns of the caller. */
  readonly turns: number;
}

export interface OfOne {
  readonly orgId: string;
  readonly id: string;
}

/** What a note to write needs: also where calls are carried. */
export interface NotePart {
  readonly clock: Clock;
  readonly organizations: Pick<Organizations, "keyOf">;
  readonly jobs: JobSender;
}

/** Everything that sending and planning asks of other features. Undefined answers: it is not there, or was erased. */
export interface NotificationParts extends NotePart {
  readonly db: OrgDb;
  readonly audit: AuditLog;
  readonly log: LogLine;
  readonly mailer: Pick<Mailer, "sendMail">;
  readonly carrier: TextCarrier;
  /** Absent where the outside cannot reach us: nobody reports then, and we ask. */
  readonly publicUrl?: string;
  readonly origin: () => string;
  readonly appointmentOf: (tx: OrgTx, of: OfOne) => Promise<ToldAppointment | undefined>;
  /** Told to webhooks and people by itself. False: it was not there any more, or cannot be cancelled without a person. */
  readonly cancelAppointment: (tx: OrgTx, of: OfOne) => Promise<boolean>;
  readonly confirmAppointment: (tx: OrgTx, of: OfOne) => Promise<void>;
  readonly callOf: (tx: OrgTx, of: OfOne) => Promise<ToldCall | undefined>;
  readonly messageOf: (tx: OrgTx, of: OfOne) => Promise<MessageContent | undefined>;
  readonly takeMessage: (tx: OrgTx, message: { orgId: string; content: MessageContent }) => Promise<unknown>;
  readonly countOpenMessages: (tx: OrgTx) => Promise<number>;
  readonly contactOf: (tx: OrgTx, orgId: string, phone: string) => Promise<KnownContact | undefined>;
  /** The owners. */
  readonly ownersOf: (tx: OrgTx) => Promise<readonly { userId: string; email: string; language: string }[]>;
  /** The number texts come from, the one called before others; undefined when none can send. */
  readonly senderOf: (tx: OrgTx, orgId: string, called: string | undefined) => Promise<TextSender | undefined>;
  /** By the organisation's rules on where it rings. */
  readonly mayReach: (tx: OrgTx, number: string) => Promise<boolean>;
  readonly noteText: (tx: OrgTx, text: SentText) => Promise<void>;
}

export interface TextSender {
  /** E.164. */
  readonly number: string;
  readonly login: TextLogin;
}

/** For the account. */
export interface SentText {
  readonly orgId: string;
  readonly notificationId: string;
  readonly callId: string | null;
  readonly segments: number;
}
