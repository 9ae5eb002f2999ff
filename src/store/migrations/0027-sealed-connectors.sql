-- By what a connector enrols, sealed with a key that is not here: who can only write rows can have nobody enrol. Null in
-- rows from before: such a connector goes on with the certificate that it has, and is added again to enrol.
alter table sallyport.connectors add column sealed bytea;
