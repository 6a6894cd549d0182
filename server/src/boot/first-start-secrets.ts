/** Secrets the first start makes under DATA_DIR and prints, so that nothing runs unsigned or open. */
import { randomBytes } from "node:crypto";
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AppError } from "../kernel/app-error.ts";

function readKept(path: string): string | undefined {
  try {
    const text = readFileSync(path, "utf8").trim();
    return text === "" ? undefined : text;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw unusable(path, error);
  }
}

function unusable(path: string, cause: unknown): AppError {
  const publicMessage = `${path} cannot be read or written. Give this user permission for DATA_DIR, or set DATA_DIR to another folder.`;
  return new AppError("setting_invalid", { publicMessage, family: "operational", cause });
}

/** The secret kept in DATA_DIR/`name`, made (0600) when there is none. Throws AppError `setting_invalid`. */
export function keepSecret(dataDir: string, name: string, make: () => string): string {
  const path = join(dataDir, name);
  const kept = readKept(path);
  if (kept !== undefined) return kept;
  const draft = `${path}.${process.pid}`;
  try {
    mkdirSync(dataDir, { recursive: true });
    writeFileSync(draft, `${make()}\n`, { mode: 0o600 });
    // Complete or absent: a kill between the two leaves no half secret.
    rmSync(path, { force: true });
    linkSync(draft, path);
  } catch (error) {
    throw unusable(path, error);
  } finally {
    rmSync(draft, { force: true });
  }
  return readKept(path) ?? make();
}

export const newTwilioToken = () => randomBytes(16).toString("hex");
export const newApiKey = () => `pk_demo_${randomBytes(24).toString("base64url")}`;
