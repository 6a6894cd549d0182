/** Whose keys are sealed under an organisation's key: the tables, and the column that names the row in the wrap. */
export const wrappedTables = [
  { table: "agents", id: "id" },
  { table: "appointments", id: "id" },
  { table: "automations", id: "id" },
  { table: "blocked_numbers", id: "id" },
  { table: "calendars", id: "id" },
  { table: "calls", id: "id" },
  { table: "connections", id: "id" },
  { table: "contact_imports", id: "id" },
  { table: "contacts", id: "id" },
  { table: "custom_tools", id: "id" },
  { table: "invitations", id: "id" },
  { table: "knowledge_sources", id: "id" },
  { table: "mcp_servers", id: "id" },
  { table: "messages", id: "id" },
  { table: "notification_settings", id: "org_id" },
  { table: "notifications", id: "id" },
  { table: "outbound_calls", id: "call_id" },
  { table: "phone_numbers", id: "id" },
  { table: "privacy_jobs", id: "id" },
  { table: "tool_deeds", id: "id" },
  { table: "webhook_endpoints", id: "id" },
] as const;

/** Wrapped by something below the organisation's key: a call's, a contact's. They follow without a change. */
export const wrappedBelow: readonly string[] = ["contact_memories", "recordings"];

export type WrappedTable = (typeof wrappedTables)[number];
