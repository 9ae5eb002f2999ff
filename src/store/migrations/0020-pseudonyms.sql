-- What pseudonyms stand for that were handed out over HTTP: found by keyed hashes, sealed with a key that is not here.
create table sallyport.pseudonyms (
  pseudonym_hash bytea primary key check (octet_length(pseudonym_hash) = 32),
  sealed bytea not null
);
