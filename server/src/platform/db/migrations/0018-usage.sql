-- What was used and what it cost, what an organisation pays for it, and where it stops. Figures and ids; no content.

-- Prices the installation's administrator set above the built-in ones. Never changed: a new row is a new version. A price
-- that is null takes the ones before it back.
create table vendor_prices (
  seq bigint generated always as identity primary key,
  provider text not null,
  model_pattern text not null,
  unit text not null,
  price numeric check (price >= 0),
  per bigint not null check (per > 0),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  valid_from timestamptz not null,
  -- The administrator.
  created_by text not null,
  created_at timestamptz not null default now()
);

-- An organisation's own contracts: for what it pays itself.
create table organization_prices (
  seq bigint generated always as identity primary key,
  org_id text not null references organizations (org_id) on delete cascade,
  provider text not null,
  model_pattern text not null,
  unit text not null,
  price numeric check (price >= 0),
  per bigint not null check (per > 0),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  valid_from timestamptz not null,
  created_at timestamptz not null default now()
);
create index organization_prices_of on organization_prices (org_id, provider, unit);
select protect_tenant_table('organization_prices');
revoke update, delete on organization_prices from parley_app;

-- One line for each thing used. `subject` is the call, or what else used it; with the source it makes entering twice harmless.
-- Lines outlive the call's content: they are what is billed.
create table call_usage (
  org_id text not null references organizations (org_id) on delete cascade,
  subject text not null,
  source text not null,
  provider text not null,
  model text not null,
  unit text not null,
  paid_by text not null check (paid_by in ('installation', 'organization')),
  call_id text,
  agent_id text,
  agent_name text,
  channel text,
  direction text,
  -- Of the organisation's calendar: the day it counts in, which is that of `at` unless its month was closed already.
  day date not null,
  at timestamptz not null,
  quantity numeric not null check (quantity >= 0),
  estimated boolean not null default false,
  price numeric,
  price_per bigint,
  price_source text not null check (price_source in ('built-in', 'installation', 'organization', 'carrier', 'none')),
  currency text not null,
  cost_micros bigint not null check (cost_micros >= 0),
  entered_at timestamptz not null,
  primary key (org_id, subject, source, provider, model, unit, paid_by)
);
create index call_usage_by_day on call_usage (org_id, day, subject);
select protect_tenant_table('call_usage');
revoke delete on call_usage from parley_app;

-- What the lines of a day add up to: read before each call of an organisation with a budget.
create table usage_days (
  org_id text not null references organizations (org_id) on delete cascade,
  day date not null,
  currency text not null,
  cost_micros bigint not null,
  call_seconds numeric not null,
  calls integer not null,
  primary key (org_id, day, currency)
);
select protect_tenant_table('usage_days');
revoke delete on usage_days from parley_app;

-- What an organisation pays the installation. Assigned by the installation's administrator; the organisation reads it.
create table organization_plans (
  org_id text not null references organizations (org_id) on delete cascade,
  valid_from date not null,
  name text not null,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  set_up_fee_minor bigint not null check (set_up_fee_minor >= 0),
  monthly_fee_minor bigint not null check (monthly_fee_minor >= 0),
  included_minutes bigint not null check (included_minutes >= 0),
  price_per_minute numeric not null check (price_per_minute >= 0),
  billing_day smallint not null check (billing_day between 1 and 28),
  rounding text not null check (rounding in ('second', 'minute')),
  tax_label text,
  tax_percent numeric check (tax_percent >= 0),
  created_at timestamptz not null default now(),
  primary key (org_id, valid_from)
);
select protect_tenant_table('organization_plans');
revoke insert, update, delete on organization_plans from parley_app;

create table budgets (
  org_id text primary key references organizations (org_id) on delete cascade,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  monthly_micros bigint check (monthly_micros > 0),
  daily_micros bigint check (daily_micros > 0),
  monthly_minutes integer check (monthly_minutes > 0),
  daily_minutes integer check (daily_minutes > 0),
  thresholds integer[] not null,
  caps boolean not null,
  updated_at timestamptz not null
);
select protect_tenant_table('budgets');
revoke delete on budgets from parley_app;

