import type { CatalogRelation, CatalogRows } from './catalog.ts';

/**
 * Reads all that `buildCatalog` needs in one statement, so from one snapshot. Valid on PostgreSQL 13 to 18, for any role. Four
 * text columns: what the row is (`server`, `relation`, `functions`, `built-ins`), a schema, a name, and JSON.
 *
 * Left out: TOAST tables, other sessions' temporary tables, and what indexes are made of. Dependencies on PostgreSQL's own pinned
 * objects are recorded nowhere, so a view over, say, `pg_statistic` shows none.
 */
export const CATALOG_QUERY: string = `
with first_user_oid(oid) as (select 16384::pg_catalog.oid),
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
rule_depend(relation, class, object) as (
  select distinct r.ev_class, d.refclassid, d.refobjid
  from pg_catalog.pg_rewrite r
  join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass and d.objid = r.oid
  where d.refobjid <> r.ev_class
),
depends_on(relation, list) as (
  select relation, pg_catalog.json_agg(object::pg_catalog.int8 order by object) from rule_depend
  where class = 'pg_catalog.pg_class'::pg_catalog.regclass group by relation
),
rule_functions(relation, list) as (
  select u.relation, pg_catalog.json_agg(n.nspname || '.' || p.proname order by n.nspname, p.proname, p.oid)
  from rule_depend u
  join pg_catalog.pg_proc p on u.class = 'pg_catalog.pg_proc'::pg_catalog.regclass and p.oid = u.object
  join pg_catalog.pg_namespace n on n.oid = p.pronamespace, first_user_oid f
  where p.oid >= f.oid group by u.relation
),
parents(relation, list) as (
  select inhrelid, pg_catalog.json_agg(inhparent::pg_catalog.int8 order by inhparent)
  from pg_catalog.pg_inherits group by inhrelid
),
children(relation, list) as (
  select inhparent, pg_catalog.json_agg(inhrelid::pg_catalog.int8 order by inhrelid)
  from pg_catalog.pg_inherits group by inhparent
),
columns(relation, list) as (
  select attrelid, pg_catalog.json_agg(attname order by attnum)
  from pg_catalog.pg_attribute where attnum > 0 and not attisdropped group by attrelid
),
unique_keys(relation, list) as (
  select i.indrelid, pg_catalog.json_agg((
    select pg_catalog.json_agg(a.attname order by k.place)
    from pg_catalog.unnest(pg_catalog.string_to_array(i.indkey::pg_catalog.text, ' ')::pg_catalog.int2[])
      with ordinality as k(number, place)
    join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.number
    where k.place <= i.indnkeyatts) order by i.indexrelid)
  from pg_catalog.pg_index i
  where i.indisunique and i.indisvalid and i.indimmediate and i.indpred is null and i.indexprs is null
  group by i.indrelid
)
select 'server' as what, null::pg_catalog.text as schema, null::pg_catalog.text as name,
  pg_catalog.current_setting('server_version_num') as details
union all
select 'relation', n.nspname::pg_catalog.text, c.relname::pg_catalog.text,
  case when c.relkind in ('i', 'I') then pg_catalog.json_build_array(c.oid::pg_catalog.int8, c.relkind)::pg_catalog.text
  else pg_catalog.json_build_array(c.oid::pg_catalog.int8, c.relkind, a.list, d.list, p.list, k.list, u.list,
    h.relation is not null, f.list)::pg_catalog.text end
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
left join columns a on a.relation = c.oid
left join depends_on d on d.relation = c.oid
left join parents p on p.relation = c.oid
left join children k on k.relation = c.oid
left join unique_keys u on u.relation = c.oid
left join hidden_code h on h.relation = c.oid
left join rule_functions f on f.relation = c.oid
where c.relkind <> 't' and n.nspname !~ '^pg_(toast|temp_|toast_temp_)'
union all
select 'functions', n.nspname::pg_catalog.text, null,
  pg_catalog.json_agg(distinct p.proname::pg_catalog.text)::pg_catalog.text
from pg_catalog.pg_proc p
join pg_catalog.pg_namespace n on n.oid = p.pronamespace, first_user_oid f
where p.oid >= f.oid or n.nspname not in ('pg_catalog', 'information_schema')
group by n.nspname
union all
select 'built-ins', null, null, pg_catalog.json_agg(distinct p.proname::pg_catalog.text)::pg_catalog.text
from pg_catalog.pg_proc p
where p.pronamespace = 'pg_catalog'::pg_catalog.regnamespace`;

