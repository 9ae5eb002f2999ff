/** OIDs below are given away by `initdb`, and never again. */
export const FIRST_USER_OID = 16_384;

const FIRST = String(FIRST_USER_OID);
/** The last of what came with the server. */
const LAST = String(FIRST_USER_OID - 1);

/**
 * Says which versions of rows are there now that tell of what came with the server: equal texts from one server that did not
 * start anew in between, equal rows. It counts them by the transaction that each is from: a transaction's rows are seen all at
 * once, so a new version brings a number that was not there, and one that is gone lowers a count.
 *
 * Beside what came with the server, that is all of which `pg_get_viewdef` spells names differently. Null where something that
 * came with the server is made of what did not, as a view of `information_schema` that somebody replaced: then more counts than this.
 */
export const BUILT_IN_VERSION: string = `
union all
select 'version', null, null, case when exists (
    select from pg_catalog.pg_depend where objid < ${FIRST} and refobjid >= ${FIRST}
    union all select from pg_catalog.pg_rewrite where ev_class < ${FIRST} and oid >= ${FIRST}
    union all select from pg_catalog.pg_trigger where tgrelid < ${FIRST} and oid >= ${FIRST}
    union all select from pg_catalog.pg_attrdef where adrelid < ${FIRST} and oid >= ${FIRST}
    union all select from pg_catalog.pg_index where indrelid < ${FIRST} and indexrelid >= ${FIRST}
    union all select from pg_catalog.pg_constraint where oid >= ${FIRST}
      and (conrelid between 1 and ${LAST} or contypid between 1 and ${LAST})
  ) then 'null' else pg_catalog.to_json(pg_catalog.md5(pg_catalog.string_agg(
    v.place || ' ' || v.made_by || ' ' || v.total, ',' order by v.place, v.made_by collate pg_catalog."C")))::pg_catalog.text end
from (
  select r.place, r.made_by::pg_catalog.text as made_by, pg_catalog.count(*) as total from (
    select 1 as place, xmin as made_by from pg_catalog.pg_class
      where oid < ${FIRST} or relnamespace = 'pg_catalog'::pg_catalog.regnamespace
    union all select 2, xmin from pg_catalog.pg_attribute where attrelid < ${FIRST}
    union all select 3, xmin from pg_catalog.pg_namespace where oid < ${FIRST}
    union all select 4, xmin from pg_catalog.pg_type
      where oid < ${FIRST} or typnamespace = 'pg_catalog'::pg_catalog.regnamespace
    union all select 5, xmin from pg_catalog.pg_proc
      where oid < ${FIRST} or pronamespace = 'pg_catalog'::pg_catalog.regnamespace
    union all select 6, xmin from pg_catalog.pg_operator
      where oid < ${FIRST} or oprnamespace = 'pg_catalog'::pg_catalog.regnamespace
    union all select 7, xmin from pg_catalog.pg_collation
      where oid < ${FIRST} or collnamespace = 'pg_catalog'::pg_catalog.regnamespace
    union all select 8, xmin from pg_catalog.pg_rewrite where ev_class < ${FIRST}
    union all select 9, xmin from pg_catalog.pg_trigger where tgrelid < ${FIRST}
    union all select 10, xmin from pg_catalog.pg_attrdef where adrelid < ${FIRST}
    union all select 11, xmin from pg_catalog.pg_index where indrelid < ${FIRST}
    union all select 12, xmin from pg_catalog.pg_constraint
      where conrelid between 1 and ${LAST} or contypid between 1 and ${LAST}
    union all select 13, xmin from pg_catalog.pg_inherits
      where inhparent < ${FIRST} or inhrelid < ${FIRST}
    union all select 14, xmin from pg_catalog.pg_depend where objid < ${FIRST}
    union all select 15, xmin from pg_catalog.pg_range where rngtypid < ${FIRST}
    union all select 16, xmin from pg_catalog.pg_enum where enumtypid < ${FIRST}
    union all select 17, xmin from pg_catalog.pg_cast
  ) r group by r.place, r.made_by
) v
`;
