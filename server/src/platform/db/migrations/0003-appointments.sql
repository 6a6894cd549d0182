create extension if not exists btree_gist;

create table appointments (
  id text primary key,
  org_id text not null references organizations (org_id) on delete cascade,
  call_id text,
  service text not null,
  starts_at timestamptz not null,
  ends_at timestamptz not null check (ends_at > starts_at),
  status text not null check (status in ('active', 'cancelled')),
  phone_hash bytea not null,
  sealed_details bytea not null,
  key_wrap bytea,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint appointments_one_at_a_time
    exclude using gist (org_id with =, tstzrange(starts_at, ends_at) with &&) where (status = 'active')
);
create index appointments_by_phone on appointments (org_id, phone_hash) where status = 'active';
select protect_tenant_table('appointments');

create table messages (
  id text primary key,
  org_id text not null references organizations (org_id) on delete cascade,
  call_id text,
  sealed_content bytea not null,
  key_wrap bytea,
  created_at timestamptz not null default now()
);
create index messages_newest on messages (org_id, created_at desc, id desc);
select protect_tenant_table('messages');

-- The first result of each deed, written in the deed's own transaction. The key is hashed: it may hold what the caller said.
-- `subject` ties deeds that undo each other.
create table tool_results (
  org_id text not null references organizations (org_id) on delete cascade,
  idempotency_hash bytea not null,
  call_id text not null,
  tool text not null,
  subject bytea,
  output jsonb,
  created_at timestamptz not null default now(),
  primary key (org_id, idempotency_hash)
);
create index tool_results_by_subject on tool_results (org_id, call_id, subject);
select protect_tenant_table('tool_results');
