import { FIRST_USER_OID } from './built-in-version.ts';

/** Nodes of expressions, under their names before and since PostgreSQL 16, that are NULL only where something in them is. */
const NODES =
  'VAR|CONST|FUNCEXPR|OPEXPR|RELABELTYPE|COERCEVIAIO|COLLATE(EXPR)?|COALESCE(EXPR)?|MINMAX(EXPR)?|NULLTEST';

/** `prosrc` of functions, of text and for full-text search, that are NULL only where an argument is. */
const TOTAL = `textcat text_concat lower upper initcap casefold btrim btrim1 ltrim ltrim1 rtrim rtrim1 text_left text_right lpad rpad
  text_substr text_substr_no_len replace_text translate text_reverse repeat split_part md5_text unicode_normalize_func
  textregexreplace textregexreplace_noopt varchar bpchar name_text text_name bpchar_name char_text
  to_tsvector_byid tsvector_setweight tsvector_concat jsonb_concat`;

/**
 * Parts of the catalog's query: what the server looks at together (`looked_at`: relation, what looks, column), which stands there for a
 * generated column itself.
 */
export const CHECKED_COLUMNS: string = `-- What is generated as text, JSON or for full-text search, and of such alone, is left out, and so are indexes over it: nothing can be asked
-- by whether it can be computed.
computed_type(oid) as materialized (
  select oid from pg_catalog.pg_type where typcategory in ('D', 'I', 'N', 'T') or typtype = 'd'
),
total_function(oid) as materialized (
  select oid from pg_catalog.pg_proc where oid < ${FIRST_USER_OID} and prosrc = any ('{${TOTAL.replaceAll(/\s+/gu, ',')}}')
),
checked(relation, id, number) as (
  select c.conrelid, c.oid, k.number from pg_catalog.pg_constraint c, pg_catalog.unnest(c.conkey) as k(number)
  where c.contype = 'c' and c.conrelid <> 0
  union
  select g.relation, g.id, g.source from generated_from g
  join pg_catalog.pg_type t on t.oid = g.type
  where t.typcategory not in ('S', 'U') or t.typtype = 'd' or exists (
    select from pg_catalog.regexp_matches(g.tree, 'resulttype ([0-9]+)', 'g') as r(type)
    join computed_type y on y.oid = r.type[1]::pg_catalog.oid)
  union
  select x.relation, x.id, v.number[1]::pg_catalog.int2 from index_tree x
  cross join pg_catalog.regexp_matches(x.tree, ':varattno ([0-9]+)', 'g') as v(number)
  where exists (
    select from pg_catalog.regexp_matches(x.tree, 'resulttype ([0-9]+)', 'g') as r(type)
    join computed_type y on y.oid = r.type[1]::pg_catalog.oid)
  union
  -- Whether it is NULL may be asked, too: masks show that.
  select g.relation, g.id, g.source from generated_from g
  where pg_catalog.regexp_replace(g.tree, '{NULLTEST :arg {VAR [^}]*}', '', 'g') ~ '{(?!(${NODES}) )'
    or exists (
      select from pg_catalog.regexp_matches(g.tree, 'funcid ([0-9]+)', 'g') as f(id)
      where f.id[1]::pg_catalog.oid not in (select oid from total_function))
  union
  -- Whether a row is in a partial index may be asked by one that is too long for it.
  select x.relation, x.id, v.number[1]::pg_catalog.int2 from index_tree x
  cross join pg_catalog.regexp_matches(x.tree, ':varattno ([0-9]+)', 'g') as v(number)
  where x.predicate
  union
  -- Statistics, which ANALYZE computes of rows that are there (PostgreSQL 14 brought expressions and their column).
  select x.relation, x.id, v.number[1]::pg_catalog.int2 from (
    select s.stxrelid, s.oid,
      pg_catalog.regexp_replace(pg_catalog.to_jsonb(s) ->> 'stxexprs', '{NULLTEST :arg {VAR [^}]*}', '', 'g')
    from pg_catalog.pg_statistic_ext s) as x(relation, id, tree)
  cross join pg_catalog.regexp_matches(x.tree, ':varattno ([0-9]+)', 'g') as v(number)
  where exists (
    select from pg_catalog.regexp_matches(x.tree, 'resulttype ([0-9]+)', 'g') as r(type)
    join computed_type y on y.oid = r.type[1]::pg_catalog.oid)
  union
  select i.indrelid, i.indexrelid, k.number from special_index i
  cross join pg_catalog.unnest(pg_catalog.string_to_array(i.indkey::pg_catalog.text, ' ')::pg_catalog.int2[])
    with ordinality as k(number, place)
  where k.place <= i.indnkeyatts
  union
  select i.indrelid, i.indexrelid, d.refobjsubid::pg_catalog.int2 from special_index i
  join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = i.indexrelid
    and d.refclassid = d.classid and d.refobjid = i.indrelid and d.refobjsubid > 0
),
-- A generated column stands for what it is made of.
looked_at(relation, id, number) as (
  select distinct c.relation, c.id, coalesce(g.source, c.number) from checked c
  left join generated_from g on g.relation = c.relation and g.number = c.number
)`;
