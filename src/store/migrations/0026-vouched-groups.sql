-- When the identity provider vouched for somebody's groups: a token from before does not bring back those that were
-- lost since. Null for who signed in before this was kept.
alter table sallyport.people add column vouched_at timestamptz;