/** The server's answer to `CATALOG_QUERY` is not what was asked for. */
export class CatalogError extends Error {
  override readonly name = 'CatalogError';
  readonly code = 'ERR_SQL_CATALOG';
}

/**
 * Decodes the rows of `CATALOG_QUERY`, in text format.
 *
 * @throws {CatalogError} If a row is missing or has another shape.
 */
export function decodeCatalogRows(rows: readonly (readonly (string | null)[])[]): CatalogRows {
  let serverVersion: number | undefined;
  let builtInFunctions: readonly string[] | undefined;
  const relations: CatalogRelation[] = [];
  const userFunctions: { schema: string; name: string }[] = [];
  for (const [what, schema, name, details] of rows) {
    const value = parseDetails(details);
    if (what === 'server' && typeof value === 'number') serverVersion = value;
    else if (what === 'relation' && typeof schema === 'string' && typeof name === 'string') {
      relations.push(decodeRelation(schema, name, value));
    } else if (what === 'functions' && typeof schema === 'string') {
      for (const functionName of stringList(value))
        userFunctions.push({ schema, name: functionName });
    } else if (what === 'built-ins') builtInFunctions = stringList(value);
    else throw new CatalogError('Cannot decode catalog: a row is of no known kind');
  }
  if (serverVersion === undefined || builtInFunctions === undefined) {
    throw new CatalogError('Cannot decode catalog: the server or its functions are missing');
  }
  return { serverVersion, relations, userFunctions, builtInFunctions };
}

function decodeRelation(schema: string, name: string, value: unknown): CatalogRelation {
  if (!Array.isArray(value))
    throw new CatalogError('Cannot decode catalog: a relation has no details');
  const [
    oid,
    kind,
    columns,
    dependsOn,
    parents,
    children,
    uniqueKeys,
    hasHiddenCode = false,
    functions,
  ] = value as readonly unknown[];
  if (typeof oid !== 'number' || typeof kind !== 'string' || typeof hasHiddenCode !== 'boolean') {
    throw new CatalogError('Cannot decode catalog: a relation has details of another shape');
  }
  return {
    oid,
    schema,
    name,
    kind,
    columns: stringList(columns),
    dependsOn: numberList(dependsOn),
    parents: numberList(parents),
    children: numberList(children),
    uniqueKeys: list(uniqueKeys).map(stringList),
    hasHiddenCode,
    functions: stringList(functions),
  };
}

function parseDetails(details: string | null | undefined): unknown {
  if (details === null || details === undefined)
    throw new CatalogError('Cannot decode catalog: a row has no details');
  try {
    return JSON.parse(details);
  } catch (cause) {
    throw new CatalogError('Cannot decode catalog: details are not JSON', { cause });
  }
}

/** What JSON has for an empty aggregate is null. */
function list(value: unknown): readonly unknown[] {
  if (value === null || value === undefined) return [];
  if (!Array.isArray(value))
    throw new CatalogError('Cannot decode catalog: a list is something else');
  return value;
}

function stringList(value: unknown): readonly string[] {
  return list(value).map((item) => {
    if (typeof item !== 'string')
      throw new CatalogError('Cannot decode catalog: a name is not a string');
    return item;
  });
}

function numberList(value: unknown): readonly number[] {
  return list(value).map((item) => {
    if (typeof item !== 'number')
      throw new CatalogError('Cannot decode catalog: an OID is not a number');
    return item;
  });
}
