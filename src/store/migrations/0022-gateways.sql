-- Gateways on the store, by their own words; where one is reached decides nothing, its certificate does.
create table sallyport.gateways (
  name text primary key,
  host text not null,
  port integer not null,
  version text not null,
  -- Of the keys that all of them have to share.
  keys text not null,
  beat_at timestamptz not null
);

-- What the first gateway was started with, and all others have to be started with, too: never the keys themselves.
create table sallyport.fingerprints (
  name text primary key,
  fingerprint text not null
);
