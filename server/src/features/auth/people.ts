/** Who a person is: name and address, sealed under a key of their own that the master key wraps. */
import { eq, inArray } from "drizzle-orm";
import type { Clock } from "../../kernel/clock.ts";
import { deriveSecret, keyedHash, newKey, open, seal, unwrapKey, wrapKey } from "../../platform/crypto/envelope.ts";
import type { OrgDb, OrgTx, UserTx } from "../../platform/db/org-db.ts";
import { users } from "./auth.tables.ts";

export interface Person {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly isEmailVerified: boolean;
  readonly language: string;
  readonly timeZone: string;
  readonly isInstallationAdmin: boolean;
  readonly createdAtMs: number;
}

export interface NewPerson {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly language: string;
  readonly timeZone: string;
  readonly isEmailVerified?: boolean;
  readonly isInstallationAdmin?: boolean;
}

export interface PersonChange {
  readonly name?: string;
  readonly email?: string;
  readonly isEmailVerified?: boolean;
  readonly language?: string;
  readonly timeZone?: string;
}

/** The columns that hold personal data; each is sealed for its own place. */
type SealedColumn = "email" | "name" | "totp-secret" | "device" | "new-email";

export interface People {
  /** Undefined when nobody has that address. */
  findByEmail(email: string): Promise<string | undefined>;
  hashOfEmail(email: string): Buffer;
  /** Throws DbError 23505 on `users_email_hash_key` when the address is taken. */
  insert(tx: UserTx, person: NewPerson): Promise<void>;
  /** Undefined when there is no such person. */
  read(tx: UserTx, userId: string): Promise<Person | undefined>;
  change(tx: UserTx, userId: string, change: PersonChange): Promise<void>;
  /** Members of the bound organisation; others are left out. */
  readMembers(tx: OrgTx, userIds: readonly string[]): Promise<Person[]>;
  seal(tx: UserTx, place: { userId: string; column: SealedColumn }, value: unknown): Promise<Buffer>;
  open(tx: UserTx, place: { userId: string; column: SealedColumn }, sealed: Buffer): Promise<unknown>;
}

type Row = typeof users.$inferSelect;

/** Addresses that differ in case or in form alone are one. */
export const normaliseEmail = (email: string) => email.trim().normalize("NFKC").toLowerCase();

/** Of no organisation: no organisation's id has this form. */
const placeOf = (userId: string, column: SealedColumn) => ({ orgId: "-", owner: userId, seq: column });

const sealEmail = (key: Buffer, userId: string, email: string) => seal(key, placeOf(userId, "email"), email.trim());
const sealName = (key: Buffer, userId: string, name: string) => seal(key, placeOf(userId, "name"), name);

function openPerson(key: Buffer, row: Row): Person {
  return {
    id: row.id,
    email: String(open(key, placeOf(row.id, "email"), row.sealedEmail)),
    name: String(open(key, placeOf(row.id, "name"), row.sealedName)),
    isEmailVerified: row.emailVerifiedAt !== null,
    language: row.language,
    timeZone: row.timeZone,
    isInstallationAdmin: row.isInstallationAdmin,
    createdAtMs: row.createdAt.getTime(),
  };
}

export function createPeople({ db, masterKey, clock }: { db: OrgDb; masterKey: Buffer; clock: Clock }): People {
  const lookupKey = deriveSecret(masterKey, "people-by-email");
  const hashOfEmail = (email: string) => keyedHash(lookupKey, normaliseEmail(email));
  const keyOfRow = (row: Pick<Row, "id" | "keyWrap">) => unwrapKey(masterKey, row.keyWrap, row.id);

  const keyOf = async (tx: UserTx, userId: string) => {
    const [row] = await tx.select({ id: users.id, keyWrap: users.keyWrap }).from(users).where(eq(users.id, userId));
    if (row === undefined) throw new Error("there is no such person");
    return keyOfRow(row);
  };

  const openRow = (row: Row) => openPerson(keyOfRow(row), row);

  return {
    hashOfEmail,
    findByEmail: async (email) => (await db.askForIds("user_with_email", [hashOfEmail(email)]))[0],
    async insert(tx, { id, email, name, isEmailVerified = false, isInstallationAdmin = false, ...plain }) {
      const now = new Date(clock.wallNow());
      const key = newKey();
      await tx.insert(users).values({
        ...plain,
        ...{ id, isInstallationAdmin, createdAt: now, updatedAt: now },
        emailHash: hashOfEmail(email),
        sealedEmail: sealEmail(key, id, email),
        sealedName: sealName(key, id, name),
        keyWrap: wrapKey(masterKey, key, id),
        emailVerifiedAt: isEmailVerified ? now : null,
      });
    },
    async read(tx, userId) {
      const [row] = await tx.select().from(users).where(eq(users.id, userId));
      return row === undefined ? undefined : openRow(row);
    },
    async change(tx, userId, { name, email, isEmailVerified, ...plain }) {
      const updatedAt = new Date(clock.wallNow());
      const key = await keyOf(tx, userId);
      const named = name === undefined ? {} : { sealedName: sealName(key, userId, name) };
      const address =
        email === undefined ? {} : { sealedEmail: sealEmail(key, userId, email), emailHash: hashOfEmail(email) };
      const verified = isEmailVerified === undefined ? {} : { emailVerifiedAt: isEmailVerified ? updatedAt : null };
      await tx
        .update(users)
        .set({ ...plain, ...named, ...address, ...verified, updatedAt })
        .where(eq(users.id, userId));
    },
    async readMembers(tx, userIds) {
      if (userIds.length === 0) return [];
      const rows = await tx
        .select()
        .from(users)
        .where(inArray(users.id, [...userIds]));
      return rows.map(openRow);
    },
    seal: async (tx, { userId, column }, value) => seal(await keyOf(tx, userId), placeOf(userId, column), value),
    open: async (tx, { userId, column }, sealed) => open(await keyOf(tx, userId), placeOf(userId, column), sealed),
  };
}
