-- Beside the keys for SSH, those of the authority that both ends of tunnels are proved by.
alter table sallyport.ssh_keys drop constraint ssh_keys_purpose_check;
alter table sallyport.ssh_keys add constraint ssh_keys_purpose_check
  check (purpose in ('user-authority', 'host-authority', 'host', 'tunnel-authority'));

-- Who may begin tunnels. A name that was removed can be given again: to another row, with another id.
create table sallyport.connectors (
  id uuid primary key,
  name text not null,
  created_at timestamptz not null default now(),
  created_by text not null,
  -- Enrols by a JWT of this provider with these claims; null: by a token, once.
  workload jsonb,
  token_hash bytea check (octet_length(token_hash) = 32),
  token_expires_at timestamptz,
  token_used_at timestamptz,
  -- Of the last certificate.
  certificate_expires_at timestamptz,
  removed_at timestamptz
);
create unique index connectors_name on sallyport.connectors (name) where removed_at is null;
create unique index connectors_token on sallyport.connectors (token_hash);

-- Processes of gateways that tunnels can end in, as they say; one that says nothing for a while is gone.
create table sallyport.tunnel_ends (
  -- The process, by its log.
  log text primary key,
  gateway text not null,
  seen_at timestamptz not null
);

-- Tunnels as the processes say that they have them; what was not said for a while is gone.
create table sallyport.connector_tunnels (
  id uuid primary key,
  connector_id uuid not null references sallyport.connectors (id),
  -- The process of the gateway, by its log.
  log text not null,
  opened_at timestamptz not null,
  seen_at timestamptz not null,
  -- What the connector says of itself.
  facts jsonb not null
);

-- How far the records of each process of a connector are entered in a ledger.
create table sallyport.connector_records (
  connector_id uuid not null references sallyport.connectors (id),
  process text not null,
  sequence bigint not null,
  digest text not null,
  entered_at timestamptz not null default now(),
  primary key (connector_id, process)
);
