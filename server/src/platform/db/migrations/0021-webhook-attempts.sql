-- What was tried, attempt by attempt; and which deliveries are due, so that no endpoint and no organisation holds up another.
create table webhook_attempts (
  id bigint generated always as identity primary key,
  org_id text not null references organizations (org_id) on delete cascade,
  delivery_id text not null references webhook_deliveries (id) on delete cascade,
  attempt integer not null,
  started_at timestamptz not null,
  -- Without an end: it is under way, or its process was killed.
  ended_at timestamptz,
  duration_ms integer,
  status_code integer,
  failure text,
  sealed_response bytea,
  unique (delivery_id, attempt)
);
select protect_tenant_table('webhook_attempts');

drop index webhook_deliveries_waiting;
create index webhook_deliveries_waiting on webhook_deliveries (endpoint_id, next_attempt_at, seq) where status = 'pending';
create index webhook_deliveries_claimed on webhook_deliveries (endpoint_id, claimed_until) where claimed_until is not null;
create index webhook_deliveries_finished on webhook_deliveries (org_id, finished_at) where finished_at is not null;

-- In the transaction of what happened, with its rights. The lock makes the events of one call (or subject) follow each other. An
-- event behind one that waits for its next attempt waits as long: those that cannot be sent are not looked at over and over.
create or replace function emit_webhook_event(event_id text, event_type text, subject text, call text, about jsonb, happened timestamptz)
  returns void language plpgsql as $$
begin
  if not exists (select from webhook_endpoints e where e.enabled and event_type = any (e.events)) then
    return;
  end if;
  perform pg_advisory_xact_lock(hashtextextended('webhook:' || coalesce(call, subject), 0));
  insert into webhook_deliveries (id, org_id, endpoint_id, event_id, type, order_key, subject_id, call_id, facts, created_at, next_attempt_at)
  select 'whd_' || md5(event_id || e.id), e.org_id, e.id, event_id, event_type, coalesce(call, subject), subject, call, about, happened,
    greatest(happened, (
      select max(d.next_attempt_at) from webhook_deliveries d
      where d.endpoint_id = e.id and d.order_key = coalesce(call, subject) and d.status = 'pending'
    ))
  from webhook_endpoints e where e.enabled and event_type = any (e.events)
  -- One that is being removed is left out, once it is gone.
  for key share of e;
  perform pg_notify('webhook_events', '');
end
$$;

-- The heads of what waits: per endpoint at most so many at one time (one, while it takes nothing), per organisation too, organisations
-- in turn. Two workers that ask at the same moment may together exceed these; what is claimed is claimed once all the same.
-- It reads a few rows of each endpoint for which something waits, however much waits.
drop function webhook_deliveries_due(timestamptz, integer);
create function webhook_deliveries_due(at timestamptz, at_most integer, per_endpoint integer, per_organization integer)
  returns setof text language sql stable security definer set search_path = pg_catalog, public as $$
    with recursive waiting (endpoint_id) as (
      (select d.endpoint_id from public.webhook_deliveries d where d.status = 'pending' order by d.endpoint_id limit 1)
      union all
      select (
        select d.endpoint_id from public.webhook_deliveries d
        where d.status = 'pending' and d.endpoint_id > w.endpoint_id order by d.endpoint_id limit 1
      )
      from waiting w where w.endpoint_id is not null
    ),
    endpoints as (
      select e.id, e.org_id, e.failing_since, (
        select count(*) from public.webhook_deliveries d where d.endpoint_id = e.id and d.claimed_until > at
      ) as busy
      from waiting w join public.webhook_endpoints e on e.id = w.endpoint_id where e.enabled
    ),
    organizations as (select e.org_id, sum(e.busy) as busy from endpoints e group by e.org_id),
    heads as (
      select e.org_id, d.id, d.next_attempt_at, d.seq, row_number() over (partition by e.id order by d.next_attempt_at, d.seq) as place
      from endpoints e cross join lateral (
        select d.id, d.next_attempt_at, d.seq from public.webhook_deliveries d
        where d.endpoint_id = e.id and d.status = 'pending' and d.next_attempt_at <= at
          and (d.claimed_until is null or d.claimed_until <= at)
          and not exists (
            select from public.webhook_deliveries earlier
            where earlier.endpoint_id = d.endpoint_id and earlier.order_key = d.order_key and earlier.status = 'pending'
              and earlier.seq < d.seq
          )
        order by d.next_attempt_at, d.seq
        limit greatest(0, case when e.failing_since is null then per_endpoint else 1 end - e.busy)
      ) d
    ),
    turns as (
      select h.*, o.busy + row_number() over (partition by h.org_id order by h.place, h.next_attempt_at, h.seq) as turn
      from heads h join organizations o on o.org_id = h.org_id
    )
    select t.org_id || '/' || t.id from turns t
    where t.turn <= per_organization order by t.turn, t.next_attempt_at, t.seq limit at_most
  $$;
revoke all on function webhook_deliveries_due(timestamptz, integer, integer, integer) from public;
grant execute on function webhook_deliveries_due(timestamptz, integer, integer, integer) to parley_app;
