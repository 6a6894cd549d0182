/** Rows of numbers. */
import type { PhoneNumber } from "@parley/contract/phone-numbers";
import { asc, eq, gt } from "drizzle-orm";
import { AppError } from "../../kernel/app-error.ts";
import type { OrgTx } from "../../platform/db/org-db.ts";
import { sharesOf } from "./choose-route.ts";
import { type PhoneNumberRow, phoneNumbers } from "./phone-numbers.table.ts";
import { toPhoneNumber } from "./sealed-number.ts";

export async function requireNumber(tx: OrgTx, id: string): Promise<PhoneNumberRow> {
  const [row] = await tx.select().from(phoneNumbers).where(eq(phoneNumbers.id, id));
  if (row === undefined) throw new AppError("not_found", { publicMessage: "There is no such phone number." });
  return row;
}

export interface Page {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

export async function selectNumbers(
  tx: OrgTx,
  orgKey: Buffer,
  { limit, cursor }: Page,
): Promise<{ items: PhoneNumber[]; nextCursor: string | null }> {
  const after = cursor === undefined ? undefined : gt(phoneNumbers.id, cursor);
  const rows = await tx
    .select()
    .from(phoneNumbers)
    .where(after)
    .orderBy(asc(phoneNumbers.id))
    .limit(limit + 1);
  const shown = rows.slice(0, limit);
  return {
    items: shown.map((row) => toPhoneNumber(row, orgKey)),
    nextCursor: rows.length > limit ? (shown.at(-1)?.id ?? null) : null,
  };
}

/** Whether numbers hang on a connection. */
export async function hasNumbersOn(tx: OrgTx, connectionId: string): Promise<boolean> {
  const rows = await tx
    .select({ id: phoneNumbers.id })
    .from(phoneNumbers)
    .where(eq(phoneNumbers.connectionId, connectionId))
    .limit(1);
  return rows.length > 0;
}

/** Whether a number's calls go to an agent. */
export async function isAgentRouted(tx: OrgTx, agentId: string): Promise<boolean> {
  const rows = await tx.select({ routing: phoneNumbers.routing }).from(phoneNumbers);
  return rows.some(
    ({ routing: { routing } }) => routing !== null && sharesOf(routing).some(({ share }) => share.agentId === agentId),
  );
}

/** The number that texts come from: the one asked for, else the oldest that can. Undefined when none can. */
export async function findTextSender(
  tx: OrgTx,
  orgKey: Buffer,
  wanted?: string,
): Promise<{ number: string; connectionId: string } | undefined> {
  const { items } = await selectNumbers(tx, orgKey, { limit: 200 });
  const able = items.filter(({ canSms }) => canSms);
  const found = able.find(({ number }) => number === wanted) ?? able[0];
  return found && { number: found.number, connectionId: found.connectionId };
}
