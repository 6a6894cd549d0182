-- Row-level security for a tenant's table: enabled, forced, bound to the organisation of the transaction.
-- After a transaction the setting is an empty string, which must match nothing.
create function protect_tenant_table(tenant_table regclass) returns void language plpgsql as $$
begin
  execute format('alter table %s enable row level security', tenant_table);
  execute format('alter table %s force row level security', tenant_table);
  execute format(
    'create policy same_organization on %s using (org_id = nullif(current_setting(''parley.org_id'', true), '''')) with check (org_id = nullif(current_setting(''parley.org_id'', true), ''''))',
    tenant_table
  );
  execute format('grant select, insert, update, delete on %s to parley_app', tenant_table);
end
$$;
revoke all on function protect_tenant_table(regclass) from public;

revoke create on schema public from public;
grant usage on schema public to parley_app;

create table organizations (
  org_id text primary key,
  name text not null,
  key_wrap bytea not null,
  master_key_fingerprint text not null,
  created_at timestamptz not null default now()
);
select protect_tenant_table('organizations');

-- Which master key this database was sealed with: a wrong one is noticed before it changes anything.
create table installation (
  only_one boolean primary key default true check (only_one),
  master_key_fingerprint text not null
);
