-- Channels are told of what signals found, too.
alter table sallyport.deliveries
  alter column request_id drop not null,
  add column alert_id text references sallyport.alerts (id) on delete cascade,
  drop constraint deliveries_occasion_check,
  add constraint deliveries_occasion_check
    check (occasion in ('opened', 'ended', 'alert', 'signal')),
  add constraint deliveries_subject_check
    check ((alert_id is not null) = (occasion = 'signal')
       and (request_id is null) = (occasion = 'signal')),
  add constraint deliveries_alert_once unique (channel, alert_id);
