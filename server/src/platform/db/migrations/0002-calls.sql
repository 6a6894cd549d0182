create table calls (
  id text primary key,
  org_id text not null references organizations (org_id) on delete cascade,
  agent_id text not null,
  agent_name text not null,
  language text not null,
  channel text not null check (channel in ('phone', 'web', 'text')),
  direction text not null check (direction in ('inbound', 'outbound')),
  status text not null check (status in ('live', 'completed', 'failed', 'interrupted')),
  external_id text,
  process_id text not null,
  started_at timestamptz not null,
  answered_at timestamptz,
  ended_at timestamptz,
  last_event_at timestamptz not null,
  hang_up_reason text,
  duration_ms integer,
  turns integer not null default 0,
  first_audio_p50_ms real,
  sealed_caller bytea,
  sealed_called bytea,
  key_wrap bytea,
  unique (org_id, id)
);
create index calls_newest on calls (org_id, started_at desc, id desc);
create index calls_by_external_id on calls (org_id, external_id) where external_id is not null;
create index calls_open on calls (org_id) where ended_at is null;
select protect_tenant_table('calls');

create table call_events (
  org_id text not null,
  call_id text not null,
  seq integer not null,
  at_ms double precision not null,
  v smallint not null,
  type text not null,
  facts jsonb not null,
  content bytea,
  primary key (call_id, seq),
  foreign key (org_id, call_id) references calls (org_id, id) on delete cascade
);
select protect_tenant_table('call_events');
-- What happened is not rewritten.
revoke update on call_events from parley_app;

-- Asked at start, before any organisation is known: ids only. The owner may read this table to answer it, nothing more.
create policy owner_reads on calls for select to parley_owner using (true);
create function organizations_with_open_calls() returns setof text
  language sql stable security definer set search_path = pg_catalog, public as
  $$ select distinct org_id from public.calls where ended_at is null $$;
revoke all on function organizations_with_open_calls() from public;
grant execute on function organizations_with_open_calls() to parley_app;
