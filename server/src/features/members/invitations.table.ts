import { pgTable, text, timestamp } from "drizzle-orm/pg-core";
import { bytea } from "../../platform/db/column-types.ts";

const time = (name: string) => timestamp(name, { withTimezone: true });

export const invitations = pgTable("invitations", {
  id: text("id").primaryKey(),
  orgId: text("org_id").notNull(),
  role: text("role", { enum: ["owner", "admin", "operator", "viewer"] }).notNull(),
  emailHash: bytea("email_hash").notNull(),
  sealedEmail: bytea("sealed_email").notNull(),
  keyWrap: bytea("key_wrap").notNull(),
  tokenHash: bytea("token_hash").notNull(),
  invitedBy: text("invited_by"),
  createdAt: time("created_at").notNull(),
  sentAt: time("sent_at").notNull(),
  expiresAt: time("expires_at").notNull(),
  acceptedAt: time("accepted_at"),
  revokedAt: time("revoked_at"),
});
