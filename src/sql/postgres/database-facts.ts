/** Extensions that come with PostgreSQL and whose operators in C compute from what they are given. */
const EXTENSIONS = 'btree_gist,citext,cube,earthdistance,hstore,intarray,isn,ltree,pg_trgm,seg';

/** Rows of the catalog's query that are of the database as a whole; the query defines what they read. */
export const DATABASE_FACTS: string = `
union all
select 'operators', null, null,
  coalesce(pg_catalog.json_agg(distinct o.oprname::pg_catalog.text)::pg_catalog.text, '[]')
from pg_catalog.pg_operator o, first_user_oid f where o.oid >= f.oid and not exists (
  select from shipped_function s
  join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_operator'::pg_catalog.regclass and d.objid = o.oid
    and d.deptype = 'e'
  join pg_catalog.pg_extension e on e.oid = d.refobjid and e.extname = any ('{${EXTENSIONS}}')
  where s.oid = o.oprcode)
union all
select 'conversions', null, null, coalesce(pg_catalog.json_agg(pg_catalog.json_build_array(source::pg_catalog.int8,
  target::pg_catalog.int8, context, code) order by source, target, code)::pg_catalog.text, '[]')
from conversion
union all
select 'server', null, null, pg_catalog.current_setting('server_version_num')
`;
