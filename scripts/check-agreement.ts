/**
 * Whether what was done, written down and told agrees: `node scripts/check-agreement.ts EVIDENCE.json`, as bench/day-of-traffic.ts writes it.
 * Prints what disagrees, and ends with 1 then.
 */
import { readFileSync } from "node:fs";

export interface Evidence {
  readonly appointments: readonly {
    readonly id: string;
    readonly status: string;
    readonly startsAt: string;
    readonly endsAt: string;
    readonly sync: string;
    readonly calendarId: string | null;
    readonly callId: string | null;
    readonly phone: string | null;
  }[];
  /** What stands in the linked calendars, as their servers have it. */
  readonly calendars: readonly {
    readonly id: string;
    readonly isLinked: boolean;
    readonly events: readonly {
      readonly appointmentId: string | null;
      readonly startsAt: string;
      readonly endsAt: string;
    }[];
  }[];
  readonly messages: readonly { readonly id: string; readonly callId: string | null }[];
  readonly notifications: readonly {
    readonly id: string;
    readonly kind: string;
    readonly channel: string;
    readonly recipient: string;
    readonly subjectId: string | null;
    readonly status: string;
    readonly reason: string | null;
    readonly dueAt: string;
  }[];
  /** As the carrier has them. */
  readonly texts: readonly { readonly to: string; readonly body: string }[];
  readonly mails: readonly { readonly messageId: string }[];
  /** Mails that were taken without anybody noting it: these may come again, under the same Message-ID. */
  readonly mailAnswersLost: number;
  /** As received: an event may come again, under the same id. */
  readonly webhooks: readonly { readonly id: string; readonly type: string; readonly subjectId: string }[];
  readonly deliveries: readonly { readonly eventId: string; readonly type: string; readonly status: string }[];
  readonly audit: readonly {
    readonly action: string;
    readonly subject: string | null;
    readonly actor: { readonly kind: string; readonly id: string };
  }[];
  readonly auditState: string;
  /** Deeds that callers were told of as done, uncertain or failed. */
  readonly deeds: readonly { readonly callId: string; readonly name: string; readonly outcome: string }[];
  /** Calls whose caller's line broke before the end: what was done in them need not have been told. */
  readonly lostCalls: readonly string[];
  /** Those that broke before the caller knew of a call. */
  readonly lostUnknown: number;
  /** Day and time as a text tells them, by appointment. */
  readonly spokenTimes: Readonly<Record<string, string>>;
  readonly missedCalls: number;
  readonly atMs: number;
}

type Finding = string;

const countBy = <T>(items: readonly T[], keyOf: (item: T) => string): Map<string, number> => {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(keyOf(item), (counts.get(keyOf(item)) ?? 0) + 1);
  return counts;
};

const eventsOnce = (webhooks: Evidence["webhooks"]) => [...new Map(webhooks.map((each) => [each.id, each])).values()];

/** Every active appointment stands once in its linked calendar, at its time; nothing else of ours stands there. */
function compareCalendars({ appointments, calendars }: Evidence): Finding[] {
  const found: Finding[] = [];
  const sameTime = (at: string, other: string) => Date.parse(at) === Date.parse(other);
  for (const { id, isLinked, events } of calendars) {
    const active = appointments.filter(({ calendarId, status }) => calendarId === id && status === "active");
    for (const [at, one] of active.entries()) {
      const over = active.slice(at + 1).filter((other) => one.startsAt < other.endsAt && other.startsAt < one.endsAt);
      found.push(...over.map((other) => `${one.id} and ${other.id} are at the same time in one calendar`));
      if (!isLinked) continue;
      const there = events.filter(({ appointmentId }) => appointmentId === one.id);
      if (there.length !== 1) found.push(`${one.id} is active and has ${there.length} events in its calendar`);
      const [event] = there;
      if (event && !(sameTime(event.startsAt, one.startsAt) && sameTime(event.endsAt, one.endsAt)))
        found.push(`${one.id} is at ${one.startsAt}, its event at ${event.startsAt}`);
      if (one.sync !== "synced") found.push(`${one.id} is active and its calendar is said to be ${one.sync}`);
    }
    for (const { appointmentId, startsAt } of events) {
      if (!active.some((one) => one.id === appointmentId))
        found.push(`an event at ${startsAt} stands for ${appointmentId ?? "nothing"}, which is not active there`);
    }
  }
  for (const { id, status, sync } of appointments) {
    if (status === "held") found.push(`${id} is still held`);
    if (status === "cancelled" && sync !== "none")
      found.push(`${id} is cancelled and its calendar is said to be ${sync}`);
  }
  return found;
}

