/** One Parley for one DATA_DIR. A lock whose owner is dead is recognised by pid and start time, and taken over. */
import { randomUUID } from "node:crypto";
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AppError } from "../../kernel/app-error.ts";
import { identifyProcess, isSameProcessAlive } from "./process-identity.ts";

export interface DataDirLock {
  release(): void;
}

interface LockContent {
  readonly pid: number;
  readonly startedAt: string;
  readonly nonce: string;
}

/** Throws `setting_invalid` naming DATA_DIR when a living Parley holds it or the folder cannot be written. */
export function lockDataDir(dataDir: string): DataDirLock {
  const path = join(dataDir, "parley.lock");
  const self = identifyProcess(process.pid);
  const own: LockContent = { pid: process.pid, startedAt: self?.startedAt ?? "unknown", nonce: randomUUID() };
  makeFolder(dataDir);
  const draft = `${path}.${own.nonce}`;
  writeFileSync(draft, JSON.stringify(own), { mode: 0o600 });
  try {
    for (let attempt = 0; attempt < 20; attempt++) {
      if (tryLink(draft, path)) return confirm(path, own, dataDir);
      removeIfStale(path, dataDir);
    }
    throw inUse(dataDir, undefined);
  } finally {
    rmSync(draft, { force: true });
  }
}

function confirm(path: string, own: LockContent, dataDir: string): DataDirLock {
  const held = readLock(path);
  if (held?.nonce !== own.nonce) throw inUse(dataDir, held?.pid);
  return {
    release() {
      if (readLock(path)?.nonce === own.nonce) rmSync(path, { force: true });
    },
  };
}

function removeIfStale(path: string, dataDir: string): void {
  const holder = readLock(path);
  if (holder !== undefined && isSameProcessAlive(holder)) throw inUse(dataDir, holder.pid);
  const aside = `${path}.stale-${randomUUID()}`;
  try {
    renameSync(path, aside);
  } catch {
    return; // another starter was quicker
  }
  // Between reading and renaming, another starter may have put its own lock there: give it back.
  const moved = readLock(aside);
  if (moved !== undefined && moved.nonce !== holder?.nonce && isSameProcessAlive(moved)) {
    tryLink(aside, path);
    rmSync(aside, { force: true });
    throw inUse(dataDir, moved.pid);
  }
  rmSync(aside, { force: true });
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function readLock(path: string): LockContent | undefined {
  try {
    const content: unknown = JSON.parse(readFileSync(path, "utf8"));
    if (typeof content !== "object" || content === null) return undefined;
    const { pid, startedAt, nonce } = content as Record<string, unknown>;
    if (typeof pid !== "number" || typeof startedAt !== "string" || typeof nonce !== "string") return undefined;
    return { pid, startedAt, nonce };
  } catch {
    return undefined;
  }
}

function makeFolder(dataDir: string): void {
  try {
    mkdirSync(dataDir, { recursive: true });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unknown";
    throw settingError(`DATA_DIR=${dataDir} cannot be made or written (${code}). Choose a folder this user may write.`);
  }
}

function inUse(dataDir: string, pid: number | undefined): AppError {
  const who = pid === undefined ? "" : ` (process ${pid})`;
  return settingError(
    `DATA_DIR=${dataDir} is in use by another Parley${who}. Stop that one, or set DATA_DIR to another folder.`,
  );
}

/** A fault the operator mends: one line that names the setting. */
export function settingError(publicMessage: string, cause?: unknown): AppError {
  return new AppError("setting_invalid", { publicMessage, family: "operational", cause });
}
