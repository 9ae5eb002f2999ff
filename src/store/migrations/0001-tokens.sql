-- Sallyport tokens: what recognises one, never the token itself.
create table sallyport.tokens (
  hash bytea primary key check (octet_length(hash) = 32),
  id text not null unique,
  principal_id text not null,
  principal jsonb not null,
  issued_at timestamptz not null,
  expires_at timestamptz not null,
  revoked_at timestamptz
);

create index tokens_by_principal on sallyport.tokens (principal_id, issued_at desc);
