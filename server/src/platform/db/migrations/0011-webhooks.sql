-- Where an organisation wants to be told, and what waits to be told. A delivery is written by the transaction of what happened:
-- ids and facts, never content; the payload is composed when it is sent.
create table webhook_endpoints (
  id text primary key,
  org_id text not null references organizations (org_id) on delete cascade,
  key_wrap bytea not null,
  sealed_url bytea not null,
  sealed_secret bytea not null,
  -- Signs beside the new one until then.
  sealed_former_secret bytea,
  former_secret_until timestamptz,
  events text[] not null,
  enabled boolean not null default true,
  disabled_reason text check (disabled_reason in ('owner', 'failing')),
  -- Since when no delivery has succeeded.
  failing_since timestamptz,
  created_by text not null,
  created_at timestamptz not null
);
select protect_tenant_table('webhook_endpoints');
create index webhook_endpoints_of_organization on webhook_endpoints (org_id, id);

create table webhook_deliveries (
  -- Given out behind the lock of its order key: within a key, the order of commits.
  seq bigint generated always as identity primary key,
  id text not null unique,
  org_id text not null references organizations (org_id) on delete cascade,
  endpoint_id text not null references webhook_endpoints (id) on delete cascade,
  event_id text not null,
  type text not null,
  -- What must arrive in order: the call, or the subject when there is no call.
  order_key text not null,
  subject_id text not null,
  call_id text,
  facts jsonb not null,
  created_at timestamptz not null,
  status text not null default 'pending' check (status in ('pending', 'delivered', 'dead')),
  attempts integer not null default 0,
  -- Counted since it was written or replayed.
  first_attempt_at timestamptz,
  next_attempt_at timestamptz not null,
  claimed_by text,
  claimed_until timestamptz,
  finished_at timestamptz,
  -- Of the last attempt.
  status_code integer,
  duration_ms integer,
  failure text,
  sealed_response bytea,
  unique (endpoint_id, event_id)
);
select protect_tenant_table('webhook_deliveries');
create index webhook_deliveries_waiting on webhook_deliveries (next_attempt_at) where status = 'pending';
create index webhook_deliveries_in_order on webhook_deliveries (endpoint_id, order_key, seq) where status = 'pending';
create index webhook_deliveries_of_endpoint on webhook_deliveries (org_id, endpoint_id, seq);

-- In the transaction of what happened, with its rights. The lock makes the events of one call (or subject) follow each other.
create function emit_webhook_event(event_id text, event_type text, subject text, call text, about jsonb, happened timestamptz)
  returns void language plpgsql as $$
begin
  if not exists (select from webhook_endpoints e where e.enabled and event_type = any (e.events)) then
    return;
  end if;
  perform pg_advisory_xact_lock(hashtextextended('webhook:' || coalesce(call, subject), 0));
  insert into webhook_deliveries (id, org_id, endpoint_id, event_id, type, order_key, subject_id, call_id, facts, created_at, next_attempt_at)
  select 'whd_' || md5(event_id || e.id), e.org_id, e.id, event_id, event_type, coalesce(call, subject), subject, call, about, happened, happened
  from webhook_endpoints e where e.enabled and event_type = any (e.events);
end
$$;
revoke all on function emit_webhook_event(text, text, text, text, jsonb, timestamptz) from public;
grant execute on function emit_webhook_event(text, text, text, text, jsonb, timestamptz) to parley_app;

-- Asked by the worker over all organisations: ids only.
create policy owner_reads on webhook_deliveries for select to parley_owner using (true);
create policy owner_reads on webhook_endpoints for select to parley_owner using (true);
create function webhook_deliveries_due(at timestamptz, at_most integer) returns setof text
  language sql stable security definer set search_path = pg_catalog, public as $$
    select d.org_id || '/' || d.id
    from public.webhook_deliveries d join public.webhook_endpoints e on e.id = d.endpoint_id
    where d.status = 'pending' and e.enabled and d.next_attempt_at <= at and (d.claimed_until is null or d.claimed_until <= at)
      and not exists (
        select from public.webhook_deliveries earlier
        where earlier.endpoint_id = d.endpoint_id and earlier.order_key = d.order_key and earlier.status = 'pending'
          and earlier.seq < d.seq
      )
    order by d.next_attempt_at, d.seq limit at_most
  $$;
create function webhook_deliveries_claimed_by(process text) returns setof text
  language sql stable security definer set search_path = pg_catalog, public as $$
    select d.org_id || '/' || d.id from public.webhook_deliveries d
    where d.status = 'pending' and d.claimed_by = process and d.claimed_until is not null
  $$;
revoke all on function webhook_deliveries_due(timestamptz, integer), webhook_deliveries_claimed_by(text) from public;
grant execute on function webhook_deliveries_due(timestamptz, integer), webhook_deliveries_claimed_by(text) to parley_app;
