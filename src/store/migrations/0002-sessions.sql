-- The table of contents of the ledger's sessions. Counts are null while a session runs.
create table sallyport.sessions (
  id text primary key,
  gateway text not null,
  principal_id text not null,
  principal_name text not null,
  target text not null,
  database text not null,
  client_address text not null,
  application_name text not null,
  started_at timestamptz not null,
  recording_path text,
  ended_at timestamptz,
  ended_reason text,
  operations bigint,
  refused bigint,
  rows_shown bigint,
  bytes_sent bigint,
  bytes_shown bigint,
  recording_sha256 text,
  check ((ended_at is null) = (ended_reason is null))
);

create index sessions_by_start on sallyport.sessions (started_at desc, id desc);
create index sessions_by_principal on sallyport.sessions (principal_id, started_at desc, id desc);
create index sessions_by_target on sallyport.sessions (target, started_at desc, id desc);
create index sessions_open on sallyport.sessions (gateway) where ended_at is null;
