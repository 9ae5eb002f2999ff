-- Processes of gateways on the store, by their own words. One that ended in order is not here any more; one that only
-- fell silent stays, so that it is missed.
create table sallyport.gateway_processes (
  -- The process, by its log.
  log text primary key,
  gateway text not null,
  version text not null,
  started_at timestamptz not null,
  -- Since when it takes no new sessions.
  draining_at timestamptz,
  beat_at timestamptz not null
);

-- When a process last had a tunnel that it has no more; see connector_tunnels for those that there are.
alter table sallyport.connectors add column detached_at timestamptz;
