-- Every ledger log there is, so that a missing log is as visible as a missing entry.
create table sallyport.logs (
  id text primary key,
  gateway text not null,
  public_key text not null,
  created_at timestamptz not null,
  checkpoint_size bigint not null default 0,
  checkpoint_root bytea,
  checkpoint_at timestamptz,
  check ((checkpoint_size = 0) = (checkpoint_root is null))
);