/** Each event was told once as a deed, whatever was repeated on the way. */
function compareWebhooks({ appointments, messages, webhooks, deliveries }: Evidence): Finding[] {
  const found: Finding[] = [];
  const events = eventsOnce(webhooks);
  const count = (type: string, subject: string) =>
    events.filter((each) => each.type === type && each.subjectId === subject).length;
  for (const { eventId, type, status } of deliveries) {
    if (status !== "delivered") found.push(`webhook ${type} ${eventId} is ${status}`);
    if (!events.some(({ id }) => id === eventId)) found.push(`webhook ${type} ${eventId} never came`);
  }
  for (const { id, status } of appointments) {
    const [booked, cancelled, declined] = ["booked", "cancelled", "declined"].map((deed) =>
      count(`appointment.${deed}`, id),
    );
    if (booked !== (declined === 1 ? 0 : 1))
      found.push(`${id} (${status}) was told as booked ${booked} times, as declined ${declined} times`);
    const ends = (cancelled ?? 0) + (declined ?? 0);
    if (ends !== (status === "cancelled" ? 1 : 0)) found.push(`${id} is ${status} and was told as ended ${ends} times`);
  }
  for (const { id } of messages) {
    const told = count("message.taken", id);
    if (told !== 1) found.push(`message ${id} was told to the webhook ${told} times`);
  }
  const known = new Set([...appointments, ...messages].map(({ id }) => id));
  for (const { type, subjectId } of events)
    if (!known.has(subjectId)) found.push(`${type} tells of ${subjectId}, which is not there`);
  return found;
}

const kindsOf: Readonly<Record<string, readonly string[]>> = {
  "appointment.booked": ["confirmation", "owner-booking"],
  "appointment.rescheduled": ["moved", "owner-moved"],
  "appointment.cancelled": ["cancelled", "owner-cancellation"],
  "appointment.declined": ["declined", "owner-cancellation"],
  "message.taken": ["owner-message"],
};
const wasSent = (status: string) => ["queued", "sent", "delivered"].includes(status);

/** Each deed has its notification, and none of them is left over. */
function compareWritten({ notifications, webhooks, atMs, missedCalls }: Evidence): Finding[] {
  const found: Finding[] = [];
  for (const [key, times] of countBy(eventsOnce(webhooks), ({ type, subjectId }) => `${type} ${subjectId}`)) {
    const [type = "", subject = ""] = key.split(" ");
    const told = notifications.filter(({ subjectId }) => subjectId === subject);
    for (const kind of kindsOf[type] ?? []) {
      const channel = kind.startsWith("owner-") ? "email" : "sms";
      // Who wrote X has been told by the reply.
      const isAnswered = kind === "cancelled" && told.some((each) => each.kind === "reply-cancelled");
      const written = told.filter((each) => each.kind === kind && each.channel === channel).length;
      if (written !== (isAnswered ? 0 : times))
        found.push(`${subject}: ${type} happened ${times} times, ${kind} by ${channel} was written ${written} times`);
    }
  }
  for (const { id, kind, channel, status, reason, dueAt } of notifications) {
    const isLate = status === "waiting" && Date.parse(dueAt) <= atMs;
    if (isLate || status === "failed" || status === "undelivered")
      found.push(`${kind} by ${channel} ${id} is ${status}${reason === null ? "" : ` (${reason})`}`);
    // A reply is written to somebody who was told of an appointment: there must be one.
    if (kind === "reply-nothing") found.push(`${id}: somebody who was texted was told that there is no appointment`);
  }
  const missed = notifications.filter(({ kind }) => kind === "owner-missed-call").length;
  if (missed !== missedCalls) found.push(`${missedCalls} calls were missed, the owner was told of ${missed}`);
  return found;
}

/** What was sent stands once at the carrier; who comes has one text that says when. */
function compareTexts({ notifications, texts, appointments, spokenTimes }: Evidence): Finding[] {
  const found: Finding[] = [];
  const phoneOf = new Map(appointments.map(({ id, phone }) => [id, phone]));
  const sent = notifications.filter(({ channel, status }) => channel === "sms" && wasSent(status));
  const wanted = countBy(sent, ({ subjectId }) => phoneOf.get(subjectId ?? "") ?? "nobody");
  const came = countBy(texts, ({ to }) => to);
  for (const phone of new Set([...wanted.keys(), ...came.keys()])) {
    if (wanted.get(phone) !== came.get(phone))
      found.push(`${phone} was to get ${wanted.get(phone) ?? 0} texts and got ${came.get(phone) ?? 0}`);
  }
  for (const [text, times] of countBy(texts, ({ to, body }) => `${to}: ${body}`)) {
    if (times > 1) found.push(`this was texted ${times} times: ${text}`);
  }
  for (const { id, phone } of appointments.filter(({ status }) => status === "active")) {
    const spoken = spokenTimes[id] ?? "";
    const confirming = texts.filter(
      ({ to, body }) => to === phone && body.includes(spoken) && /is booked|is now/.test(body),
    );
    if (confirming.length !== 1)
      found.push(`${id} (${spoken}) is active and has ${confirming.length} confirmations by text`);
  }
  return found;
}

