import { BUILT_IN_VERSION, FIRST_USER_OID } from './built-in-version.ts';
import { CHECKED_COLUMNS } from './checked-columns.ts';
import { DATABASE_FACTS } from './database-facts.ts';

/** Larger definitions could not be parsed, and whoever may create a view could make the catalog unreadable. */
const DEFINITION_BYTES_MAX = 65_536;

/** Labels of one enum that are read. */
const LABELS_MAX = 10_000;

/** What a reading is about: all, what came with the server, or all else. */
type CatalogPart = 'all' | 'built-in' | 'own';

/** For a connection that does nothing but read the catalog. Compiling the query would take four times its own time. */
export const CATALOG_SETTINGS: string = `
set search_path = '';
set lock_timeout = '5s';
set jit = off;
`;

/**
 * Reads all that `buildCatalog` needs, in one SELECT and so from one snapshot. Valid on PostgreSQL 13 to 18, for any role. Four
 * text columns: what the row is (`server`, `relation`, `type`, `functions`, `built-ins`, `operators`, `conversions`), a schema, a name, and JSON.
 *
 * Settings come first, so use a connection for this only: under an empty search path `pg_get_viewdef` qualifies every name outside
 * `pg_catalog`; and it locks what a view reads, so the definition of a view over a relation that someone has locked
 * exclusively, or waits to, is left out rather than waited for, as is one that is too long. No backslash stands in it: how the server reads
 * it does not depend on the role's `standard_conforming_strings`.
 *
 * Left out: TOAST tables, other sessions' temporary tables, and what indexes are made of. Dependencies on PostgreSQL's own pinned
 * objects are recorded nowhere, so a view over, say, `pg_statistic` shows none.
 */
export const CATALOG_QUERY: string = `${CATALOG_SETTINGS}${selectCatalog('all')}`;

/** The same of what came with the server, under {@link CATALOG_SETTINGS}, and a row `version`: see `BUILT_IN_VERSION`. */
export const BUILT_IN_CATALOG_SELECT: string = selectCatalog('built-in');

/** The same of all else. Where the row `version` is the same, both together are what {@link CATALOG_QUERY} would read now. */
export const OWN_CATALOG_SELECT: string = selectCatalog('own');

