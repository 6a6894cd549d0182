/** Which appointment a caller means, and whether they may change it. Never the wrong one. */
import type { OrgTx } from "../../platform/db/org-db.ts";
import { hashOfCaller, readCallerHash } from "../calls/index.ts";
import { comingOf, openDetails } from "./appointment-rows.ts";
import type { AppointmentRow } from "./appointments.table.ts";
import { failed } from "./bookable-slots.ts";
import {
  type BusinessProfile,
  findService,
  localDate,
  localWords,
  parseLocalDate,
  parseLocalTime,
} from "./business-profile.ts";
import { fitsName } from "./person-names.ts";
import { normalizePhone } from "./phone.ts";

export interface OwnWish {
  readonly profile: BusinessProfile;
  readonly phone: string;
  /** The call in which it is asked. */
  readonly callId?: string | undefined;
  /** As the caller tells it. */
  readonly name?: string | undefined;
  /** Which of several: what for, and when it is now. */
  readonly service?: string | undefined;
  readonly currentStartsAt?: string | undefined;
}

export interface OwnSearch {
  readonly wish: OwnWish;
  readonly orgKey: Buffer;
  readonly phoneHash: Buffer;
  readonly nowMs: number;
}

type Found = { readonly ok: true; readonly row: AppointmentRow } | ReturnType<typeof failed>;

const noneFound = failed("There is no coming appointment under this phone number.");

/** The row is locked. Says nothing of appointments to who may not change them. */
export async function findOwn(tx: OrgTx, search: OwnSearch): Promise<Found> {
  const { wish, phoneHash, nowMs, orgKey } = search;
  const check = wish.profile.identityCheck ?? "none";
  const isCaller = check.startsWith("caller-number") && (await isCallersNumber(tx, search));
  if (check === "caller-number" && !isCaller) {
    return failed(
      "For safety this is only done in a call from the number that the appointment was made under. Offer to take a message.",
    );
  }
  const coming = await comingOf(tx, phoneHash, nowMs);
  const needsName = check === "name" || (check === "caller-number-or-name" && !isCaller);
  if (!needsName) return chooseOne(coming, wish);
  if (wish.name === undefined || wish.name.trim() === "") {
    return failed("name: ask for the full name that the appointment was made under.");
  }
  const told = wish.name;
  const own = coming.filter((row) => fitsName(openDetails(orgKey, row)?.name ?? "", told));
  // Whether there is one under another name is nobody else's business.
  if (own.length === 0) return failed("There is no coming appointment under this phone number and name.");
  return chooseOne(own, wish);
}

async function isCallersNumber(tx: OrgTx, { wish, orgKey }: OwnSearch): Promise<boolean> {
  const number = normalizePhone(wish.phone, wish.profile.country);
  const hash = hashOfCaller(orgKey, number);
  if (hash === undefined || wish.callId === undefined) return false;
  return (await readCallerHash(tx, wish.callId))?.equals(hash) ?? false;
}

function chooseOne(coming: readonly AppointmentRow[], wish: OwnWish): Found {
  const { profile, service, currentStartsAt } = wish;
  if (coming.length === 0) return noneFound;
  const named = service === undefined ? undefined : findService(profile, service)?.name;
  const fitting = coming.filter(
    (row) => (named === undefined || row.service === named) && isAt(profile, row.startsAt.getTime(), currentStartsAt),
  );
  const [only, ...others] = fitting;
  // A single one is meant, unless the caller named another.
  if (only !== undefined && others.length === 0) return { ok: true, row: only };
  const list = coming
    .slice(0, 5)
    .map((row) => `${row.service} on ${localWords(profile, row.startsAt.getTime())}`)
    .join("; ");
  if (coming.length === 1) return failed(`There is only this one: ${list}. Ask whether it is meant.`);
  return failed(
    `There are ${coming.length} coming appointments under this number: ${list}. Ask which one is meant, and give its present time as currentStartsAt.`,
  );
}

function isAt(profile: BusinessProfile, startMs: number, told: string | undefined): boolean {
  if (told === undefined || told.trim() === "") return true;
  const time = parseLocalTime(profile, told);
  if (time !== undefined) return time === startMs;
  const date = parseLocalDate(profile, told);
  return date === undefined || date === localDate(profile, startMs);
}
