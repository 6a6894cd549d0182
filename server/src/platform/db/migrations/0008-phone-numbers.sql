-- An organisation's own accounts at vendors. Secrets, and what a vendor said of them, are sealed; `account_hash` finds the
-- carrier's account a webhook speaks for.
create table connections (
  id text primary key,
  org_id text not null references organizations (org_id) on delete cascade,
  vendor text not null,
  account_hash bytea,
  status text not null check (status in ('connected', 'failed')),
  sealed_name bytea not null,
  sealed_secrets bytea not null,
  sealed_problem bytea,
  key_wrap bytea not null,
  created_at timestamptz not null,
  rotated_at timestamptz not null,
  checked_at timestamptz not null
);
create unique index connections_one_account on connections (org_id, vendor, account_hash) nulls not distinct;
create index connections_by_account on connections (account_hash) where account_hash is not null;
select protect_tenant_table('connections');

-- A number belongs to one organisation of the installation: `number_hash` is made with a key of the installation.
create table phone_numbers (
  id text primary key,
  org_id text not null references organizations (org_id) on delete cascade,
  connection_id text not null,
  number_hash bytea not null unique,
  -- The number, its name and the carrier's id of it; then how its settings were found last.
  sealed_number bytea not null,
  sealed_finding bytea,
  key_wrap bytea not null,
  state text not null check (state in ('ready', 'drifted', 'unreachable')),
  routing jsonb not null,
  sms_received bigint not null default 0,
  created_at timestamptz not null,
  checked_at timestamptz not null
);
create index phone_numbers_by_connection on phone_numbers (org_id, connection_id);
select protect_tenant_table('phone_numbers');

-- Calls the platform places: there before the call itself is, and all there is of one that nobody answers.
create table outbound_calls (
  call_id text primary key,
  org_id text not null references organizations (org_id) on delete cascade,
  phone_number_id text not null,
  external_id text,
  state text not null check (state in ('dialing', 'answered', 'ended')),
  -- Whom it calls and from where, and what the call is planned from.
  sealed_order bytea not null,
  key_wrap bytea not null,
  created_at timestamptz not null,
  answered_at timestamptz,
  ended_at timestamptz
);
create index outbound_calls_by_external_id on outbound_calls (org_id, external_id);
select protect_tenant_table('outbound_calls');

-- What the carrier reported of a call, each report once.
create table carrier_reports (
  org_id text not null references organizations (org_id) on delete cascade,
  external_id text not null,
  report_key text not null,
  sequence integer,
  status text not null,
  duration_s integer,
  answered_by text,
  error_code integer,
  sip_code integer,
  price numeric,
  price_currency text,
  reported_at timestamptz not null,
  primary key (org_id, external_id, report_key)
);
select protect_tenant_table('carrier_reports');

-- Asked before an organisation is known: ids only.
create policy owner_reads on connections for select to parley_owner using (true);
create policy owner_reads on phone_numbers for select to parley_owner using (true);
create policy owner_reads on outbound_calls for select to parley_owner using (true);

create function organizations_of_carrier_account(hash bytea) returns setof text
  language sql stable security definer set search_path = pg_catalog, public as
  $$ select org_id from public.connections where account_hash = hash order by org_id limit 50 $$;
create function organization_of_connection(wanted text) returns setof text
  language sql stable security definer set search_path = pg_catalog, public as
  $$ select org_id from public.connections where id = wanted $$;
create function organization_of_phone_number(hash bytea) returns setof text
  language sql stable security definer set search_path = pg_catalog, public as
  $$ select org_id from public.phone_numbers where number_hash = hash $$;
create function organizations_with_phone_numbers() returns setof text
  language sql stable security definer set search_path = pg_catalog, public as
  $$ select distinct org_id from public.phone_numbers $$;
create function organization_of_outbound_call(wanted text) returns setof text
  language sql stable security definer set search_path = pg_catalog, public as
  $$ select org_id from public.outbound_calls where call_id = wanted $$;
revoke all on function organizations_of_carrier_account(bytea), organization_of_connection(text),
  organization_of_phone_number(bytea), organizations_with_phone_numbers(), organization_of_outbound_call(text) from public;
grant execute on function organizations_of_carrier_account(bytea), organization_of_connection(text),
  organization_of_phone_number(bytea), organizations_with_phone_numbers(), organization_of_outbound_call(text) to parley_app;