/** Without settings. The parts leave out nothing but what is of the other. */
// oxlint-disable-next-line max-lines-per-function -- one statement of SQL, whose parts mean nothing apart
function selectCatalog(part: CatalogPart): string {
  const conditions: Readonly<Record<CatalogPart, (oid: string) => string>> = {
    all: () => 'true',
    'built-in': (oid) => `${oid} < ${FIRST_USER_OID}`,
    own: (oid) => `${oid} >= ${FIRST_USER_OID}`,
  };
  const of = conditions[part];
  const isOfUsers = part !== 'built-in';
  return `with recursive first_user_oid(oid) as (select ${FIRST_USER_OID}::pg_catalog.oid),
listed(oid, relkind, schema, name) as materialized (
  select c.oid, c.relkind, n.nspname, c.relname
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.relkind <> 't' and n.nspname !~ '^pg_(toast|temp_|toast_temp_)' and ${of('c.oid')}
),
hidden_code(relation) as (
  select tgrelid from pg_catalog.pg_trigger where not tgisinternal
  union select oid from pg_catalog.pg_class where relrowsecurity
  union select ev_class from pg_catalog.pg_rewrite where ev_type <> '1'
  -- Defaults, generated columns, checks and index expressions that call user-defined functions.
  union select a.adrelid from pg_catalog.pg_depend d
    join pg_catalog.pg_attrdef a on a.oid = d.objid, first_user_oid f
    where d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass
      and d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass and d.refobjid >= f.oid
  union select c.conrelid from pg_catalog.pg_depend d
    join pg_catalog.pg_constraint c on c.oid = d.objid, first_user_oid f
    where d.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass
      and d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass and d.refobjid >= f.oid
  union select i.indrelid from pg_catalog.pg_depend d
    join pg_catalog.pg_index i on i.indexrelid = d.objid, first_user_oid f
    where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
      and d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass and d.refobjid >= f.oid
),
-- BEFORE INSERT FOR EACH ROW.
replaced(relation) as (
  select distinct tgrelid from pg_catalog.pg_trigger where tgtype & 7 = 7
),
-- The lists of RETURNING within rules, and within what they do.
returning_rule(relation) as (
  select distinct ev_class from pg_catalog.pg_rewrite where ev_type <> '1' and ev_action::pg_catalog.text ~ ':returningList [(]'
),
rule_depend(relation, class, object) as (
  select distinct r.ev_class, d.refclassid, d.refobjid
  from pg_catalog.pg_rewrite r
  join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass and d.objid = r.oid
  where d.refobjid <> r.ev_class
),
-- pg_user shows stars for the passwords of pg_shadow: who reads it reads none.
depends_on(relation, list) as (
  select relation, pg_catalog.json_agg(object::pg_catalog.int8 order by object) from rule_depend
  where class = 'pg_catalog.pg_class'::pg_catalog.regclass and relation <> 'pg_catalog.pg_user'::pg_catalog.regclass
  group by relation
),
-- What ships with an extension and is no SQL or script computes from its arguments.
shipped_function(oid) as materialized (
  select p.oid from pg_catalog.pg_proc p
  join pg_catalog.pg_language l on l.oid = p.prolang and l.lanname in ('c', 'internal')
  join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and d.objid = p.oid
    and d.deptype = 'e'
),
own_code(class, oid, name) as (
  select 'pg_catalog.pg_proc'::pg_catalog.regclass::pg_catalog.oid, p.oid, n.nspname || '.' || p.proname
  from pg_catalog.pg_proc p
  join pg_catalog.pg_namespace n on n.oid = p.pronamespace, first_user_oid f
  where p.oid >= f.oid and not exists (select from shipped_function s where s.oid = p.oid)
  union all
  select 'pg_catalog.pg_operator'::pg_catalog.regclass::pg_catalog.oid, o.oid, n.nspname || '.' || o.oprname
  from pg_catalog.pg_operator o
  join pg_catalog.pg_namespace n on n.oid = o.oprnamespace, first_user_oid f
  where o.oid >= f.oid and not exists (select from shipped_function s where s.oid = o.oprcode)
),
-- Casts WITH FUNCTION, and checks of domains, which have no source.
conversion(source, target, context, code) as materialized (
  select c.castsource, c.casttarget, c.castcontext::pg_catalog.text, w.name
  from pg_catalog.pg_cast c
  join own_code w on w.class = 'pg_catalog.pg_proc'::pg_catalog.regclass and w.oid = c.castfunc
  union
  select 0::pg_catalog.oid, c.contypid, 'd', w.name
  from pg_catalog.pg_constraint c
  join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass and d.objid = c.oid
  join own_code w on w.class = d.refclassid and w.oid = d.refobjid
  where c.contypid <> 0
),
rule_functions(relation, list) as (
  select c.relation, pg_catalog.json_agg(c.code order by c.code) from (
    select u.relation, n.nspname || '.' || p.proname as code
    from rule_depend u
    join pg_catalog.pg_proc p on u.class = 'pg_catalog.pg_proc'::pg_catalog.regclass and p.oid = u.object
    join pg_catalog.pg_namespace n on n.oid = p.pronamespace, first_user_oid f
    where p.oid >= f.oid
    union all
    -- A cast to a domain is recorded as a dependency on the domain.
    select u.relation, v.code from rule_depend u
    join conversion v on u.class = 'pg_catalog.pg_type'::pg_catalog.regclass and v.target = u.object and v.context = 'd'
  ) c group by c.relation
),
locked(relation) as materialized (
  select distinct relation from pg_catalog.pg_locks
  where locktype = 'relation' and mode = 'AccessExclusiveLock' and relation is not null
    and database = (select oid from pg_catalog.pg_database where datname = pg_catalog.current_database())
),
without_definition(relation) as materialized (
  select relation from locked
  union select u.relation from rule_depend u join locked l on l.relation = u.object
    where u.class = 'pg_catalog.pg_class'::pg_catalog.regclass
),
rule_version(relation, version) as (
  select ev_class, oid::pg_catalog.text || '/' || xmin::pg_catalog.text from pg_catalog.pg_rewrite where ev_type = '1'
),
parents(relation, list) as (
  select inhrelid, pg_catalog.json_agg(inhparent::pg_catalog.int8 order by inhparent)
  from pg_catalog.pg_inherits group by inhrelid
),
children(relation, list) as (
  select inhparent, pg_catalog.json_agg(inhrelid::pg_catalog.int8 order by inhrelid)
  from pg_catalog.pg_inherits group by inhparent
),
attribute as materialized (
  select a.attrelid, a.attnum, a.attname, a.atttypid, a.atttypmod, a.attcollation, a.attnotnull, a.attgenerated,
    a.attgenerated = '' and (a.atthasmissing or a.atthasdef and exists (
      -- A sequence is named by a constant of the type regclass.
      select from pg_catalog.pg_attrdef d where d.adrelid = a.attrelid and d.adnum = a.attnum
        and d.adbin::pg_catalog.text ~ ':consttype (?!2205 )')) as has_value
  from pg_catalog.pg_attribute a join listed l on l.oid = a.attrelid
  where a.attnum > 0 and not a.attisdropped and l.relkind not in ('i', 'I')
),
-- What a generated column is computed from. On older servers the column itself depends on that, not its expression.
generated_from(relation, number, source, id, type, tree) as materialized (
  select g.attrelid, g.attnum, d.refobjsubid::pg_catalog.int2, e.oid, g.atttypid, e.adbin::pg_catalog.text
  from attribute g
  join pg_catalog.pg_attrdef e on e.adrelid = g.attrelid and e.adnum = g.attnum
  join pg_catalog.pg_depend d on d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.refobjid = g.attrelid
    and d.refobjsubid > 0 and d.refobjsubid <> g.attnum
    and (d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass and d.objid = e.oid
      or d.classid = d.refclassid and d.objid = g.attrelid and d.objsubid = g.attnum)
  where g.attgenerated <> ''
),
sources(relation, number, list) as (
  select f.relation, f.number, pg_catalog.json_agg(distinct a.attname)
  from generated_from f join attribute a on a.attrelid = f.relation and a.attnum = f.source
  group by f.relation, f.number
),
columns(relation, list) as (
  select a.attrelid, pg_catalog.json_agg(pg_catalog.json_build_array(a.attname, a.attnum, a.atttypid::pg_catalog.int8,
    a.atttypmod, (a.attnotnull)::pg_catalog.int4 + 2 * (a.attgenerated <> '')::pg_catalog.int4
      + 4 * a.has_value::pg_catalog.int4,
    (select pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.collname)
      from pg_catalog.pg_collation c join pg_catalog.pg_namespace n on n.oid = c.collnamespace
      where c.oid = a.attcollation and a.attcollation <> t.typcollation), s.list) order by a.attnum)
  from attribute a join pg_catalog.pg_type t on t.oid = a.atttypid
  left join sources s on s.relation = a.attrelid and s.number = a.attnum
  group by a.attrelid
),
-- The primary key, if there is one, is the first.
unique_keys(relation, list, has_primary) as (
  select i.indrelid, pg_catalog.json_agg((
    select pg_catalog.json_agg(a.attname order by k.place)
    from pg_catalog.unnest(pg_catalog.string_to_array(i.indkey::pg_catalog.text, ' ')::pg_catalog.int2[])
      with ordinality as k(number, place)
    join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.number
    where k.place <= i.indnkeyatts) order by not i.indisprimary, i.indexrelid), pg_catalog.bool_or(i.indisprimary)
  from pg_catalog.pg_index i
  where i.indisunique and i.indisvalid and i.indimmediate and i.indpred is null and i.indexprs is null
  group by i.indrelid
),
compared(relation, number) as (
  select i.indrelid, k.number from pg_catalog.pg_index i,
    pg_catalog.unnest(pg_catalog.string_to_array(i.indkey::pg_catalog.text, ' ')::pg_catalog.int2[]) as k(number)
  where i.indisunique or i.indisexclusion
  union
  select i.indrelid, d.refobjsubid::pg_catalog.int2 from pg_catalog.pg_index i
  join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = i.indexrelid
    and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.refobjid = i.indrelid and d.refobjsubid > 0
  where i.indisunique or i.indisexclusion
),
-- What unique indexes, exclusion constraints and all that compute are made of; the tree of what a NULL test asks is left out of it.
index_tree(relation, id, compares, predicate, computed, tree) as materialized (
  select i.indrelid, i.indexrelid, i.indisunique or i.indisexclusion, t.place = 2,
    pg_catalog.cardinality(pg_catalog.array_positions(pg_catalog.string_to_array(i.indkey::pg_catalog.text, ' '), '0')),
    pg_catalog.regexp_replace(t.tree, '{NULLTEST :arg {VAR [^}]*}', '', 'g')
  from pg_catalog.pg_index i
  cross join pg_catalog.unnest(array[i.indexprs::pg_catalog.text, i.indpred::pg_catalog.text]) with ordinality as t(tree, place)
  where t.tree is not null
),
-- A column whose default has a value, or that is generated from such.
valued(relation, number) as materialized (
  select attrelid, attnum from attribute where has_value
  union
  select f.relation, f.number from generated_from f
  join attribute a on a.attrelid = f.relation and a.attnum = f.source and a.has_value
),
-- Predicates that may be true of NULL, and what may be computed from NULL and another column.
lax(id, predicate) as materialized (
  select x.id, x.predicate from index_tree x
  where x.compares
    and (x.predicate or (select pg_catalog.count(*) from pg_catalog.regexp_matches(x.tree, ':varattno ', 'g')) > x.computed)
    and (x.tree ~ '{(BOOLEANTEST|CASE|COALESCE|DISTINCTEXPR|MINMAX|NULLIFEXPR|ROWCOMPARE)|:boolop or|:boolop not :args [(]{BOOLEXPR'
      or not x.predicate and x.tree ~ '{(ARRAY|ROW)|:boolop and'
      or exists (
        select from pg_catalog.regexp_matches(x.tree, ':(?:op)?funcid ([0-9]+)', 'g') as f(id)
        join pg_catalog.pg_proc p on p.oid = f.id[1]::pg_catalog.oid and not p.proisstrict))
),
-- A default that has a value, a predicate that may be true of NULL, or what is computed from NULL and another value.
compared_default(relation, number) as (
  select i.indrelid, a.number from pg_catalog.pg_index i
  cross join pg_catalog.unnest(pg_catalog.string_to_array(i.indkey::pg_catalog.text, ' ')::pg_catalog.int2[])
    with ordinality as k(number, place)
  join valued a on a.relation = i.indrelid and a.number = k.number
  where (i.indisunique or i.indisexclusion) and k.place <= i.indnkeyatts
    and (i.indnkeyatts > 1 or i.indpred is not null or i.indexprs is not null)
  union
  select x.relation, a.attnum from index_tree x
  cross join pg_catalog.regexp_matches(x.tree, ':varattno ([0-9]+)', 'g') as v(number)
  join attribute a on a.attrelid = x.relation and a.attnum = v.number[1]::pg_catalog.int2
  left join valued d on d.relation = a.attrelid and d.number = a.attnum
  where x.compares and (d.number is not null
    or exists (select from lax l where l.id = x.id and l.predicate = x.predicate))
),
compared_defaults(relation, list) as (
  select c.relation, pg_catalog.json_agg(a.attname order by a.attnum)
  from compared_default c join attribute a on a.attrelid = c.relation and a.attnum = c.number group by c.relation
),
compared_columns(relation, list) as (
  select c.relation, pg_catalog.json_agg(distinct a.attname)
  from compared c join pg_catalog.pg_attribute a on a.attrelid = c.relation and a.attnum = c.number
  where a.attnum > 0 group by c.relation
),
-- Those that tell of rows beside the unique keys.
special_index as (
  select i.indrelid, i.indexrelid, i.indkey, i.indnkeyatts from pg_catalog.pg_index i
  where i.indisexclusion or i.indisunique and (not i.indimmediate or i.indpred is not null or i.indexprs is not null)
),
${CHECKED_COLUMNS},
-- What a partition's own constraints and indexes look at, and those above it do not: a row that comes from another is new to them.
own_checks(relation, list) as (
  select k.relation, pg_catalog.json_agg(distinct a.attname) from looked_at k
  join pg_catalog.pg_class p on p.oid = k.relation and p.relispartition
  join pg_catalog.pg_attribute a on a.attrelid = k.relation and a.attnum = k.number and a.attnum > 0
  where not exists (select from pg_catalog.pg_constraint c where c.oid = k.id and c.coninhcount > 0)
    and not exists (select from pg_catalog.pg_inherits i where i.inhrelid = k.id)
  group by k.relation
),
checks(relation, list) as (
  select n.relation, pg_catalog.json_agg(n.columns order by n.id) from (
    select c.relation, c.id, pg_catalog.json_agg(a.attname order by a.attnum) as columns
    from looked_at c join pg_catalog.pg_attribute a on a.attrelid = c.relation and a.attnum = c.number and a.attnum > 0
    group by c.relation, c.id having pg_catalog.count(*) > 1
  ) n group by n.relation
),
partition_keys(relation, list) as (
  select p.partrelid, pg_catalog.json_agg(a.attname order by a.attnum) from pg_catalog.pg_partitioned_table p
  join attribute a on a.attrelid = p.partrelid
    and (a.attnum = any (pg_catalog.string_to_array(p.partattrs::pg_catalog.text, ' ')::pg_catalog.int2[])
      or p.partexprs::pg_catalog.text ~ (':varattno ' || a.attnum || ' '))
  group by p.partrelid
),
numbered(sequence, relation, number) as (
  select d.objid, d.refobjid, d.refobjsubid from pg_catalog.pg_depend d
  where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.refclassid = d.classid and d.deptype in ('a', 'i')
    and d.refobjsubid > 0
  union
  select d.refobjid, a.adrelid, a.adnum from pg_catalog.pg_attrdef a
  join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass and d.objid = a.oid
    and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
),
numbers(sequence, list) as (
  select n.sequence, pg_catalog.json_agg(pg_catalog.json_build_array(n.relation::pg_catalog.int8, a.attname)
    order by n.relation, n.number)
  from numbered n
  join listed l on l.oid = n.sequence and l.relkind = 'S'
  join attribute a on a.attrelid = n.relation and a.attnum = n.number
  group by n.sequence
),
foreign_keys(relation, list) as (
  select c.conrelid, pg_catalog.json_agg(pg_catalog.json_build_array((
    select pg_catalog.json_agg(a.attname order by k.place)
    from pg_catalog.unnest(c.conkey) with ordinality as k(number, place)
    join pg_catalog.pg_attribute a on a.attrelid = c.conrelid and a.attnum = k.number
  ), c.confrelid::pg_catalog.int8, (
    select pg_catalog.json_agg(a.attname order by k.place)
    from pg_catalog.unnest(c.confkey) with ordinality as k(number, place)
    join pg_catalog.pg_attribute a on a.attrelid = c.confrelid and a.attnum = k.number
  ), c.confupdtype, c.confdeltype, (
    -- PostgreSQL 15 brought the columns of SET NULL and SET DEFAULT.
    select pg_catalog.json_agg(a.attname order by a.attnum)
    from pg_catalog.pg_attribute a where a.attrelid = c.conrelid and a.attnum = any (
      pg_catalog.translate(pg_catalog.to_jsonb(c) ->> 'confdelsetcols', '[]', '{}')::pg_catalog.int2[])
  )) order by c.oid)
  from pg_catalog.pg_constraint c where c.contype = 'f' group by c.conrelid
),
-- Of what a type is made: the subtype of a range, the range of a multirange (PostgreSQL 14 brought them and their column).
made_of(oid, inner_oid) as materialized (
  select rngtypid, rngsubtype from pg_catalog.pg_range
  union all
  select (pg_catalog.to_jsonb(r) ->> 'rngmultitypid')::pg_catalog.oid, rngtypid from pg_catalog.pg_range r
  where (pg_catalog.to_jsonb(r) ->> 'rngmultitypid') is not null
  union all
  select oid, typbasetype from pg_catalog.pg_type where typtype = 'd'
  union all
  select e.typarray, e.oid from pg_catalog.pg_type e where e.typarray <> 0
),
used_type(oid) as (
  select distinct atttypid from attribute
  union
  select pg_catalog.unnest(array[source, target]) from conversion where context <> 'd' and ${isOfUsers}
  union
  -- All that are not built in but rows and arrays of them, so that a name of one in a statement says what it is made of.
  select t.oid from pg_catalog.pg_type t, first_user_oid f
  where ${isOfUsers} and t.oid >= f.oid and t.typtype in ('b', 'd', 'e', 'm', 'r')
    and not exists (select from pg_catalog.pg_type e where e.oid = t.typelem and e.typtype = 'c')
  union
  select m.inner_oid from used_type u join made_of m on m.oid = u.oid
),
-- The names that SQL's grammar itself resolves, so that their modifiers are spelled as nowhere else.
sql_type(oid) as (
  select pg_catalog.unnest('{bit,varbit,bpchar,varchar,numeric,interval,time,timetz,timestamp,timestamptz}'
    ::pg_catalog.regtype[])::pg_catalog.oid
),
modifier(oid, number) as (
  select distinct atttypid, atttypmod from attribute where atttypmod <> -1
  union
  select t.typbasetype, t.typtypmod from used_type u join pg_catalog.pg_type t on t.oid = u.oid
  where t.typtype = 'd' and t.typtypmod <> -1
),
type_name(oid, name, element, is_array) as (
  select t.oid, pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(e.typname)
    || case when e.oid = t.oid then '' else '[]' end, e.oid, e.oid <> t.oid
  from used_type u
  join pg_catalog.pg_type t on t.oid = u.oid
  left join pg_catalog.pg_type a on a.oid = t.typelem and a.typarray = t.oid
  join pg_catalog.pg_type e on e.oid = coalesce(a.oid, t.oid)
  join pg_catalog.pg_namespace n on n.oid = e.typnamespace
),
modified(oid, list) as (
  select y.oid, pg_catalog.json_agg(pg_catalog.json_build_array(m.number,
    case when s.oid is null then pg_catalog.regexp_replace(y.name, '[[][]]$', '') || pg_catalog.substr(
      pg_catalog.format_type(y.element, m.number), pg_catalog.length(pg_catalog.format_type(y.element, -1)) + 1)
    else pg_catalog.format_type(y.element, m.number) end || case when y.is_array then '[]' else '' end) order by m.number)
  from modifier m
  join type_name y on y.oid = m.oid
  left join sql_type s on s.oid = y.element
  group by y.oid
),
labels(oid, list) as (
  select enumtypid, pg_catalog.to_json((
    pg_catalog.array_agg(enumlabel::pg_catalog.text order by enumsortorder))[1:${LABELS_MAX}])
  from pg_catalog.pg_enum group by enumtypid
)
select 'relation' as what, c.schema::pg_catalog.text as schema, c.name::pg_catalog.text as name,
  case when c.relkind in ('i', 'I') then pg_catalog.json_build_array(c.oid::pg_catalog.int8, c.relkind)::pg_catalog.text
  else pg_catalog.json_build_array(c.oid::pg_catalog.int8, c.relkind, a.list, d.list, p.list, k.list, u.list,
    h.relation is not null, f.list, r.list,
    case when c.relkind in ('v', 'm') and w.relation is null then (
      select d.definition from (select pg_catalog.pg_get_viewdef(c.oid) offset 0) d(definition)
      where pg_catalog.octet_length(d.definition) <= ${DEFINITION_BYTES_MAX}) end,
    e.list, b.list, y.version, u.has_primary, q.list, m.list,
    g.relation is not null, z.list, o.list, t.relation is not null)::pg_catalog.text end
from listed c
left join columns a on a.relation = c.oid
left join depends_on d on d.relation = c.oid
left join parents p on p.relation = c.oid
left join children k on k.relation = c.oid
left join unique_keys u on u.relation = c.oid
left join hidden_code h on h.relation = c.oid
left join replaced g on g.relation = c.oid
left join returning_rule t on t.relation = c.oid
left join rule_functions f on f.relation = c.oid
left join foreign_keys r on r.relation = c.oid
left join without_definition w on w.relation = c.oid
left join compared_columns e on e.relation = c.oid
left join checks b on b.relation = c.oid
left join compared_defaults m on m.relation = c.oid
left join rule_version y on y.relation = c.oid
left join partition_keys z on z.relation = c.oid
left join own_checks o on o.relation = c.oid
left join numbers q on q.sequence = c.oid
union all
select 'type', null, y.name, pg_catalog.json_build_array(y.oid::pg_catalog.int8, t.typtype, m.inner_oid::pg_catalog.int8,
  y.is_array, t.typtypmod, l.list, t.typrelid::pg_catalog.int8, o.list, t.typname)::pg_catalog.text
from type_name y
join pg_catalog.pg_type t on t.oid = y.oid
left join made_of m on m.oid = y.oid
left join labels l on l.oid = y.oid
left join modified o on o.oid = y.oid
union all
select 'functions', n.nspname::pg_catalog.text, null,
  pg_catalog.json_agg(distinct p.proname::pg_catalog.text)::pg_catalog.text
from pg_catalog.pg_proc p
join pg_catalog.pg_namespace n on n.oid = p.pronamespace, first_user_oid f
where (p.oid >= f.oid or n.nspname not in ('pg_catalog', 'information_schema')) and ${of('p.oid')}
group by n.nspname
union all
select 'built-ins', null, null,
  coalesce(pg_catalog.json_agg(distinct p.proname::pg_catalog.text)::pg_catalog.text, '[]')
from pg_catalog.pg_proc p
where p.pronamespace = 'pg_catalog'::pg_catalog.regnamespace and ${of('p.oid')}
${part === 'built-in' ? '' : DATABASE_FACTS}${part === 'all' ? '' : BUILT_IN_VERSION}`;
}
