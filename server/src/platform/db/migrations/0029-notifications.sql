-- Who is told of what. An event is written by the transaction of what happened: ids, never words. A notification is one telling of it to
-- one person; its words are made when it is sent, sealed while they are under way, and destroyed with their key afterwards.
create table notification_events (
  id text primary key,
  org_id text not null references organizations (org_id) on delete cascade,
  type text not null,
  subject_id text not null,
  call_id text,
  -- Of an appointment, as the event left it.
  starts_at timestamptz,
  happened_at timestamptz not null,
  handled_at timestamptz,
  -- Of a call, once handled: nobody was spoken with.
  is_missed boolean
);
select protect_tenant_table('notification_events');
create index notification_events_waiting on notification_events (org_id, happened_at) where handled_at is null;
create index notification_events_of on notification_events (org_id, happened_at);

create table notifications (
  id text primary key,
  org_id text not null references organizations (org_id) on delete cascade,
  -- What it tells of. Nobody is told of it twice in the same way.
  event_key text not null,
  kind text not null,
  channel text not null check (channel in ('sms', 'email')),
  -- `customer`, a member (`user:…`), or an address of the settings by its hash.
  recipient text not null,
  -- Of the customer's number, as appointments are found by.
  recipient_hash bytea,
  subject_id text,
  call_id text,
  starts_at timestamptz,
  happened_at timestamptz not null,
  status text not null default 'waiting'
    check (status in ('waiting', 'queued', 'sent', 'delivered', 'undelivered', 'failed', 'skipped')),
  reason text,
  due_at timestamptz not null,
  attempts integer not null default 0,
  first_attempt_at timestamptz,
  claimed_until timestamptz,
  -- At the vendor.
  external_id text,
  segments integer,
  sealed_content bytea,
  key_wrap bytea,
  created_at timestamptz not null,
  finished_at timestamptz,
  unique (org_id, event_key, kind, channel, recipient)
);
select protect_tenant_table('notifications');
create unique index notifications_by_external_id on notifications (org_id, external_id) where external_id is not null;
create index notifications_waiting on notifications (org_id, due_at) where status = 'waiting';
create index notifications_newest on notifications (org_id, id desc);
create index notifications_of_customer on notifications (org_id, recipient_hash, id desc) where recipient_hash is not null;

create table notification_settings (
  org_id text primary key references organizations (org_id) on delete cascade,
  key_wrap bytea not null,
  sealed_settings bytea not null,
  -- `HH:mm` of the organisation's zone; null: no digest.
  digest_at text,
  updated_at timestamptz not null
);
select protect_tenant_table('notification_settings');

create table notification_digests (
  org_id text not null references organizations (org_id) on delete cascade,
  day date not null,
  primary key (org_id, day)
);
select protect_tenant_table('notification_digests');

-- Who wrote STOP: kept until they write START.
create table text_opt_outs (
  org_id text not null references organizations (org_id) on delete cascade,
  recipient_hash bytea not null,
  since timestamptz not null,
  primary key (org_id, recipient_hash)
);
select protect_tenant_table('text_opt_outs');

-- Each text that came, once: what it meant, not what it said.
create table inbound_texts (
  org_id text not null references organizations (org_id) on delete cascade,
  external_id text not null,
  sender_hash bytea not null,
  meaning text not null,
  received_at timestamptz not null,
  primary key (org_id, external_id)
);
select protect_tenant_table('inbound_texts');
create index inbound_texts_of on inbound_texts (org_id, sender_hash, received_at);

alter table messages add column done_at timestamptz, add column done_by text;
create index messages_open on messages (org_id, id desc) where done_at is null;
create index messages_by_id on messages (org_id, id desc);

-- Asked by the worker over all organisations: ids only.
create policy owner_reads on notification_events for select to parley_owner using (true);
create policy owner_reads on notifications for select to parley_owner using (true);
create policy owner_reads on notification_settings for select to parley_owner using (true);
create policy owner_reads on notification_digests for select to parley_owner using (true);
create function organizations_with_notifications(at timestamptz) returns setof text
  language sql stable security definer set search_path = pg_catalog, public as $$
    select e.org_id from public.notification_events e where e.handled_at is null
    union
    select n.org_id from public.notifications n
    where n.status = 'waiting' and n.due_at <= at and (n.claimed_until is null or n.claimed_until <= at)
  $$;
-- Where it is past the hour of the day's digest, and none was written.
create function organizations_without_digest(at timestamptz) returns setof text
  language sql stable security definer set search_path = pg_catalog, public as $$
    select o.org_id from public.organizations o left join public.notification_settings s on s.org_id = o.org_id
    where length(o.key_wrap) > 0 and (s.org_id is null or s.digest_at is not null)
      and to_char(at at time zone o.time_zone, 'HH24:MI') >= coalesce(s.digest_at, '18:00')
      and not exists (
        select from public.notification_digests d where d.org_id = o.org_id and d.day = (at at time zone o.time_zone)::date
      )
  $$;
revoke all on function organizations_with_notifications(timestamptz), organizations_without_digest(timestamptz) from public;
grant execute on function organizations_with_notifications(timestamptz), organizations_without_digest(timestamptz) to parley_app;
