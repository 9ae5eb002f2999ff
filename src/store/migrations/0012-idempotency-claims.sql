-- Who serves a request with a key says so again and again; who does not for a while is gone, and another may serve it.
alter table sallyport.idempotency_keys
  add column claim text not null default '',
  add column alive_at timestamptz not null default now();
