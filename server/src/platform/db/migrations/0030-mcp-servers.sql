-- Servers of tools (Model Context Protocol) that an organisation added. Where they are, what is sent to prove who asks, what they said of
-- their tools and what was wrong are sealed.
create table mcp_servers (
  id text primary key,
  org_id text not null references organizations (org_id) on delete cascade,
  -- Its tools' names begin with it.
  name text not null check (name ~ '^[a-z][a-z0-9_]{0,23}$'),
  kind text not null check (kind in ('http', 'stdio')),
  enabled boolean not null default true,
  status text not null check (status in ('ok', 'refused', 'unreachable')),
  key_wrap bytea not null,
  -- Address and headers, or the command line.
  sealed_target bytea not null,
  sealed_tools bytea not null,
  sealed_problem bytea,
  -- The owner's word on single tools, by the server's name for them: read or write.
  effects jsonb not null default '{}',
  timeout_ms int not null,
  created_by text not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  checked_at timestamptz not null,
  unique (org_id, name),
  unique (org_id, id)
);
select protect_tenant_table('mcp_servers');
