/** Passwords by scrypt, hashed on the thread pool; the cost is kept with each hash, so that it can rise. */
import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { AppError } from "../../kernel/app-error.ts";
import type { PasswordCost } from "./auth.tables.ts";

export interface PasswordHash {
  readonly passwordHash: Buffer;
  readonly passwordSalt: Buffer;
  readonly passwordCost: PasswordCost;
}

/** 32 MiB for each try. */
const currentCost: PasswordCost = { N: 2 ** 15, r: 8, p: 3 };
const hashLength = 32;

/** At one time: the thread pool has other work, and whoever signs in by the thousand must not slow down all others. */
const maxRunning = 2;
const maxWaiting = 60;
let running = 0;
const waiting: (() => void)[] = [];

async function takeTurn(): Promise<void> {
  if (running < maxRunning) {
    running++;
    return;
  }
  if (waiting.length >= maxWaiting) {
    throw new AppError("too_many_requests", {
      publicMessage: "Too many people sign in right now. Try again in a moment.",
      retryAfterMs: 3000,
    });
  }
  await new Promise<void>((resolve) => waiting.push(resolve));
}

function passTurn(): void {
  const next = waiting.shift();
  if (next === undefined) running--;
  else next();
}

async function derive(password: string, salt: Buffer, cost: PasswordCost): Promise<Buffer> {
  await takeTurn();
  const maxmem = 256 * cost.N * cost.r;
  try {
    return await new Promise((resolve, reject) => {
      scrypt(password.normalize("NFKC"), salt, hashLength, { ...cost, maxmem }, (error, key) =>
        error === null ? resolve(key) : reject(error),
      );
    });
  } finally {
    passTurn();
  }
}

export async function hashPassword(password: string): Promise<PasswordHash> {
  const passwordSalt = randomBytes(16);
  return { passwordHash: await derive(password, passwordSalt, currentCost), passwordSalt, passwordCost: currentCost };
}

type KeptHash = { readonly [K in keyof PasswordHash]: PasswordHash[K] | null };

/** Takes as long when there is nothing to compare with: an answer's time tells no account. */
export async function verifyPassword(password: string, kept: KeptHash | undefined): Promise<boolean> {
  const { passwordHash, passwordSalt, passwordCost } = kept ?? {};
  if (!passwordHash || !passwordSalt || !passwordCost) {
    await derive(password, randomBytes(16), currentCost);
    return false;
  }
  const given = await derive(password, passwordSalt, passwordCost);
  return passwordHash.length === given.length && timingSafeEqual(passwordHash, given);
}
