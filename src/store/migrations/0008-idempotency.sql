-- Requests that are done once, by who sent them and the key that they chose. The answer is null while one is served.
create table sallyport.idempotency_keys (
  principal_id text not null,
  key text not null,
  request_sha256 bytea not null check (octet_length(request_sha256) = 32),
  created_at timestamptz not null,
  status integer,
  is_problem boolean,
  body text,
  primary key (principal_id, key),
  check ((status is null) = (body is null) and (status is null) = (is_problem is null))
);

create index idempotency_keys_by_age on sallyport.idempotency_keys (created_at);
