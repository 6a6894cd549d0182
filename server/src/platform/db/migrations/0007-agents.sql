-- The draft changes under a revision; what was published never does.
create table agents (
  org_id text not null references organizations (org_id) on delete cascade,
  id text not null,
  name text not null,
  language text not null,
  -- One key seals the draft and every version.
  key_wrap bytea not null,
  sealed_draft bytea not null,
  revision integer not null default 1 check (revision > 0),
  published_version integer,
  -- The draft's revision when it was last published: another one has unpublished changes.
  published_revision integer,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (org_id, id)
);
create index agents_in_order on agents (org_id, created_at, id);
select protect_tenant_table('agents');

create table agent_versions (
  org_id text not null references organizations (org_id) on delete cascade,
  agent_id text not null,
  version integer not null check (version > 0),
  sealed_config bytea not null,
  rolled_back_from integer,
  published_by_kind text not null,
  published_by_id text not null,
  published_at timestamptz not null,
  primary key (org_id, agent_id, version),
  foreign key (org_id, agent_id) references agents (org_id, id) on delete cascade
);
select protect_tenant_table('agent_versions');
revoke update, delete on agent_versions from parley_app;
