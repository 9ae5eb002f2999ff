-- What makes all gateways on this store one SSH host and one authority, sealed.
create table sallyport.ssh_keys (
  purpose text primary key check (purpose in ('user-authority', 'host-authority', 'host')),
  sealed bytea not null,
  created_at timestamptz not null default now()
);

-- SSH certificates are tokens in another form: what recognises one is the hash of the whole certificate.
alter table sallyport.tokens
  add column kind text not null default 'bearer' check (kind in ('bearer', 'ssh-certificate'));

-- The user on the host; sessions on other targets have none.
alter table sallyport.sessions add column account text not null default '';
