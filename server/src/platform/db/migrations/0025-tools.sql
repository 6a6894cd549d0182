-- Deeds outside our database: noted before they are done and settled after, so that none is done twice and none is forgotten.
create table tool_deeds (
  id text primary key,
  org_id text not null references organizations (org_id) on delete cascade,
  -- Hashed: it may hold what the caller said.
  idempotency_hash bytea not null,
  -- Absent: somebody tried it.
  call_id text,
  tool text not null,
  -- started: under way, or its process died. uncertain: nobody saw the answer. lost: looked for and not found. failed and lost were not done.
  state text not null check (state in ('started', 'done', 'failed', 'uncertain', 'lost')),
  -- Which run of it may settle it.
  run int not null default 1,
  key_wrap bytea not null,
  -- Input, settings and facts of the call: what it takes to look for it.
  sealed_work bytea not null,
  sealed_output bytea,
  -- When its owner was told that nobody knows.
  told_at timestamptz,
  created_at timestamptz not null,
  settled_at timestamptz,
  unique (org_id, idempotency_hash)
);
create index tool_deeds_of_call on tool_deeds (org_id, call_id);
select protect_tenant_table('tool_deeds');

-- Tools of an organisation's own: a request to a server of theirs.
create table custom_tools (
  id text primary key,
  org_id text not null references organizations (org_id) on delete cascade,
  name text not null,
  kind text not null check (kind in ('http')),
  key_wrap bytea not null,
  -- What it asks, where, and the secrets it shows.
  sealed_config bytea not null,
  revision int not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  unique (org_id, name)
);
select protect_tenant_table('custom_tools');

-- When this is seen, run that tool.
create table automations (
  id text primary key,
  org_id text not null references organizations (org_id) on delete cascade,
  trigger text not null check (trigger in ('outcome', 'intent')),
  enabled boolean not null,
  key_wrap bytea not null,
  sealed_config bytea not null,
  revision int not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  unique (org_id, id)
);
create index automations_of_organization on automations (org_id, id);
select protect_tenant_table('automations');

-- Once for each call and automation, whatever is seen how often.
create table automation_runs (
  id text not null unique,
  org_id text not null references organizations (org_id) on delete cascade,
  automation_id text not null,
  call_id text not null,
  state text not null check (state in ('waiting', 'done', 'failed', 'uncertain')),
  -- Under the automation's key: why it failed.
  sealed_problem bytea,
  created_at timestamptz not null,
  finished_at timestamptz,
  primary key (org_id, automation_id, call_id),
  foreign key (org_id, automation_id) references automations (org_id, id) on delete cascade
);
create index automation_runs_newest on automation_runs (org_id, automation_id, id);
create index automation_runs_of_call on automation_runs (org_id, call_id);
select protect_tenant_table('automation_runs');
