-- A consent that was asked for at Google or Microsoft and has not come back: found by a hash of its state, taken once.
create table oauth_requests (
  state_hash bytea primary key,
  org_id text not null references organizations (org_id) on delete cascade,
  user_id text not null,
  vendor text not null check (vendor in ('google', 'microsoft')),
  -- The connection that is given a new consent; null makes a new one.
  connection_id text,
  -- Of the cookie of the browser that began it.
  browser_hash bytea not null,
  scopes text[] not null,
  expires_at timestamptz not null
);
create index oauth_requests_by_org on oauth_requests (org_id, expires_at);
select protect_tenant_table('oauth_requests');

-- One refresher at a time: whoever holds the claim asks the vendor, the others wait for what it writes.
alter table connections add column refresh_claimed_until timestamptz;

-- A calendar of ours that is kept in step with one of somebody else's.
create table calendar_syncs (
  org_id text not null references organizations (org_id) on delete cascade,
  calendar_id text not null,
  connection_id text not null,
  cursor text,
  -- Raised by every round; a round that was overtaken writes nothing.
  round bigint not null default 0,
  synced_at timestamptz,
  failing_since timestamptz,
  -- A sentence for the owner.
  problem text,
  -- Where the vendor tells us of changes: its channel, until when, and a hash of what it says to be known by.
  channel_id text,
  channel_token_hash bytea,
  channel_until timestamptz,
  primary key (org_id, calendar_id)
);
select protect_tenant_table('calendar_syncs');

-- When somebody is busy there with what is not ours. Times alone: what it is stays there.
create table external_busy (
  org_id text not null references organizations (org_id) on delete cascade,
  calendar_id text not null,
  -- A hash: an id may be a path with a person's name in it.
  external_id text not null,
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  primary key (org_id, calendar_id, external_id)
);
create index external_busy_by_time on external_busy (org_id, calendar_id, starts_at, ends_at);
select protect_tenant_table('external_busy');

-- Asked before an organisation is known: ids only.
create policy owner_reads on oauth_requests for select to parley_owner using (true);
create policy owner_reads on calendar_syncs for select to parley_owner using (true);
create function organization_of_oauth_state(hash bytea) returns setof text
  language sql stable security definer set search_path = pg_catalog, public as
  $$ select org_id from public.oauth_requests where state_hash = hash $$;
create function organization_of_calendar_sync(wanted text) returns setof text
  language sql stable security definer set search_path = pg_catalog, public as
  $$ select org_id from public.calendar_syncs where calendar_id = wanted $$;
create function organizations_with_calendar_syncs() returns setof text
  language sql stable security definer set search_path = pg_catalog, public as
  $$ select distinct org_id from public.calendar_syncs $$;
revoke all on function organization_of_oauth_state(bytea), organization_of_calendar_sync(text),
  organizations_with_calendar_syncs() from public;
grant execute on function organization_of_oauth_state(bytea), organization_of_calendar_sync(text),
  organizations_with_calendar_syncs() to parley_app;
