/**
 * What an agent's tools send: noted in the tool's own transaction, sent by a job. The caller's own number and the contact's are open to it;
 * others only where the owner allows it.
 */
import { newId } from "../../platform/db/new-id.ts";
import type { OrgTx } from "../../platform/db/org-db.ts";
import { toE164 } from "../contacts/index.ts";
import { readPlace } from "../organizations/index.ts";
import type { NotePart, NotificationParts } from "./notification-parts.ts";
import { isOptedOut } from "./opt-outs.ts";
import { hashOfNumber } from "./people.ts";
import { readSettings } from "./settings.ts";
import { askToTend, type Content, writeNotifications } from "./write-notification.ts";

export interface AgentText {
  readonly orgId: string;
  /** Absent: sent by what follows a call, which then must name whom it goes to. */
  readonly callId?: string;
  /** A number as it was said; absent: the caller's. */
  readonly to?: string;
  readonly body: string;
}

export interface AgentMail {
  readonly orgId: string;
  readonly callId?: string;
  /** Absent: the contact's first address. */
  readonly to?: string;
  readonly subject: string;
  readonly text: string;
}

export type SendOutcome =
  | { readonly ok: true; readonly notificationId: string }
  /** Nothing will be sent. `publicMessage` is for the model. */
  | { readonly ok: false; readonly publicMessage: string };

export type SendText = (tx: OrgTx, text: AgentText) => Promise<SendOutcome>;
export type SendEmail = (tx: OrgTx, mail: AgentMail) => Promise<SendOutcome>;

export interface AgentSendingParts extends NotePart, Pick<NotificationParts, "callOf" | "contactOf" | "mayReach"> {
  /** Whether a number of the organisation's can send texts. */
  readonly canText: (tx: OrgTx, orgId: string) => Promise<boolean>;
}

export interface AgentSending {
  readonly sendText: SendText;
  readonly sendEmail: SendEmail;
}

const refused = (publicMessage: string): SendOutcome => ({ ok: false, publicMessage });
/** Ten parts of an Arabic text, or the carrier's own limit. */
const longestBody = 670;

/** Both work in the tool's transaction. */
export function createAgentSending(parts: AgentSendingParts): AgentSending {
  return { sendText: (tx, text) => sendText(tx, text, parts), sendEmail: (tx, mail) => sendEmail(tx, mail, parts) };
}

async function readCaller(tx: OrgTx, { orgId, callId }: { orgId: string; callId?: string }, parts: AgentSendingParts) {
  const call = callId === undefined ? undefined : await parts.callOf(tx, { orgId, id: callId });
  const number = call && toE164((call.direction === "inbound" ? call.from : call.to) ?? "", null);
  const contact = number === undefined ? undefined : await parts.contactOf(tx, orgId, number);
  return { number, contact };
}

async function sendText(tx: OrgTx, text: AgentText, parts: AgentSendingParts): Promise<SendOutcome> {
  const { orgId, callId, body } = text;
  if (body.trim() === "") return refused("body: there is nothing in it. Say what the text should tell.");
  if (body.length > longestBody) return refused(`body: at most ${longestBody} letters. Make it shorter.`);
  const { country } = await readPlace(tx);
  const caller = await readCaller(tx, text, parts);
  const to = text.to === undefined ? caller.number : toE164(text.to, country);
  if (to === undefined) return refused("to: this cannot be read as a phone number. Ask for it, digit by digit.");
  const own = [caller.number, ...(caller.contact?.phones ?? []).map(({ number }) => number)];
  const settings = await readSettings(tx, orgId, parts);
  if (!own.includes(to) && !settings.textOtherNumbers)
    return refused("to: texts go to the caller's own number only. Offer that, or take a message.");
  if (!(await parts.mayReach(tx, to))) return refused("to: texts to that country are not allowed here.");
  const recipientHash = hashOfNumber(await parts.organizations.keyOf(tx, orgId), to);
  if (await isOptedOut(tx, recipientHash)) return refused("to: this number asked for no more texts.");
  if (!(await parts.canText(tx, orgId))) return refused("Texts cannot be sent from here. Offer to take a message.");
  return await note(tx, { orgId, callId, recipientHash, content: { channel: "sms", from: null, to, body } }, parts);
}

async function sendEmail(tx: OrgTx, mail: AgentMail, parts: AgentSendingParts): Promise<SendOutcome> {
  const { orgId, callId, subject, text } = mail;
  const caller = await readCaller(tx, mail, parts);
  const to = mail.to?.trim() ?? caller.contact?.emails[0];
  if (to === undefined) return refused("to: no e-mail address of the caller is known. Ask for it, letter by letter.");
  if (!/^[^\s@,;<>"]+@[^\s@,;<>"]+\.[^\s@,;<>"]+$/.test(to))
    return refused("to: this is no e-mail address. Ask again.");
  const settings = await readSettings(tx, orgId, parts);
  const isOwn = caller.contact?.emails.some((own) => own.toLowerCase() === to.toLowerCase()) === true;
  if (!isOwn && !settings.textOtherNumbers)
    return refused("to: mail goes to an address known of the caller only. Offer a text, or take a message.");
  const orgKey = await parts.organizations.keyOf(tx, orgId);
  const recipientHash = caller.number === undefined ? null : hashOfNumber(orgKey, caller.number);
  const content = { channel: "email" as const, to, subject: subject.replace(/\s+/g, " ").trim().slice(0, 200), text };
  return await note(tx, { orgId, callId, recipientHash, content }, parts);
}

interface AgentNote {
  readonly orgId: string;
  readonly callId: string | undefined;
  readonly recipientHash: Buffer | null;
  readonly content: Content;
}

async function note(tx: OrgTx, about: AgentNote, parts: AgentSendingParts): Promise<SendOutcome> {
  const { orgId, callId = null, recipientHash, content } = about;
  const wanted = {
    ...{ eventKey: newId("agent", parts.clock.wallNow()), kind: "from-agent" as const, channel: content.channel },
    ...{ recipient: "customer", recipientHash, callId, content },
  };
  const [notificationId] = await writeNotifications(tx, { orgId, wanted: [wanted] }, parts);
  if (notificationId === undefined) throw new Error("a notification of a new event was there already");
  await askToTend(tx, orgId, parts);
  return { ok: true, notificationId };
}
