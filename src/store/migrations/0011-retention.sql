-- What is over is found by when it ended, to be deleted some time after.
create index access_requests_by_end on sallyport.access_requests (ended_at) where ended_at is not null;
create index access_grants_by_end on sallyport.access_grants (ended_at) where ended_at is not null;
create index access_grants_by_request on sallyport.access_grants (request_id) where request_id is not null;
create index delegations_by_end on sallyport.delegations ((coalesce(ended_at, ends_at)));
create index sign_ins_by_over on sallyport.sign_ins ((coalesce(ended_at, ends_at)));
