-- What was made of a call when it had ended. One row for each call that had a caller's turn: asked for in the transaction that
-- ends the call, and done when `done_version` has reached `version`. A later request raises `version`; its result replaces this one.
create table call_analyses (
  org_id text not null references organizations (org_id) on delete cascade,
  call_id text not null,
  version integer not null default 1 check (version >= 1),
  done_version integer not null default 0 check (done_version between 0 and version),
  requested_at timestamptz not null,
  analysed_at timestamptz,
  method text check (method in ('model', 'rules')),
  provider text,
  model text,
  outcome text,
  success text check (success in ('yes', 'no', 'unclear')),
  -- Everything in words, under the call's key.
  sealed_result bytea,
  primary key (org_id, call_id),
  foreign key (org_id, call_id) references calls (org_id, id) on delete cascade
);
select protect_tenant_table('call_analyses');
