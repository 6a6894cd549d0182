-- Which arm of a number's split answered, and which stored configuration of the agent it was: a number, or 'draft'.
alter table calls add column variant text;
alter table calls add column agent_version text check (agent_version = 'draft' or agent_version ~ '^[1-9][0-9]{0,8}$');
create index calls_by_variant on calls (org_id, variant, started_at desc, id desc) where variant is not null;

-- A placed call is reported on by the account that placed it and by no other.
alter table outbound_calls add column connection_id text not null default '';
alter table outbound_calls add column cancelled_at timestamptz;

-- How a transfer went: the phone that was dialled for the caller.
alter table carrier_reports add column dial_status text;
alter table carrier_reports add column dial_duration_s integer;
