-- Who did what, chained: each entry's hash covers the one before it. Entries are added, never changed or taken away.
create table audit_entries (
  org_id text not null references organizations (org_id) on delete cascade,
  seq bigint not null,
  at timestamptz not null,
  actor_kind text not null,
  actor_id text not null,
  action text not null,
  subject text,
  facts jsonb not null,
  previous_hash bytea not null,
  hash bytea not null,
  primary key (org_id, seq)
);
create index audit_by_subject on audit_entries (org_id, subject) where subject is not null;
select protect_tenant_table('audit_entries');
revoke update, delete on audit_entries from parley_app;

-- The chain's end, locked by whoever adds to it.
create table audit_heads (
  org_id text primary key references organizations (org_id) on delete cascade,
  seq bigint not null,
  hash bytea not null
);
select protect_tenant_table('audit_heads');
revoke delete on audit_heads from parley_app;
