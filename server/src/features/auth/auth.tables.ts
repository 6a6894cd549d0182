import { bigint, boolean, jsonb, pgTable, primaryKey, text, timestamp } from "drizzle-orm/pg-core";
import { bytea } from "../../platform/db/column-types.ts";

const time = (name: string) => timestamp(name, { withTimezone: true });

export const users = pgTable("users", {
  id: text("id").primaryKey(),
  emailHash: bytea("email_hash").notNull(),
  sealedEmail: bytea("sealed_email").notNull(),
  sealedName: bytea("sealed_name").notNull(),
  keyWrap: bytea("key_wrap").notNull(),
  emailVerifiedAt: time("email_verified_at"),
  language: text("language").notNull(),
  timeZone: text("time_zone").notNull(),
  isInstallationAdmin: boolean("is_installation_admin").notNull(),
  createdAt: time("created_at").notNull(),
  updatedAt: time("updated_at").notNull(),
});

/** Of scrypt. */
export interface PasswordCost {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

export const userCredentials = pgTable("user_credentials", {
  userId: text("user_id").primaryKey(),
  passwordHash: bytea("password_hash"),
  passwordSalt: bytea("password_salt"),
  passwordCost: jsonb("password_cost").$type<PasswordCost>(),
  sealedTotpSecret: bytea("sealed_totp_secret"),
  totpConfirmedAt: time("totp_confirmed_at"),
  totpLastStep: bigint("totp_last_step", { mode: "number" }).notNull().default(0),
  updatedAt: time("updated_at").notNull(),
});

export const userRecoveryCodes = pgTable(
  "user_recovery_codes",
  { userId: text("user_id").notNull(), codeHash: bytea("code_hash").notNull() },
  (table) => [primaryKey({ columns: [table.userId, table.codeHash] })],
);

export const sessions = pgTable("sessions", {
  id: text("id").primaryKey(),
  userId: text("user_id").notNull(),
  activeOrgId: text("active_org_id"),
  sealedDevice: bytea("sealed_device"),
  createdAt: time("created_at").notNull(),
  lastUsedAt: time("last_used_at").notNull(),
  expiresAt: time("expires_at").notNull(),
  revokedAt: time("revoked_at"),
  revokedBecause: text("revoked_because"),
});

export const refreshTokens = pgTable("refresh_tokens", {
  tokenHash: bytea("token_hash").primaryKey(),
  sessionId: text("session_id").notNull(),
  userId: text("user_id").notNull(),
  createdAt: time("created_at").notNull(),
  usedAt: time("used_at"),
});

export const oneTimeTokens = pgTable("one_time_tokens", {
  tokenHash: bytea("token_hash").primaryKey(),
  userId: text("user_id").notNull(),
  purpose: text("purpose", { enum: ["reset-password", "verify-email"] }).notNull(),
  emailHash: bytea("email_hash"),
  sealedEmail: bytea("sealed_email"),
  createdAt: time("created_at").notNull(),
  expiresAt: time("expires_at").notNull(),
  usedAt: time("used_at"),
});
