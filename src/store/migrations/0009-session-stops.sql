-- Set when somebody asked that a session ends; the gateway that serves it looks for it.
alter table sallyport.sessions add column stop_requested_at timestamptz;

create index sessions_by_end on sallyport.sessions (ended_at) where ended_at is not null;
create index sessions_to_stop on sallyport.sessions (gateway)
  where ended_at is null and stop_requested_at is not null;
