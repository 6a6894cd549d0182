-- What is known of a call's recording. The sound itself lies in a file or an object, sealed under a key of its own, which is
-- wrapped here under the call's key: destroying either makes the sound unreadable, in backups too.
create table recordings (
  org_id text not null references organizations (org_id) on delete cascade,
  call_id text not null,
  state text not null check (state in ('recording', 'complete', 'incomplete', 'failed', 'deleted')),
  location text not null check (location in ('folder', 's3')),
  sample_rate_hz integer not null check (sample_rate_hz between 8000 and 48000),
  -- Sealed bytes, header included.
  stored_bytes bigint not null default 0,
  -- Bytes of sound: two channels of mu-law.
  sound_bytes bigint not null default 0,
  key_wrap bytea,
  sealed_peaks bytea,
  created_at timestamptz not null,
  ended_at timestamptz,
  primary key (org_id, call_id),
  foreign key (org_id, call_id) references calls (org_id, id) on delete cascade
);
select protect_tenant_table('recordings');
