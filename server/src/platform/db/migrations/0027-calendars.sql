-- What can be booked: the business, somebody who works there, a room. An organisation without any has one that is implied.
create table calendars (
  id text primary key,
  org_id text not null references organizations (org_id) on delete cascade,
  kind text not null check (kind in ('business', 'person', 'room')),
  key_wrap bytea not null,
  -- Its name, and the id of the foreign calendar it is kept in step with.
  sealed_details bytea not null,
  -- Hours, holidays, services and the like: what differs from the agent's.
  settings jsonb not null default '{}',
  -- The account through which the foreign calendar is reached.
  connection_id text,
  is_active boolean not null default true,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (org_id, id)
);
create index calendars_by_org on calendars (org_id, created_at, id);
create index calendars_by_connection on calendars (org_id, connection_id) where connection_id is not null;
select protect_tenant_table('calendars');

-- With what is needed before and after it. Without a zone, because only so is it the same whatever the session's zone is.
create function busy_range(starts_at timestamptz, ends_at timestamptz, before_minutes int, after_minutes int) returns tsrange
  language sql immutable parallel safe as $$
    select tsrange(
      (starts_at at time zone 'UTC') - make_interval(mins => before_minutes),
      (ends_at at time zone 'UTC') + make_interval(mins => after_minutes)
    )
  $$;

alter table appointments drop constraint appointments_one_at_a_time;
alter table appointments drop constraint appointments_status_check;
alter table appointments
  -- Null: the implied calendar.
  add column calendar_id text,
  add column room_id text,
  add column buffer_before_minutes int not null default 0 check (buffer_before_minutes between 0 and 1440),
  add column buffer_after_minutes int not null default 0 check (buffer_after_minutes between 0 and 1440),
  -- A held one that nothing was written for is let go then.
  add column hold_until timestamptz,
  -- A held one that is the new time of another: the two do not stand in each other's way.
  add column moves_id text,
  -- Of the deed's idempotency key: the same wish finds the same row.
  add column deed_hash bytea,
  add column external_id text,
  add column external_etag text,
  -- How the foreign calendar stands to it. none: there is none. writing: a wish may be on its way there, nobody knows. pending: active here,
  -- to be written there. synced. removing: cancelled here, to be removed there. conflict: moved there by a person, onto another one.
  add column sync_state text not null default 'none'
    check (sync_state in ('none', 'writing', 'pending', 'synced', 'removing', 'conflict')),
  add column sync_attempts int not null default 0,
  -- When somebody must look at it again.
  add column next_sync_at timestamptz,
  add column language text,
  -- In which its time was told. Null: the organisation's.
  add column time_zone text,
  add column contact_id text,
  -- When the person said that they will come.
  add column confirmed_at timestamptz,
  add constraint appointments_status_check check (status in ('held', 'active', 'cancelled')),
  add constraint appointments_one_at_a_time exclude using gist (
    org_id with =, coalesce(calendar_id, '') with =, coalesce(moves_id, id) with <>,
    busy_range(starts_at, ends_at, buffer_before_minutes, buffer_after_minutes) with &&
  ) where (status in ('held', 'active')),
  add constraint appointments_one_in_a_room exclude using gist (
    org_id with =, room_id with =, coalesce(moves_id, id) with <>,
    busy_range(starts_at, ends_at, buffer_before_minutes, buffer_after_minutes) with &&
  ) where (status in ('held', 'active') and room_id is not null);
drop index appointments_by_phone;
create index appointments_by_phone on appointments (org_id, phone_hash) where status in ('held', 'active');
create index appointments_by_time on appointments (org_id, starts_at, id);
create index appointments_by_calendar on appointments (org_id, calendar_id, starts_at) where status in ('held', 'active');
create unique index appointments_by_deed on appointments (org_id, deed_hash) where deed_hash is not null;
create index appointments_due on appointments (next_sync_at) where next_sync_at is not null;

-- Asked by the worker over all organisations: ids only.
create policy owner_reads on appointments for select to parley_owner using (true);
create function organizations_with_due_appointments(at timestamptz) returns setof text
  language sql stable security definer set search_path = pg_catalog, public as
  $$ select distinct org_id from public.appointments where next_sync_at <= at $$;
revoke all on function organizations_with_due_appointments(timestamptz) from public;
grant execute on function organizations_with_due_appointments(timestamptz) to parley_app;
