-- The installation's root key, sealed under each MASTER_KEY (or key of a key service) that may open it. Read by whoever prepares the
-- database; parley_app sees names and times through the function below.
create table installation_keys (
  holder text primary key,
  kind text not null check (kind in ('setting', 'aws-kms')),
  root_wrap bytea not null,
  made_at timestamptz not null
);
create function installation_key_holders() returns setof text
  language sql stable security definer set search_path = pg_catalog, public as $$
    select k.holder || ' ' || k.kind || ' ' || to_char(k.made_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
    from public.installation_keys k order by k.made_at desc, k.holder
  $$;

-- Later versions of an organisation's key; the first is organizations.key_wrap, from which the keys of hashes are derived as well.
-- A wrap that is gone was destroyed: nothing it sealed is left.
create table organization_keys (
  org_id text not null references organizations (org_id) on delete cascade,
  version integer not null check (version >= 2),
  root_wrap bytea,
  -- New wraps are made with it from then on; every process knows it before.
  active_from timestamptz not null,
  destroyed_at timestamptz,
  primary key (org_id, version)
);
select protect_tenant_table('organization_keys');

create table privacy_policies (
  org_id text primary key references organizations (org_id) on delete cascade,
  policy jsonb not null,
  updated_at timestamptz not null
);
select protect_tenant_table('privacy_policies');

-- Exports, erasures, runs of retention, rotations of keys: what was asked, how far it is, what it did, in numbers.
create table privacy_jobs (
  org_id text not null references organizations (org_id) on delete cascade,
  id text not null,
  kind text not null check (kind in ('export', 'erasure', 'retention', 'key-rotation')),
  state text not null check (state in ('waiting', 'running', 'done', 'failed', 'expired')),
  subject text,
  options jsonb not null default '{}',
  counts jsonb not null default '{}',
  -- Of an archive, under the organisation's key.
  key_wrap bytea,
  stored_bytes bigint,
  location text check (location in ('folder', 's3')),
  actor_kind text not null,
  actor_id text not null,
  created_at timestamptz not null,
  finished_at timestamptz,
  expires_at timestamptz,
  primary key (org_id, id)
);
create unique index privacy_jobs_one_rotation on privacy_jobs (org_id) where kind = 'key-rotation' and state in ('waiting', 'running');
select protect_tenant_table('privacy_jobs');

-- Calls whose content, or recordings whose sound, a job has still to take. A line goes when the stored object is gone too.
create table privacy_job_calls (
  org_id text not null,
  job_id text not null,
  call_id text not null,
  what text not null check (what in ('call', 'recording')),
  primary key (org_id, job_id, call_id),
  foreign key (org_id, job_id) references privacy_jobs (org_id, id) on delete cascade
);
select protect_tenant_table('privacy_job_calls');

-- What was erased for ever. A copy of each line lies outside the database: a restored backup that lacks one is erased again.
create table erasures (
  org_id text not null references organizations (org_id) on delete cascade,
  kind text not null check (kind in ('contact')),
  subject text not null,
  erased_at timestamptz not null,
  primary key (org_id, kind, subject)
);
select protect_tenant_table('erasures');

-- For jobs over all organisations that are not being erased: ids only.
create function organizations_to_tend() returns setof text
  language sql stable security definer set search_path = pg_catalog, public as
  $$ select org_id from public.organizations where length(key_wrap) > 0 order by org_id $$;

revoke all on function installation_key_holders(), organizations_to_tend() from public;
grant execute on function installation_key_holders(), organizations_to_tend() to parley_app;

create index calls_by_end on calls (org_id, ended_at) where key_wrap is not null and ended_at is not null;
