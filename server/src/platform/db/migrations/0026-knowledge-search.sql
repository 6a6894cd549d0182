-- Searching documents by their words. Under row-level security an index on words is of no use to a query: `@@` may not be asked before
-- the policy. So the questions are functions of the owner, which name the organisation themselves, from the setting the policy reads,
-- and answer with ids and numbers only; the texts are read under the policy.
create extension if not exists btree_gin;

-- The organisation stands in the index: what others have is not looked at, however common a word is. It stands there as an expression,
-- because the planner takes reading each of an organisation's vectors of words for cheap, and this index alone must fit the question.
create index knowledge_chunks_search on knowledge_chunks using gin ((org_id || ''), words) with (fastupdate = off);
-- In the row itself wherever there is room: it is read a thousand times as often as the text.
alter table knowledge_chunks alter column words set storage main;
drop index knowledge_chunks_words;

create policy owner_reads on knowledge_chunks for select to parley_owner using (true);

-- In how many chunks each word stands, counted up to `at_most`; at place 0 how many chunks there are, counted up to ten times that.
create function knowledge_word_counts(questions tsquery[], at_most int) returns table (place int, chunks int)
  language sql stable security definer set search_path = pg_catalog, public set enable_seqscan = off set enable_indexscan = off as $$
    select 0, count(*)::int from (
      select 1 from public.knowledge_chunks
      where org_id = nullif(current_setting('parley.org_id', true), '') limit at_most * 10
    ) as counted
    union all
    select asked.place::int, (
      select count(*)::int from (
        select 1 from public.knowledge_chunks
        where (org_id || '') = nullif(current_setting('parley.org_id', true), '') and words @@ asked.question limit at_most
      ) as counted
    )
    from unnest(questions) with ordinality as asked (question, place)
  $$;

-- The chunks that hold most of the weight of the words asked for; a word in a heading counts more, words near each other break ties.
-- `candidates` says which are looked at. A score of 1: every word stands there.
create function knowledge_full_text(
  collections text[], candidates tsquery, questions tsquery[], headings tsquery[], weights real[], at_most int
) returns table (id text, coverage real, score real)
  language sql stable security definer set search_path = pg_catalog, public set enable_seqscan = off set enable_indexscan = off set work_mem = '16MB' as $$
    with found as materialized (
      select c.id, c.words || ''::tsvector as words from public.knowledge_chunks as c
      where (c.org_id || '') = nullif(current_setting('parley.org_id', true), '')
        and (c.collection_id || '') = any (collections) and c.words @@ candidates
      limit 700
    ), covered as (
      select found.id, found.words, sums.coverage, sums.headed
      from found cross join lateral (
        select coalesce(sum(weight), 0)::real as coverage,
          coalesce(sum(weight) filter (where found.words @@ heading), 0)::real as headed
        from unnest(questions, headings, weights) as asked (question, heading, weight)
        where found.words @@ question
      ) as sums
      order by sums.coverage + 0.3 * sums.headed desc limit at_most * 3
    )
    select covered.id, covered.coverage,
      (covered.coverage + 0.3 * covered.headed + 0.2 * ts_rank_cd('{0.2,0.5,0.7,1}', covered.words, candidates, 32))::real as score
    from covered order by score desc, covered.id limit at_most
  $$;

revoke all on function knowledge_word_counts(tsquery[], int),
  knowledge_full_text(text[], tsquery, tsquery[], tsquery[], real[], int) from public;
grant execute on function knowledge_word_counts(tsquery[], int),
  knowledge_full_text(text[], tsquery, tsquery[], tsquery[], real[], int) to parley_app;