/** A mail whose answer was lost may come again, under the same Message-ID: the reader's own program takes it for one. */
function compareMails({ notifications, mails, mailAnswersLost }: Evidence): Finding[] {
  const found: Finding[] = [];
  const mailed = countBy(mails, ({ messageId }) => messageId.split("@")[0] ?? "");
  for (const { id, kind, status } of notifications.filter(({ channel }) => channel === "email")) {
    if (wasSent(status) !== mailed.has(id))
      found.push(`the mail ${kind} ${id} is ${status}, and came ${mailed.get(id) ?? 0} times`);
  }
  for (const id of mailed.keys()) {
    if (!notifications.some((each) => each.id === id)) found.push(`a mail ${id} came that nobody wrote`);
  }
  const repeated = mails.length - mailed.size;
  if (repeated > mailAnswersLost)
    found.push(`${repeated} mails came again, and only ${mailAnswersLost} answers were lost`);
  return found;
}

const auditOf: Readonly<Record<string, string>> = {
  "appointment.booked": "appointments.create",
  "appointment.rescheduled": "appointments.move",
  "appointment.cancelled": "appointments.cancel",
  "appointment.declined": "appointments.decline",
};

/** Every deed stands once in the audit log, and nothing stands there that was not done. */
function compareAudit({ audit, auditState, webhooks }: Evidence): Finding[] {
  const found: Finding[] = auditState === "intact" ? [] : [`the audit log is ${auditState}`];
  const events = eventsOnce(webhooks).filter(({ type }) => type in auditOf);
  const done = countBy(events, ({ type, subjectId }) => `${auditOf[type]} ${subjectId}`);
  const noted = countBy(
    audit.filter(({ action }) => Object.values(auditOf).includes(action)),
    ({ action, subject }) => `${action} ${subject}`,
  );
  for (const deed of new Set([...done.keys(), ...noted.keys()])) {
    if (done.get(deed) !== noted.get(deed))
      found.push(
        `${deed} was done ${done.get(deed) ?? 0} times and stands ${noted.get(deed) ?? 0} times in the audit log`,
      );
  }
  return found;
}

/** What a caller was told is so. */
function compareCalls({ deeds, appointments, messages, audit, lostCalls, lostUnknown }: Evidence): Finding[] {
  const found: Finding[] = [];
  for (const { callId, name, outcome } of deeds) {
    const noted = (action: string) =>
      audit.filter((entry) => entry.action === action && entry.actor.id === callId).length;
    const made =
      name === "book_appointment"
        ? appointments.filter((each) => each.callId === callId).length
        : name === "take_message"
          ? messages.filter((each) => each.callId === callId).length
          : name === "reschedule_appointment"
            ? noted("appointments.move")
            : name === "cancel_appointment"
              ? noted("appointments.cancel")
              : undefined;
    if (made === undefined) continue;
    const told = deeds.filter((each) => each.callId === callId && each.name === name && each.outcome === "ok").length;
    if (outcome === "ok" && made !== told)
      found.push(`${callId} was told ${told} times that ${name} was done, and it was done ${made} times`);
  }
  const untold = appointments.filter(({ callId }) => {
    if (callId === null || lostCalls.includes(callId)) return false;
    return !deeds.some(
      (each) => each.callId === callId && each.name === "book_appointment" && each.outcome !== "failed",
    );
  });
  if (untold.length > lostUnknown)
    found.push(...untold.map(({ id, callId }) => `${id} was booked in ${callId}, whose caller was not told so`));
  return found;
}

/** A line for each thing that disagrees. */
export function findDisagreements(evidence: Evidence): Finding[] {
  const comparisons = [
    compareCalendars,
    compareWebhooks,
    compareWritten,
    compareTexts,
    compareMails,
    compareAudit,
    compareCalls,
  ];
  return [...new Set(comparisons.flatMap((compare) => compare(evidence)))];
}

if (import.meta.main) {
  const [, , file = ""] = process.argv;
  const found = findDisagreements(JSON.parse(readFileSync(file, "utf8")) as Evidence);
  for (const each of found) console.log(each);
  console.log(found.length === 0 ? "Everything agrees." : `${found.length} things disagree.`);
  process.exitCode = found.length === 0 ? 0 : 1;
}
