-- Calls as they are read: filtered, searched, counted, noted, judged and erased.
alter table calls
  add column has_recording boolean not null default false,
  add column review text check (review in ('right', 'wrong')),
  add column reviewed_at timestamptz,
  add column reviewed_by text,
  -- Why, under the call's key.
  add column sealed_review bytea,
  -- Its words and figures were taken.
  add column digested_at timestamptz,
  -- What stays then: ids, times, channel, direction, outcome, duration. No content, no number, no key.
  add column erased_at timestamptz;

-- Every filter is answered newest first by an index of its own. `last_event_at` is in none: it changes with each batch of events.
create index calls_by_agent on calls (org_id, agent_id, started_at desc, id desc);
create index calls_by_channel on calls (org_id, channel, started_at desc, id desc);
create index calls_by_direction on calls (org_id, direction, started_at desc, id desc);
create index calls_by_status on calls (org_id, status, started_at desc, id desc);
create index calls_by_hang_up_reason on calls (org_id, hang_up_reason, started_at desc, id desc);
create index calls_by_recording on calls (org_id, has_recording, started_at desc, id desc);
create index calls_by_review on calls (org_id, started_at desc, id desc) where review is not null;
create index calls_by_duration on calls (org_id, duration_ms);

-- A list of calls asks whether there is a recording; asking the recordings call by call would walk all of them.
create function note_recording() returns trigger language plpgsql as $$
begin
  update calls set has_recording = new.state in ('recording', 'complete', 'incomplete')
  where org_id = new.org_id and id = new.call_id
    and has_recording <> (new.state in ('recording', 'complete', 'incomplete'));
  return null;
end
$$;
revoke all on function note_recording() from public;
create trigger recordings_noted after insert or update of state on recordings
  for each row execute function note_recording();

-- The blind index: each word that was heard in a call, once, as a keyed hash. A row for each word, because under row-level
-- security only leakproof operators lead an index, and those of arrays are none.
create table call_words (
  org_id text not null,
  word bigint not null,
  started_at timestamptz not null,
  call_id text not null,
  primary key (org_id, word, started_at, call_id),
  foreign key (org_id, call_id) references calls (org_id, id) on delete cascade
);
create index call_words_of on call_words (org_id, call_id);
select protect_tenant_table('call_words');
revoke update on call_words from parley_app;

create table call_notes (
  org_id text not null,
  id text not null,
  call_id text not null,
  -- Under the call's key.
  sealed_text bytea not null,
  author_kind text not null,
  author_id text not null,
  created_at timestamptz not null,
  primary key (org_id, id),
  foreign key (org_id, call_id) references calls (org_id, id) on delete cascade
);
create index call_notes_of on call_notes (org_id, call_id, created_at);
select protect_tenant_table('call_notes');

-- What calls add up to, by the hour and by the day of the organisation's clock in which they began. Counts only: they outlive
-- erased calls.
create table call_figures (
  org_id text not null references organizations (org_id) on delete cascade,
  unit text not null check (unit in ('hour', 'day')),
  slot timestamptz not null,
  calls integer not null,
  answered integer not null,
  transferred integer not null,
  interruptions integer not null,
  duration_ms bigint not null,
  -- In the order of the program's list of hang-up reasons, and of its steps of first-audio latency.
  outcomes integer[] not null,
  first_audio integer[] not null,
  primary key (org_id, unit, slot)
);
select protect_tenant_table('call_figures');
