/** Whose a number is, and who answers it: asked for every call, before its organisation is known. */

import { eq, sql } from "drizzle-orm";
import type { OrgDb } from "../../platform/db/org-db.ts";
import { type ChosenRoute, chooseRoute } from "./choose-route.ts";
import type { PhoneNumberRow } from "./phone-numbers.table.ts";
import { phoneNumbers } from "./phone-numbers.table.ts";
import type { NumberHash } from "./sealed-number.ts";

export interface NumberOwner {
  readonly orgId: string;
  readonly phoneNumberId: string;
  /** Its account alone may speak for the number. */
  readonly connectionId: string;
  /** False: nobody answers it yet. */
  readonly isRouted: boolean;
}

export interface NumberRouter {
  /** Undefined: nobody claims it, or nobody answers it yet. `to` is E.164. */
  routeOf(to: string, atMs: number): Promise<(ChosenRoute & { readonly orgId: string }) | undefined>;
  ownerOf(number: string): Promise<NumberOwner | undefined>;
  /** An SMS came to the number. Nothing of it is kept but that it came. */
  countSms(number: string): Promise<void>;
}

export interface NumberRouterParts {
  readonly db: OrgDb;
  readonly hashOf: NumberHash;
  /** From 0 to below 1. */
  readonly random: () => number;
}

export function createNumberRouter({ db, hashOf, random }: NumberRouterParts): NumberRouter {
  const find = async (number: string): Promise<PhoneNumberRow | undefined> => {
    const numberHash = hashOf(number);
    const [orgId] = await db.askForIds("organization_of_phone_number", [numberHash]);
    if (orgId === undefined) return undefined;
    const [row] = await db.withOrg(orgId, (tx) =>
      tx.select().from(phoneNumbers).where(eq(phoneNumbers.numberHash, numberHash)),
    );
    return row;
  };
  return {
    async routeOf(to, atMs) {
      const row = await find(to);
      if (row === undefined || row.routing.routing === null) return undefined;
      const route = chooseRoute(row.routing.routing, { atMs, random });
      return route && { ...route, orgId: row.orgId };
    },
    async ownerOf(number) {
      const row = await find(number);
      if (row === undefined) return undefined;
      const { orgId, connectionId } = row;
      return { orgId, connectionId, phoneNumberId: row.id, isRouted: row.routing.routing !== null };
    },
    async countSms(number) {
      const row = await find(number);
      if (row === undefined) return;
      await db.withOrg(row.orgId, (tx) =>
        tx
          .update(phoneNumbers)
          .set({ smsReceived: sql`${phoneNumbers.smsReceived} + 1` })
          .where(eq(phoneNumbers.id, row.id)),
      );
    },
  };
}
