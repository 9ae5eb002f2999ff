-- How many pseudonyms principals looked up in an hour (counted since 1970), on all gateways together.
create table sallyport.pseudonym_spending (
  hour bigint not null,
  principal text not null,
  spent bigint not null,
  primary key (hour, principal)
);
