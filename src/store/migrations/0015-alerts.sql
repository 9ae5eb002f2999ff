-- What signals found in the ledger, and what people made of it. The ledger has the same; this is the list.
create table sallyport.alerts (
  id text primary key,
  rule text not null,
  -- Empty where nobody had signed in yet.
  principal text not null,
  target text,
  at timestamptz not null,
  summary text not null,
  -- [{"log": "gw-1.0", "seq": 17}]
  entries jsonb not null,
  state text not null default 'open' check (state in ('open', 'dismissed', 'confirmed')),
  closed_by text,
  closed_at timestamptz,
  reason text,
  check ((state = 'open') = (closed_by is null and closed_at is null))
);

create index alerts_newest on sallyport.alerts (at desc, id);
create index alerts_open on sallyport.alerts (at desc, id) where state = 'open';

-- What the rules of each gateway have learned, as of the places where its logs were read to.
create table sallyport.signal_places (
  gateway text not null,
  log text not null,
  place jsonb not null,
  primary key (gateway, log)
);

create table sallyport.signal_sessions (
  gateway text not null,
  id text not null,
  session jsonb not null,
  primary key (gateway, id)
);

create table sallyport.signal_histories (
  gateway text not null,
  principal text not null,
  history jsonb not null,
  primary key (gateway, principal)
);
