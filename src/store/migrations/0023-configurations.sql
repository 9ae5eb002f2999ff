-- Versions of the configuration that gateways take from here, each whole. What is in them is sealed with a key that is not here:
-- who can only write rows cannot have a gateway take one.
create table sallyport.configurations (
  version bigint primary key,
  sealed bytea not null,
  applied_at timestamptz not null default now()
);
