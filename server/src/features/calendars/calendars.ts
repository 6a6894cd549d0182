/** What an organisation lets be booked. Every change is one transaction with its entry in the audit log. */
import type { Calendar, CalendarChange, CalendarLink, NewCalendar } from "@parley/contract/calendars";
import { and, asc, eq, gt, or } from "drizzle-orm";
import { AppError } from "../../kernel/app-error.ts";
import type { Clock } from "../../kernel/clock.ts";
import { newId } from "../../platform/db/new-id.ts";
import type { OrgDb, OrgTx } from "../../platform/db/org-db.ts";
import type { Actor } from "../../platform/http/principal.ts";
import type { AuditLog } from "../audit/index.ts";
import type { Organizations } from "../organizations/index.ts";
import { type CalendarRow, calendars } from "./calendars.table.ts";
import { type KnownCalendar, openCalendar, readCalendars, sealCalendar } from "./known-calendars.ts";

interface Asked {
  readonly orgId: string;
  readonly actor: Actor;
}

interface OneCalendar {
  readonly orgId: string;
  readonly calendarId: string;
}

export interface Calendars {
  /** Throws AppError `bad_request` for a cursor that is none. */
  list(
    orgId: string,
    page: { limit: number; cursor?: string | undefined },
  ): Promise<{ items: Calendar[]; nextCursor: string | null }>;
  get(one: OneCalendar): Promise<Calendar>;
  /** Throws AppError `conflict` for a name that is there already, `bad_request` for a connection that is no calendar's. */
  create(asked: Asked, wanted: NewCalendar): Promise<Calendar>;
  change(asked: Asked & OneCalendar, change: CalendarChange): Promise<Calendar>;
  /** Throws AppError `conflict` while there are coming appointments. */
  remove(asked: Asked & OneCalendar): Promise<void>;
}

export interface LinkedCalendar extends OneCalendar {
  /** Undefined: it is linked to none any more. */
  readonly link: CalendarLink | undefined;
}

/** What hangs on calendars and is kept by others, in the change's transaction. */
export interface CalendarFollowers {
  /** The organisation had none before. */
  onFirst(tx: OrgTx, calendarId: string): Promise<void>;
  onLinked(tx: OrgTx, linked: LinkedCalendar): Promise<void>;
  /** How many are coming. */
  countComing(tx: OrgTx, calendarId: string): Promise<number>;
}

export interface CalendarsParts {
  readonly db: OrgDb;
  readonly clock: Clock;
  readonly organizations: Organizations;
  readonly audit: AuditLog;
  readonly followers: CalendarFollowers;
  /** Whether the organisation has this account and calendars can be reached by it. */
  readonly isCalendarAccount: (tx: OrgTx, connectionId: string) => Promise<boolean>;
  /** Asked of the vendor, before the transaction. Undefined: it could not be asked, and nothing speaks against it. */
  readonly canWriteThere?: (orgId: string, link: CalendarLink) => Promise<boolean | undefined>;
}

const most = 200;

export function toCalendar(known: KnownCalendar): Calendar {
  const { createdAt, updatedAt, link, ...shown } = known;
  return {
    ...shown,
    link: link ?? null,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  };
}

export function createCalendars(parts: CalendarsParts): Calendars {
  const { db, organizations } = parts;
  const opened = async (tx: OrgTx, row: CalendarRow) =>
    toCalendar(openCalendar(await organizations.keyOf(tx, row.orgId), row));
  return {
    list: (orgId, page) => db.withOrg(orgId, (tx) => listCalendars(tx, { orgId, parts, page })),
    get: ({ orgId, calendarId }) => db.withOrg(orgId, async (tx) => opened(tx, await requireRow(tx, calendarId))),
    async create(asked, wanted) {
      await checkThere(parts, asked.orgId, wanted.link);
      return await db.withOrg(asked.orgId, (tx) => createCalendar(tx, { asked, parts, wanted }));
    },
    async change({ calendarId, ...asked }, change) {
      await checkThere(parts, asked.orgId, change.link);
      return await db.withOrg(asked.orgId, (tx) => changeCalendar(tx, { asked, parts, calendarId, change }));
    },
    remove: ({ calendarId, ...asked }) =>
      db.withOrg(asked.orgId, (tx) => removeCalendar(tx, { asked, parts, calendarId })),
  };
}

interface Work {
  readonly asked: Asked;
  readonly parts: CalendarsParts;
}

interface ListWork {
  readonly orgId: string;
  readonly parts: CalendarsParts;
  readonly page: { readonly limit: number; readonly cursor?: string | undefined };
}

