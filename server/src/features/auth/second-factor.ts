/** The second factor: codes of an authenticator app (each taken once), and recovery codes for the day it is lost. */
import { randomBytes } from "node:crypto";
import { and, eq, lt } from "drizzle-orm";
import { generateSecret, generateURI, verify } from "otplib";
import type { Clock } from "../../kernel/clock.ts";
import { deriveSecret, keyedHash } from "../../platform/crypto/envelope.ts";
import type { UserTx } from "../../platform/db/org-db.ts";
import { userCredentials, userRecoveryCodes } from "./auth.tables.ts";
import type { People } from "./people.ts";

export interface SecondFactor {
  /** A new secret that counts for nothing until it is confirmed. */
  start(tx: UserTx, who: { userId: string; label: string }): Promise<{ secret: string; otpauthUri: string }>;
  /** The recovery codes, or undefined when the code is wrong or nothing was started. */
  confirm(tx: UserTx, userId: string, code: string): Promise<string[] | undefined>;
  isOn(tx: UserTx, userId: string): Promise<boolean>;
  /** True once for each code. */
  checkCode(tx: UserTx, userId: string, code: string): Promise<boolean>;
  /** True once for each recovery code. */
  useRecoveryCode(tx: UserTx, userId: string, code: string): Promise<boolean>;
  recoveryCodesLeft(tx: UserTx, userId: string): Promise<number>;
  turnOff(tx: UserTx, userId: string): Promise<void>;
}

const recoveryCodes = 10;
const recoveryAlphabet = "0123456789abcdefghjkmnpqrstvwxyz";
/** The step before and after ours: people's clocks differ and fingers are slow. */
const toleranceSeconds = 30;

function newRecoveryCode(): string {
  const letters = Array.from(randomBytes(16), (byte) => recoveryAlphabet[byte % 32]).join("");
  return letters.replace(/(.{4})(?=.)/g, "$1-");
}

const plainCode = (code: string) => code.toLowerCase().replaceAll(/[^0-9a-z]/g, "");

export function createSecondFactor(parts: { people: People; masterKey: Buffer; clock: Clock }): SecondFactor {
  const { people, clock } = parts;
  const recoveryKey = deriveSecret(parts.masterKey, "recovery-code");
  const hashOf = (userId: string, code: string) => keyedHash(recoveryKey, `${userId}\0${plainCode(code)}`);
  const ofUser = (userId: string) => eq(userCredentials.userId, userId);
  const touched = () => ({ updatedAt: new Date(clock.wallNow()) });

  const read = async (tx: UserTx, userId: string) => {
    const [row] = await tx.select().from(userCredentials).where(ofUser(userId));
    return row;
  };

  const takeCode = async (tx: UserTx, userId: string, code: string) => {
    const row = await read(tx, userId);
    if (!row?.sealedTotpSecret) return false;
    const secret = String(await people.open(tx, { userId, column: "totp-secret" }, row.sealedTotpSecret));
    return await takeStep(tx, { userId, clock }, { secret, code });
  };

  const isOn = async (tx: UserTx, userId: string) => {
    const row = await read(tx, userId);
    return row !== undefined && row.totpConfirmedAt !== null;
  };

  return {
    isOn,
    async start(tx, { userId, label }) {
      const secret = generateSecret();
      const sealedTotpSecret = await people.seal(tx, { userId, column: "totp-secret" }, secret);
      const values = { sealedTotpSecret, totpConfirmedAt: null, totpLastStep: 0, ...touched() };
      await tx.update(userCredentials).set(values).where(ofUser(userId));
      return { secret, otpauthUri: generateURI({ issuer: "Parley", label, secret }) };
    },
    async confirm(tx, userId, code) {
      if (!(await takeCode(tx, userId, code))) return undefined;
      const confirmed = { totpConfirmedAt: new Date(clock.wallNow()), ...touched() };
      await tx.update(userCredentials).set(confirmed).where(ofUser(userId));
      await tx.delete(userRecoveryCodes).where(eq(userRecoveryCodes.userId, userId));
      const codes = Array.from({ length: recoveryCodes }, newRecoveryCode);
      await tx.insert(userRecoveryCodes).values(codes.map((each) => ({ userId, codeHash: hashOf(userId, each) })));
      return codes;
    },
    checkCode: async (tx, userId, code) => (await isOn(tx, userId)) && (await takeCode(tx, userId, code)),
    async useRecoveryCode(tx, userId, code) {
      const used = await tx
        .delete(userRecoveryCodes)
        .where(and(eq(userRecoveryCodes.userId, userId), eq(userRecoveryCodes.codeHash, hashOf(userId, code))))
        .returning({ userId: userRecoveryCodes.userId });
      return used.length > 0;
    },
    recoveryCodesLeft: (tx, userId) => tx.$count(userRecoveryCodes, eq(userRecoveryCodes.userId, userId)),
    async turnOff(tx, userId) {
      const off = { sealedTotpSecret: null, totpConfirmedAt: null, totpLastStep: 0, ...touched() };
      await tx.update(userCredentials).set(off).where(ofUser(userId));
      await tx.delete(userRecoveryCodes).where(eq(userRecoveryCodes.userId, userId));
    },
  };
}

/** Takes the code's step, so that neither it nor an older one counts again; of two at once one succeeds. */
async function takeStep(
  tx: UserTx,
  { userId, clock }: { userId: string; clock: Clock },
  { secret, code }: { secret: string; code: string },
): Promise<boolean> {
  if (!/^\d{6}$/.test(code)) return false;
  const epoch = Math.floor(clock.wallNow() / 1000);
  const result = await verify({ secret, token: code, epoch, epochTolerance: toleranceSeconds });
  if (!result.valid || !("timeStep" in result)) return false;
  const taken = await tx
    .update(userCredentials)
    .set({ totpLastStep: result.timeStep, updatedAt: new Date(clock.wallNow()) })
    .where(and(eq(userCredentials.userId, userId), lt(userCredentials.totpLastStep, result.timeStep)))
    .returning({ userId: userCredentials.userId });
  return taken.length > 0;
}
