-- Whose groups are what, sealed with a key that is not here: the columns are for searching. Null in rows from before: such a
-- person is in no group, until they sign in once more.
alter table sallyport.people add column sealed bytea;
