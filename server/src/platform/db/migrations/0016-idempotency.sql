-- Requests that may come twice, by Idempotency-Key. `running`: being done, until `lease_until`; `committed`: the deed is in the database,
-- its answer is not here (yet); `answered`: the answer is here, sealed under the organisation's key.
create table idempotent_requests (
  id text primary key,
  org_id text not null references organizations (org_id) on delete cascade,
  key_hash bytea not null,
  request_hash bytea not null,
  state text not null check (state in ('running', 'committed', 'answered')),
  lease_until timestamptz not null,
  status integer,
  sealed_answer bytea,
  created_at timestamptz not null,
  unique (org_id, key_hash)
);
create index idempotent_requests_by_age on idempotent_requests (org_id, created_at);
select protect_tenant_table('idempotent_requests');
