import type { Permission } from "@parley/contract/permission";
import { pgTable, text, timestamp } from "drizzle-orm/pg-core";
import { bytea } from "../../platform/db/column-types.ts";

const time = (name: string) => timestamp(name, { withTimezone: true });

export const apiKeys = pgTable("api_keys", {
  id: text("id").primaryKey(),
  orgId: text("org_id").notNull(),
  name: text("name").notNull(),
  prefix: text("prefix").notNull(),
  tokenHash: bytea("token_hash").notNull(),
  permissions: text("permissions").array().$type<Permission[]>().notNull(),
  createdBy: text("created_by"),
  createdAt: time("created_at").notNull(),
  expiresAt: time("expires_at"),
  lastUsedAt: time("last_used_at"),
  revokedAt: time("revoked_at"),
});
