-- How far each sink of the ledger's exports is in each log.
create table sallyport.export_cursors (
  sink text not null,
  log text not null,
  -- Of the last entry that the sink took, with the place of its record.
  seq bigint not null,
  segment text not null,
  byte_offset bigint not null,
  saved_at timestamptz not null,
  primary key (sink, log)
);
