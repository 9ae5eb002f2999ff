-- What principals ask people for, and what became of it. What was asked, by whom from where, and what
-- was said about it is in `sealed`, encrypted with a key that is not here; the columns are what is searched.
create table sallyport.access_requests (
  id text primary key,
  kind text not null check (kind in ('operation', 'grant', 'break-glass')),
  state text not null check (state in ('pending', 'approved', 'used', 'granted', 'rejected', 'expired',
    'withdrawn', 'unreviewed', 'reviewed')),
  requester_id text not null,
  target text not null,
  session_id text,
  -- The process whose session waits; null if nobody does.
  gateway text,
  -- Hex; what an approval is bound to.
  digest text,
  -- Whose members may review.
  groups text[] not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  ended_at timestamptz,
  ended_outcome text,
  ended_reason text,
  sealed bytea not null,
  check ((ended_at is null) = (ended_outcome is null)),
  check ((ended_at is null) = (state in ('pending', 'approved', 'unreviewed'))),
  check ((kind = 'operation') = (digest is not null))
);

create index access_requests_by_creation on sallyport.access_requests (created_at desc, id desc);
create index access_requests_by_requester on sallyport.access_requests (requester_id, created_at desc, id desc);
create index access_requests_by_target on sallyport.access_requests (target, created_at desc, id desc);
create index access_requests_open on sallyport.access_requests (expires_at)
  where state in ('pending', 'approved', 'unreviewed');
create index access_requests_held on sallyport.access_requests (gateway)
  where state in ('pending', 'approved') and gateway is not null;
-- One request for an operation that nobody waits for, however often it is tried.
create unique index access_requests_filed on sallyport.access_requests (requester_id, digest)
  where kind = 'operation' and gateway is null and state in ('pending', 'approved');

create table sallyport.access_grants (
  id text primary key,
  holder_id text not null,
  target text not null,
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  request_id text references sallyport.access_requests (id),
  ended_at timestamptz,
  sealed bytea not null
);

create index access_grants_lasting on sallyport.access_grants (ends_at) where ended_at is null;
create index access_grants_by_start on sallyport.access_grants (starts_at desc, id desc);
create index access_grants_by_holder on sallyport.access_grants (holder_id, starts_at desc, id desc);

create table sallyport.delegations (
  id text primary key,
  from_id text not null,
  to_id text not null,
  to_person text,
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  ended_at timestamptz,
  sealed bytea not null
);

create index delegations_to on sallyport.delegations (to_id, ends_at);
create index delegations_to_person on sallyport.delegations (to_person, ends_at) where to_person is not null;
create index delegations_from on sallyport.delegations (from_id, ends_at);

-- Who has signed in, as of the last time.
create table sallyport.people (
  id text primary key,
  person text,
  kind text not null,
  name text not null,
  groups text[] not null,
  first_seen_at timestamptz not null,
  last_seen_at timestamptz not null
);

create index people_by_last_seen on sallyport.people (last_seen_at desc, id desc);