-- Each threshold of each period is told once.
create table budget_notices (
  org_id text not null references organizations (org_id) on delete cascade,
  id text not null,
  -- `2026-11` or `2026-11-21`.
  period text not null,
  measure text not null check (measure in ('amount', 'minutes')),
  threshold integer not null,
  reached_at timestamptz not null,
  primary key (org_id, period, measure, threshold),
  unique (org_id, id)
);
select protect_tenant_table('budget_notices');
revoke delete on budget_notices from parley_app;

-- A call that was let in and has no row yet.
create table budget_reservations (
  org_id text not null references organizations (org_id) on delete cascade,
  id text not null,
  expires_at timestamptz not null,
  primary key (org_id, id)
);
select protect_tenant_table('budget_reservations');

-- Closed months as they were told. Never changed.
create table statements (
  org_id text not null references organizations (org_id) on delete cascade,
  month text not null check (month ~ '^\d{4}-\d{2}$'),
  closed_at timestamptz not null,
  document jsonb not null,
  primary key (org_id, month)
);
select protect_tenant_table('statements');
revoke update, delete on statements from parley_app;

-- Usage, budget and closing of one organisation follow each other; held to the end of the transaction.
create function lock_usage(organization text) returns void language sql as
  $$ select pg_advisory_xact_lock(hashtextextended('usage:' || organization, 0)) $$;
revoke all on function lock_usage(text) from public;
grant execute on function lock_usage(text) to parley_app;

create policy owner_decides on organization_plans for all to parley_owner using (true) with check (true);
create policy owner_reads on usage_days for select to parley_owner using (true);

create function installation_price(of_provider text, of_model text, of_unit text, new_price numeric, new_per bigint,
    new_currency text, new_valid_from timestamptz, by_user text) returns void
  language sql security definer set search_path = pg_catalog, public as $$
    insert into public.vendor_prices (provider, model_pattern, unit, price, per, currency, valid_from, created_by)
    values (of_provider, of_model, of_unit, new_price, new_per, new_currency, new_valid_from, by_user)
  $$;

create function installation_prices() returns table (provider text, model_pattern text, unit text, price numeric, per bigint,
    currency text, valid_from timestamptz)
  language sql stable security definer set search_path = pg_catalog, public as $$
    select p.provider, p.model_pattern, p.unit, p.price, p.per, p.currency, p.valid_from
    from public.vendor_prices p order by p.seq
  $$;

create function installation_plan(target text, plan jsonb) returns void
  language sql security definer set search_path = pg_catalog, public as $$
    insert into public.organization_plans (org_id, valid_from, name, currency, set_up_fee_minor, monthly_fee_minor,
      included_minutes, price_per_minute, billing_day, rounding, tax_label, tax_percent)
    select target, p.valid_from, p.name, p.currency, p.set_up_fee_minor, p.monthly_fee_minor, p.included_minutes,
      p.price_per_minute, p.billing_day, p.rounding, p.tax_label, p.tax_percent
    from jsonb_to_record(plan) as p(valid_from date, name text, currency text, set_up_fee_minor bigint,
      monthly_fee_minor bigint, included_minutes bigint, price_per_minute numeric, billing_day smallint, rounding text,
      tax_label text, tax_percent numeric)
    on conflict (org_id, valid_from) do update set
      name = excluded.name, currency = excluded.currency, set_up_fee_minor = excluded.set_up_fee_minor,
      monthly_fee_minor = excluded.monthly_fee_minor, included_minutes = excluded.included_minutes,
      price_per_minute = excluded.price_per_minute, billing_day = excluded.billing_day, rounding = excluded.rounding,
      tax_label = excluded.tax_label, tax_percent = excluded.tax_percent, created_at = now()
  $$;

-- Asked by the job that closes months: ids only.
create function organizations_to_bill() returns setof text
  language sql stable security definer set search_path = pg_catalog, public as $$
    select org_id from public.usage_days union select org_id from public.organization_plans order by 1
  $$;
revoke all on function installation_price(text, text, text, numeric, bigint, text, timestamptz, text), installation_prices(),
  installation_plan(text, jsonb), organizations_to_bill() from public;
grant execute on function installation_price(text, text, text, numeric, bigint, text, timestamptz, text), installation_prices(),
  installation_plan(text, jsonb), organizations_to_bill() to parley_app;
