-- Whom an organisation knows. Everything personal is in `sealed_details`, under the contact's own key: erasing the row erases
-- the key. Ids sort by age, so "newest first" is the order of ids.
create table contacts (
  org_id text not null references organizations (org_id) on delete cascade,
  id text not null,
  key_wrap bytea not null,
  sealed_details bytea not null,
  do_not_call boolean not null default false,
  revision integer not null default 1 check (revision > 0),
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (org_id, id)
);
create index contacts_not_called on contacts (org_id, id desc) where do_not_call;
select protect_tenant_table('contacts');

-- One number, one contact.
create table contact_phones (
  org_id text not null,
  phone_hash bytea not null,
  contact_id text not null,
  primary key (org_id, phone_hash),
  foreign key (org_id, contact_id) references contacts (org_id, id) on delete cascade
);
create index contact_phones_of on contact_phones (org_id, contact_id);
select protect_tenant_table('contact_phones');

-- The blind index: keyed hashes of the beginnings of a name's words, of e-mail addresses and tags.
create table contact_terms (
  org_id text not null,
  term bytea not null,
  contact_id text not null,
  primary key (org_id, term, contact_id),
  foreign key (org_id, contact_id) references contacts (org_id, id) on delete cascade
);
create index contact_terms_of on contact_terms (org_id, contact_id);
select protect_tenant_table('contact_terms');

-- Where a contact went that was merged into another.
create table contact_merges (
  org_id text not null references organizations (org_id) on delete cascade,
  merged_id text not null,
  into_id text not null,
  merged_at timestamptz not null,
  primary key (org_id, merged_id)
);
create index contact_merges_into on contact_merges (org_id, into_id);
select protect_tenant_table('contact_merges');

-- Which fields of its own an organisation keeps: names, types, choices. Their values are the contacts'.
create table contact_field_lists (
  org_id text primary key references organizations (org_id) on delete cascade,
  fields jsonb not null,
  updated_at timestamptz not null
);
select protect_tenant_table('contact_field_lists');

-- What is remembered of a contact, under a key of its own that the contact's key wraps.
create table contact_memories (
  org_id text not null,
  contact_id text not null,
  key_wrap bytea not null,
  sealed_memory bytea not null,
  updated_at timestamptz not null,
  primary key (org_id, contact_id),
  foreign key (org_id, contact_id) references contacts (org_id, id) on delete cascade
);
select protect_tenant_table('contact_memories');

-- A call is remembered once, also when what it left was erased since.
create table contact_memory_calls (
  org_id text not null references organizations (org_id) on delete cascade,
  call_id text not null,
  contact_id text not null,
  remembered_at timestamptz not null,
  primary key (org_id, call_id)
);
create index contact_memory_calls_of on contact_memory_calls (org_id, contact_id);
select protect_tenant_table('contact_memory_calls');

create table contact_imports (
  org_id text not null references organizations (org_id) on delete cascade,
  id text not null,
  state text not null check (state in ('receiving', 'waiting', 'running', 'done')),
  dry_run boolean not null,
  key_wrap bytea not null,
  -- Which column is what, and the organisation's country when the file came.
  sealed_settings bytea not null,
  actor_kind text not null,
  actor_id text not null,
  lines integer not null default 0,
  lines_done integer not null default 0,
  created integer not null default 0,
  updated integer not null default 0,
  unchanged integer not null default 0,
  bad_lines integer not null default 0,
  created_at timestamptz not null,
  finished_at timestamptz,
  primary key (org_id, id)
);
select protect_tenant_table('contact_imports');

-- Lines that wait: each chunk is taken away by the transaction that imports it.
create table contact_import_chunks (
  org_id text not null,
  import_id text not null,
  seq integer not null,
  sealed_lines bytea not null,
  primary key (org_id, import_id, seq),
  foreign key (org_id, import_id) references contact_imports (org_id, id) on delete cascade
);
select protect_tenant_table('contact_import_chunks');

create table contact_import_problems (
  org_id text not null,
  import_id text not null,
  line integer not null,
  number integer not null,
  sealed_problem bytea not null,
  primary key (org_id, import_id, line, number),
  foreign key (org_id, import_id) references contact_imports (org_id, id) on delete cascade
);
select protect_tenant_table('contact_import_problems');

create table blocked_numbers (
  org_id text not null references organizations (org_id) on delete cascade,
  id text not null,
  -- Of the number, or of the digits it begins with.
  number_hash bytea not null,
  sealed_details bytea not null,
  key_wrap bytea not null,
  expires_at timestamptz,
  created_at timestamptz not null,
  primary key (org_id, id),
  unique (org_id, number_hash)
);
select protect_tenant_table('blocked_numbers');

create table screening_policies (
  org_id text primary key references organizations (org_id) on delete cascade,
  policy jsonb not null,
  updated_at timestamptz not null
);
select protect_tenant_table('screening_policies');

-- Calls of one caller are counted without their number being stored.
alter table calls add column caller_hash bytea, add column contact_id text;
create index calls_of_caller on calls (org_id, caller_hash, started_at) where caller_hash is not null;
create index calls_of_contact on calls (org_id, contact_id, started_at desc) where contact_id is not null;
