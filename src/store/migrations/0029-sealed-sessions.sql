-- What a session was when it started, sealed with a key that is not here: who can only write rows cannot make it their own, or one
-- of a target that they may watch. Null in rows from before: those are not listed any more.
alter table sallyport.sessions add column sealed bytea;
