-- Which random token stands for which value: found by keyed hashes, sealed with a key that is not here.
create table sallyport.vault_tokens (
  value_hash bytea primary key check (octet_length(value_hash) = 32),
  token_hash bytea not null unique check (octet_length(token_hash) = 32),
  sealed bytea not null
);