async function listCalendars(tx: OrgTx, { orgId, parts, page: { limit, cursor } }: ListWork) {
  const [after] = cursor === undefined ? [] : await tx.select().from(calendars).where(eq(calendars.id, cursor));
  if (cursor !== undefined && after === undefined) {
    throw new AppError("bad_request", {
      publicMessage: "cursor is not one this list gave out. Leave it away to start.",
    });
  }
  const { createdAt, id } = calendars;
  const beyond = after && or(gt(createdAt, after.createdAt), and(eq(createdAt, after.createdAt), gt(id, after.id)));
  const rows = await tx
    .select()
    .from(calendars)
    .where(beyond)
    .orderBy(asc(createdAt), asc(id))
    .limit(limit + 1);
  const orgKey = await parts.organizations.keyOf(tx, orgId);
  const items = rows.slice(0, limit).map((row) => toCalendar(openCalendar(orgKey, row)));
  return { items, nextCursor: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
}

/** Throws AppError `not_found`. The row is locked: who books in it waits. */
async function requireRow(tx: OrgTx, calendarId: string): Promise<CalendarRow> {
  const [row] = await tx.select().from(calendars).where(eq(calendars.id, calendarId)).for("update");
  if (row === undefined) throw new AppError("not_found", { publicMessage: "There is no such calendar." });
  return row;
}

const fold = (name: string) => name.normalize("NFKC").trim().toLowerCase();

/** Callers ask for a calendar by its name. */
function refuseTwice(others: readonly KnownCalendar[], name: string): void {
  if (!others.some((other) => fold(other.name) === fold(name))) return;
  throw new AppError("conflict", { publicMessage: "name: there is a calendar of this name already. Choose another." });
}

async function checkLink(tx: OrgTx, parts: CalendarsParts, link: CalendarLink | null | undefined): Promise<void> {
  if (link === null || link === undefined || (await parts.isCalendarAccount(tx, link.connectionId))) return;
  throw new AppError("bad_request", {
    publicMessage:
      "link.connectionId is no Google, Microsoft or CalDAV connection of this organisation. Connect one first.",
  });
}

/** A wrong id would be found by the first caller who books. */
async function checkThere(parts: CalendarsParts, orgId: string, link: CalendarLink | null | undefined): Promise<void> {
  if (link === null || link === undefined || (await parts.canWriteThere?.(orgId, link)) !== false) return;
  throw new AppError("bad_request", {
    publicMessage:
      "link.externalCalendarId: the account has no such calendar that can be written to. Take an id from the connection's list of calendars.",
  });
}

async function createCalendar(tx: OrgTx, { asked, parts, wanted }: Work & { wanted: NewCalendar }): Promise<Calendar> {
  const { orgId, actor } = asked;
  const { kind, name, settings } = wanted;
  const orgKey = await parts.organizations.keyOf(tx, orgId);
  const others = await readCalendars(tx, orgKey);
  if (others.length >= most) {
    throw new AppError("conflict", {
      publicMessage: `There are ${most} calendars; more are not possible. Remove one.`,
    });
  }
  refuseTwice(others, name);
  await checkLink(tx, parts, wanted.link);
  const now = new Date(parts.clock.wallNow());
  const id = newId("cal", now.getTime());
  const link = wanted.link ?? undefined;
  const [row] = await tx
    .insert(calendars)
    .values({
      id,
      orgId,
      kind,
      settings,
      createdAt: now,
      updatedAt: now,
      ...sealCalendar(orgKey, { id, orgId, name, link }),
    })
    .returning();
  if (row === undefined) throw new Error("a calendar was not written");
  if (kind !== "room" && others.every((other) => other.kind === "room")) await parts.followers.onFirst(tx, id);
  if (link !== undefined) await parts.followers.onLinked(tx, { orgId, calendarId: id, link });
  await parts.audit.append(tx, { orgId, actor, action: "calendars.create", subject: id, facts: { kind } });
  return toCalendar(openCalendar(orgKey, row));
}

interface ChangeWork extends Work {
  readonly calendarId: string;
  readonly change: CalendarChange;
}

async function changeCalendar(tx: OrgTx, { asked, parts, calendarId, change }: ChangeWork): Promise<Calendar> {
  const { orgId, actor } = asked;
  const before = await requireRow(tx, calendarId);
  const orgKey = await parts.organizations.keyOf(tx, orgId);
  const known = openCalendar(orgKey, before);
  const others = (await readCalendars(tx, orgKey)).filter(({ id }) => id !== calendarId);
  const name = change.name ?? known.name;
  refuseTwice(others, name);
  await checkLink(tx, parts, change.link);
  const link = change.link === undefined ? known.link : (change.link ?? undefined);
  const [row] = await tx
    .update(calendars)
    .set({
      settings: change.settings ?? known.settings,
      isActive: change.isActive ?? known.isActive,
      updatedAt: new Date(parts.clock.wallNow()),
      ...sealCalendar(orgKey, { id: calendarId, orgId, name, link }, before.keyWrap),
    })
    .where(eq(calendars.id, calendarId))
    .returning();
  if (row === undefined) throw new Error("a calendar was not changed");
  const isSameLink =
    link?.connectionId === known.link?.connectionId && link?.externalCalendarId === known.link?.externalCalendarId;
  if (!isSameLink) await parts.followers.onLinked(tx, { orgId, calendarId, link });
  await parts.audit.append(tx, {
    ...{ orgId, actor, action: "calendars.change", subject: calendarId },
    facts: { changed: Object.keys(change).sort().join(",") },
  });
  return toCalendar(openCalendar(orgKey, row));
}

async function removeCalendar(tx: OrgTx, { asked, parts, calendarId }: Work & { calendarId: string }): Promise<void> {
  await requireRow(tx, calendarId);
  const coming = await parts.followers.countComing(tx, calendarId);
  if (coming > 0) {
    throw new AppError("conflict", {
      publicMessage: `There are ${coming} coming appointments in it. Move or cancel them, or set isActive to false.`,
    });
  }
  await parts.followers.onLinked(tx, { orgId: asked.orgId, calendarId, link: undefined });
  await tx.delete(calendars).where(eq(calendars.id, calendarId));
  await parts.audit.append(tx, { ...asked, action: "calendars.delete", subject: calendarId });
}
