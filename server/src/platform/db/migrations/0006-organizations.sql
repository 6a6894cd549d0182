alter table organizations
  add column language text not null default 'en-US',
  add column time_zone text not null default 'UTC',
  add column country text,
  add column policies jsonb not null default '{}';

-- What the installation's administrator decided about an organisation. The organisation reads it and cannot change it.
create table organization_standings (
  org_id text primary key references organizations (org_id) on delete cascade,
  suspended_at timestamptz,
  max_concurrent_calls integer check (max_concurrent_calls >= 0),
  max_members integer check (max_members >= 1),
  max_calls_per_day integer check (max_calls_per_day >= 0),
  updated_at timestamptz not null default now()
);
select protect_tenant_table('organization_standings');
revoke insert, update, delete on organization_standings from parley_app;

create table invitations (
  id text primary key,
  org_id text not null references organizations (org_id) on delete cascade,
  role text not null check (role in ('owner', 'admin', 'operator', 'viewer')),
  email_hash bytea not null,
  sealed_email bytea not null,
  key_wrap bytea not null,
  token_hash bytea not null unique,
  -- Absent: the installation's administrator.
  invited_by text,
  created_at timestamptz not null,
  sent_at timestamptz not null,
  expires_at timestamptz not null,
  accepted_at timestamptz,
  revoked_at timestamptz
);
create unique index invitations_one_open on invitations (org_id, email_hash) where accepted_at is null and revoked_at is null;
create index invitations_newest on invitations (org_id, id desc);
select protect_tenant_table('invitations');

create table api_keys (
  id text primary key,
  org_id text not null references organizations (org_id) on delete cascade,
  name text not null,
  prefix text not null,
  token_hash bytea not null unique,
  permissions text[] not null,
  -- Absent: made by the installation itself, as the demo's.
  created_by text,
  created_at timestamptz not null,
  expires_at timestamptz,
  last_used_at timestamptz,
  revoked_at timestamptz
);
create index api_keys_newest on api_keys (org_id, id desc);
select protect_tenant_table('api_keys');

-- Read by the owner of the functions below, which tell ids, names and numbers.
create policy owner_reads on organizations for select to parley_owner using (true);
create policy owner_reads on memberships for select to parley_owner using (true);
create policy owner_reads on sessions for select to parley_owner using (true);
create policy owner_reads on invitations for select to parley_owner using (true);
create policy owner_reads on api_keys for select to parley_owner using (true);
create policy owner_decides on organization_standings for all to parley_owner using (true) with check (true);

create function organization_of_api_key(hash bytea) returns setof text
  language sql stable security definer set search_path = pg_catalog, public as
  $$ select org_id from public.api_keys where token_hash = hash $$;

create function organization_of_invitation(hash bytea) returns setof text
  language sql stable security definer set search_path = pg_catalog, public as
  $$ select org_id from public.invitations where token_hash = hash $$;

-- Its key is destroyed; its rows are still to go.
create function organizations_being_erased() returns setof text
  language sql stable security definer set search_path = pg_catalog, public as
  $$ select org_id from public.organizations where length(key_wrap) = 0 $$;

-- When the members of the transaction's organisation were last there: in it, not elsewhere.
create function members_last_seen() returns table (user_id text, last_seen_at timestamptz)
  language sql stable security definer set search_path = pg_catalog, public as $$
    select s.user_id, max(s.last_used_at)
    from public.sessions s
    join public.memberships m on m.user_id = s.user_id and m.org_id = s.active_org_id
    where s.active_org_id = nullif(current_setting('parley.org_id', true), '')
    group by s.user_id
  $$;

-- For the installation's administrator: all organisations after an id, or the one named.
create function installation_organizations(after_id text, only_id text, at_most integer) returns table (
    org_id text, name text, created_at timestamptz, suspended_at timestamptz,
    max_concurrent_calls integer, max_members integer, max_calls_per_day integer,
    members bigint, live_calls bigint, calls bigint, failed_calls bigint, call_minutes double precision, last_call_at timestamptz
  )
  language sql stable security definer set search_path = pg_catalog, public as $$
    select o.org_id, o.name, o.created_at, s.suspended_at,
           s.max_concurrent_calls, s.max_members, s.max_calls_per_day,
           (select count(*) from public.memberships m where m.org_id = o.org_id),
           (select count(*) from public.calls c where c.org_id = o.org_id and c.ended_at is null),
           lately.calls, lately.failed, lately.minutes,
           (select c.started_at from public.calls c where c.org_id = o.org_id order by c.started_at desc, c.id desc limit 1)
    from (
      select * from public.organizations page
      where page.org_id > after_id and (only_id = '' or page.org_id = only_id)
      order by page.org_id limit at_most
    ) o
    left join public.organization_standings s on s.org_id = o.org_id
    cross join lateral (
      select count(*) as calls,
             count(*) filter (where c.status in ('failed', 'interrupted')) as failed,
             coalesce(sum(c.duration_ms), 0) / 60000.0::double precision as minutes
      from public.calls c where c.org_id = o.org_id and c.started_at > now() - interval '30 days'
    ) lately
    order by o.org_id
  $$;

create function installation_suspend(target text, since timestamptz) returns void
  language sql security definer set search_path = pg_catalog, public as $$
    insert into public.organization_standings (org_id, suspended_at) values (target, since)
    on conflict (org_id) do update set suspended_at = excluded.suspended_at, updated_at = now()
  $$;

create function installation_limit(target text, concurrent_calls integer, members integer, calls_per_day integer) returns void
  language sql security definer set search_path = pg_catalog, public as $$
    insert into public.organization_standings (org_id, max_concurrent_calls, max_members, max_calls_per_day)
    values (target, concurrent_calls, members, calls_per_day)
    on conflict (org_id) do update set
      max_concurrent_calls = excluded.max_concurrent_calls, max_members = excluded.max_members,
      max_calls_per_day = excluded.max_calls_per_day, updated_at = now()
  $$;

revoke all on function organization_of_api_key(bytea), organization_of_invitation(bytea), organizations_being_erased(), members_last_seen(),
  installation_organizations(text, text, integer), installation_suspend(text, timestamptz),
  installation_limit(text, integer, integer, integer) from public;
grant execute on function organization_of_api_key(bytea), organization_of_invitation(bytea), organizations_being_erased(), members_last_seen(),
  installation_organizations(text, text, integer), installation_suspend(text, timestamptz),
  installation_limit(text, integer, integer, integer) to parley_app;
