-- Alerts that somebody closed long ago are deleted; how many there were of each rule stays.
create table sallyport.alert_counts (
  rule text not null,
  state text not null check (state in ('dismissed', 'confirmed')),
  deleted bigint not null,
  primary key (rule, state)
);

create index alerts_closed on sallyport.alerts (closed_at) where closed_at is not null;

-- So that who follows what was learned reads only what is new. One process of a gateway writes, so later changes have
-- larger numbers.
create sequence sallyport.signal_changes;
alter table sallyport.signal_histories
  add column change bigint not null default nextval('sallyport.signal_changes');
create index signal_histories_changes on sallyport.signal_histories (gateway, change);
