/** The key above all keys: from MASTER_KEY, or made once under DATA_DIR. */
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AppError } from "../../kernel/app-error.ts";
import { keyLength, newKey } from "./envelope.ts";

export interface MasterKeyOptions {
  /** The setting's value, base64 of 32 bytes. */
  readonly masterKey?: string;
  readonly dataDir: string;
  /** Told once, when a key is made. */
  readonly warn: (message: string) => void;
}

const mend = "Make one with: openssl rand -base64 32";

/** Throws `setting_invalid` naming the setting or the file. */
export function loadMasterKey({ masterKey, dataDir, warn }: MasterKeyOptions): Buffer {
  if (masterKey !== undefined) return parseKey(masterKey, "MASTER_KEY");
  const path = join(dataDir, "master.key");
  const kept = readKept(path);
  if (kept !== undefined) return parseKey(kept, path);
  const made = newKey();
  try {
    mkdirSync(dataDir, { recursive: true });
    // Complete or absent, and never over another process's key.
    writeFileSync(`${path}.${process.pid}`, `${made.toString("base64")}\n`, { mode: 0o600 });
    linkSync(`${path}.${process.pid}`, path);
  } catch (error) {
    const other = readKept(path);
    if (other !== undefined) return parseKey(other, path);
    throw invalid(
      `A master key cannot be written to ${path}. Give DATA_DIR write permission, or set MASTER_KEY. ${mend}`,
      error,
    );
  } finally {
    rmSync(`${path}.${process.pid}`, { force: true });
  }
  warn(`A master key was made at ${path}. Without it nothing stored can be read: keep a copy, or set MASTER_KEY.`);
  return made;
}

/** The key that a first start left under DATA_DIR. */
export function findKeptKey(dataDir: string): Buffer | undefined {
  const path = join(dataDir, "master.key");
  const kept = readKept(path);
  return kept === undefined ? undefined : parseKey(kept, path);
}

/** Throws `setting_invalid` naming `source`. */
export function parseKey(text: string, source: string): Buffer {
  const trimmed = text.trim();
  const key = Buffer.from(trimmed, "base64");
  const isBase64 = /^[A-Za-z0-9+/_-]+={0,2}$/.test(trimmed);
  if (!isBase64 || key.length !== keyLength) throw invalid(`${source} must be 32 bytes in base64. ${mend}`);
  return key;
}

function readKept(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw invalid(
      `The master key at ${path} cannot be read. Give this user permission to read it, or set MASTER_KEY.`,
      error,
    );
  }
}

function invalid(publicMessage: string, cause?: unknown): AppError {
  return new AppError("setting_invalid", { publicMessage, family: "operational", cause });
}
