-- People belong to no organisation. Their rows are seen by themselves (`parley.user_id` of the transaction) and, the person's own
-- row alone, by the organisations they are members of. After a transaction a setting is an empty string, which matches nothing.
create function protect_personal_table(personal_table regclass, owner_column text) returns void language plpgsql as $$
begin
  execute format('alter table %s enable row level security', personal_table);
  execute format('alter table %s force row level security', personal_table);
  execute format(
    'create policy same_person on %s using (%2$I = nullif(current_setting(''parley.user_id'', true), '''')) with check (%2$I = nullif(current_setting(''parley.user_id'', true), ''''))',
    personal_table, owner_column
  );
  execute format('grant select, insert, update, delete on %s to parley_app', personal_table);
end
$$;
revoke all on function protect_personal_table(regclass, text) from public;

create table users (
  id text primary key,
  email_hash bytea not null unique,
  sealed_email bytea not null,
  sealed_name bytea not null,
  key_wrap bytea not null,
  email_verified_at timestamptz,
  language text not null,
  time_zone text not null,
  is_installation_admin boolean not null default false,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
select protect_personal_table('users', 'id');

create table memberships (
  org_id text not null references organizations (org_id) on delete cascade,
  user_id text not null references users (id) on delete cascade,
  role text not null check (role in ('owner', 'admin', 'operator', 'viewer')),
  created_at timestamptz not null default now(),
  primary key (org_id, user_id)
);
create index memberships_by_user on memberships (user_id);
select protect_tenant_table('memberships');

-- Only where no organisation is bound: a transaction of one organisation sees that one alone.
create policy own_memberships on memberships for select
  using (
    user_id = nullif(current_setting('parley.user_id', true), '')
    and nullif(current_setting('parley.org_id', true), '') is null
  );
create policy seen_by_fellows on users for select to parley_app
  using (exists (
    select 1 from memberships m
    where m.user_id = users.id and m.org_id = nullif(current_setting('parley.org_id', true), '')
  ));
create policy seen_by_members on organizations for select to parley_app
  using (nullif(current_setting('parley.org_id', true), '') is null and exists (
    select 1 from memberships m
    where m.org_id = organizations.org_id and m.user_id = nullif(current_setting('parley.user_id', true), '')
  ));

create table user_credentials (
  user_id text primary key references users (id) on delete cascade,
  -- scrypt with the parameters it was made with; absent for people who only sign in elsewhere.
  password_hash bytea,
  password_salt bytea,
  password_cost jsonb,
  sealed_totp_secret bytea,
  totp_confirmed_at timestamptz,
  -- The 30-second step of the last code taken: a code counts once.
  totp_last_step bigint not null default 0,
  updated_at timestamptz not null
);
select protect_personal_table('user_credentials', 'user_id');

create table user_recovery_codes (
  user_id text not null references users (id) on delete cascade,
  code_hash bytea not null,
  primary key (user_id, code_hash)
);
select protect_personal_table('user_recovery_codes', 'user_id');

create table sessions (
  id text primary key,
  user_id text not null references users (id) on delete cascade,
  active_org_id text references organizations (org_id) on delete set null,
  sealed_device bytea,
  created_at timestamptz not null,
  last_used_at timestamptz not null,
  expires_at timestamptz not null,
  revoked_at timestamptz,
  revoked_because text
);
create index sessions_by_user on sessions (user_id, created_at desc);
select protect_personal_table('sessions', 'user_id');

-- A session's chain of refresh tokens: all but the newest are used, and one that comes again ends the session.
create table refresh_tokens (
  token_hash bytea primary key,
  session_id text not null references sessions (id) on delete cascade,
  user_id text not null references users (id) on delete cascade,
  created_at timestamptz not null,
  used_at timestamptz
);
create index refresh_tokens_by_session on refresh_tokens (session_id);
select protect_personal_table('refresh_tokens', 'user_id');

create table one_time_tokens (
  token_hash bytea primary key,
  user_id text not null references users (id) on delete cascade,
  purpose text not null check (purpose in ('reset-password', 'verify-email')),
  -- Of a new address that is to be verified.
  email_hash bytea,
  sealed_email bytea,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz
);
create index one_time_tokens_by_user on one_time_tokens (user_id, purpose);
select protect_personal_table('one_time_tokens', 'user_id');

-- Asked before anybody is known: ids only.
create policy owner_reads on users for select to parley_owner using (true);
create policy owner_reads on refresh_tokens for select to parley_owner using (true);
create policy owner_reads on one_time_tokens for select to parley_owner using (true);

create function user_with_email(hash bytea) returns setof text
  language sql stable security definer set search_path = pg_catalog, public as
  $$ select id from public.users where email_hash = hash $$;
create function user_of_refresh_token(hash bytea) returns setof text
  language sql stable security definer set search_path = pg_catalog, public as
  $$ select user_id from public.refresh_tokens where token_hash = hash $$;
create function user_of_one_time_token(hash bytea) returns setof text
  language sql stable security definer set search_path = pg_catalog, public as
  $$ select user_id from public.one_time_tokens where token_hash = hash $$;
-- The first of the people who signed up themselves; the demo's person did not.
create function first_person() returns setof text
  language sql stable security definer set search_path = pg_catalog, public as
  $$ select id from public.users where id <> 'user_demo' order by created_at limit 1 $$;
revoke all on function user_with_email(bytea), user_of_refresh_token(bytea), user_of_one_time_token(bytea), first_person() from public;
grant execute on function user_with_email(bytea), user_of_refresh_token(bytea), user_of_one_time_token(bytea), first_person() to parley_app;
