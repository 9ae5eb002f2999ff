-- Sign-ins in browsers: what recognises one, never the cookie itself.
create table sallyport.sign_ins (
  id text primary key,
  secret_hash bytea not null unique check (octet_length(secret_hash) = 32),
  principal_id text not null,
  principal jsonb not null,
  method text not null check (method in ('oidc-browser', 'saml')),
  client_address text not null,
  user_agent text not null,
  created_at timestamptz not null,
  last_used_at timestamptz not null,
  ends_at timestamptz not null,
  ended_at timestamptz
);

create index sign_ins_by_principal on sallyport.sign_ins (principal_id, created_at desc);
create index sign_ins_by_end on sallyport.sign_ins (ends_at);

-- Ids that count once: requests to a SAML provider, and its assertions.
create table sallyport.once_only (
  id text primary key,
  until timestamptz not null
);

create index once_only_by_end on sallyport.once_only (until);
