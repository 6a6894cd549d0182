/** Passwords of the embedded PostgreSQL: made once, kept beside it, readable by its owner only. */
import { randomBytes } from "node:crypto";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { settingError } from "./data-dir-lock.ts";

const secretsShape = z.object({ superuserPassword: z.string().min(20), appPassword: z.string().min(20) });
export type EmbeddedSecrets = z.infer<typeof secretsShape>;

export function loadSecrets(dataDir: string, isNewCluster: boolean): EmbeddedSecrets {
  const path = join(dataDir, "postgres-secrets.json");
  const kept = readSecrets(path);
  if (kept !== undefined) return kept;
  if (!isNewCluster) {
    throw settingError(
      `${path} is missing or cannot be read, and without it the database in DATA_DIR cannot be opened. Put the file back from your backup, or move DATA_DIR away to start anew.`,
    );
  }
  const made: EmbeddedSecrets = { superuserPassword: newPassword(), appPassword: newPassword() };
  writeFileSync(`${path}.new`, JSON.stringify(made), { mode: 0o600 });
  renameSync(`${path}.new`, path);
  return made;
}

function readSecrets(path: string): EmbeddedSecrets | undefined {
  try {
    return secretsShape.safeParse(JSON.parse(readFileSync(path, "utf8"))).data;
  } catch {
    return undefined;
  }
}

const newPassword = () => randomBytes(32).toString("base64url");
