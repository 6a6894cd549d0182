-- What agents answer from. The business's own documents: readable in the database, so that it can be searched there; the files themselves
-- are sealed in the object store.
create table knowledge_collections (
  id text primary key,
  org_id text not null references organizations (org_id) on delete cascade,
  name text not null,
  -- Raised by every change of what can be found: whoever holds vectors in memory compares it.
  revision bigint not null default 1,
  created_at timestamptz not null default now(),
  unique (org_id, id)
);
create index knowledge_collections_by_org on knowledge_collections (org_id, created_at, id);
select protect_tenant_table('knowledge_collections');

create table knowledge_sources (
  id text primary key,
  org_id text not null references organizations (org_id) on delete cascade,
  collection_id text not null,
  kind text not null check (kind in ('file', 'page', 'site', 'text', 'answers')),
  title text not null,
  -- Address, limits and rhythm of a page or a site; content type and size of a file.
  settings jsonb not null default '{}',
  key_wrap bytea,
  sealed_content bytea,
  -- receiving: its file is still being sent; shown to nobody.
  status text not null check (status in ('receiving', 'waiting', 'reading', 'ready', 'failed')),
  -- A sentence for the owner.
  problem text,
  progress_done int not null default 0,
  progress_total int not null default 0,
  chunk_count int not null default 0,
  -- Raised each time it is read: a run that was overtaken by another one writes nothing more.
  round int not null default 0,
  next_refresh_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (org_id, id),
  foreign key (org_id, collection_id) references knowledge_collections (org_id, id) on delete cascade
);
create index knowledge_sources_by_collection on knowledge_sources (org_id, collection_id, created_at, id);
create index knowledge_sources_refresh on knowledge_sources (next_refresh_at) where next_refresh_at is not null;
select protect_tenant_table('knowledge_sources');

-- For the jobs that read again what is due, and take up what was left: ids only.
create policy owner_reads on knowledge_sources for select to parley_owner using (true);
create function organizations_with_knowledge_due(now timestamptz) returns setof text
  language sql stable security definer set search_path = pg_catalog, public as
  $$ select distinct s.org_id from public.knowledge_sources s join public.organizations o using (org_id)
     where length(o.key_wrap) > 0 and (s.next_refresh_at <= now
       or (s.status in ('waiting', 'reading') and s.updated_at < now - interval '1 hour')
       or (s.status = 'receiving' and s.updated_at < now - interval '1 day')) $$;
revoke all on function organizations_with_knowledge_due(timestamptz) from public;
grant execute on function organizations_with_knowledge_due(timestamptz) to parley_app;

-- One page of a site, so that only what changed is read again. A file or a text is one page of its own.
create table knowledge_pages (
  id text primary key,
  org_id text not null references organizations (org_id) on delete cascade,
  source_id text not null,
  url text,
  title text not null,
  etag text,
  last_modified text,
  -- Of what was made of it: the same again leaves its chunks, and their vectors, as they are.
  content_hash bytea,
  -- Clicks from where the crawl begins.
  depth int not null default 0,
  -- When it was seen last; what a whole round did not see goes.
  round int not null default 0,
  problem text,
  updated_at timestamptz not null default now(),
  unique (org_id, id),
  foreign key (org_id, source_id) references knowledge_sources (org_id, id) on delete cascade
);
create unique index knowledge_pages_by_source on knowledge_pages (org_id, source_id, (coalesce(url, '')));
select protect_tenant_table('knowledge_pages');

create table knowledge_chunks (
  id text primary key,
  org_id text not null references organizations (org_id) on delete cascade,
  collection_id text not null,
  source_id text not null,
  page_id text not null,
  -- Within its page, from 0.
  position int not null,
  -- Of a document with pages, from 1.
  page_number int,
  -- The headings it stands under, outermost first.
  heading text not null default '',
  text text not null,
  language text not null,
  -- Normalised words of heading and text; made by the server, because Arabic needs more than the database knows.
  words tsvector not null,
  embedding_model text,
  -- float32, little endian, of length 1.
  embedding bytea,
  created_at timestamptz not null default now(),
  unique (org_id, id),
  foreign key (org_id, source_id) references knowledge_sources (org_id, id) on delete cascade,
  foreign key (org_id, page_id) references knowledge_pages (org_id, id) on delete cascade
);
create index knowledge_chunks_words on knowledge_chunks using gin (words);
create index knowledge_chunks_by_collection on knowledge_chunks (org_id, collection_id, id);
create index knowledge_chunks_by_page on knowledge_chunks (org_id, page_id);
create index knowledge_chunks_unembedded on knowledge_chunks (org_id, source_id) where embedding is null;
select protect_tenant_table('knowledge_chunks');
