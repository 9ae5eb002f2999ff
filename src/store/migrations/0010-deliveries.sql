-- Messages about access requests to channels outside. They hold no content: that is read when one is sent.
create table sallyport.deliveries (
  id bigint generated always as identity primary key,
  channel text not null,
  request_id text not null references sallyport.access_requests (id) on delete cascade,
  occasion text not null check (occasion in ('opened', 'ended', 'alert')),
  attempts integer not null default 0,
  created_at timestamptz not null,
  due_at timestamptz not null,
  done_at timestamptz,
  failed boolean not null default false,
  -- What the channel answered; such as the message's id.
  receipt text,
  unique (channel, request_id, occasion)
);

create index deliveries_due on sallyport.deliveries (channel, due_at) where done_at is null;
