import { buildCatalog, describeTable } from './build-catalog.ts';
import type { Catalog, CatalogRelation, NameContext } from './catalog.ts';

type Details = Partial<Omit<CatalogRelation, 'oid' | 'schema' | 'name' | 'columns'>>;

function relation(
  oid: number,
  name: string,
  columns: string,
  details: Details = {},
): CatalogRelation {
  const [schema = '', plain = ''] = name.includes('.') ? name.split('.') : ['public', name];
  const table = { oid, schema, name: plain };
  return describeTable(table, columns.split(' '), {
    uniqueKeys: [['id']],
    primaryKey: ['id'],
    ...details,
  });
}

const view = (...dependsOn: number[]): Details => ({
  kind: 'v',
  dependsOn,
  uniqueKeys: [],
  primaryKey: [],
});

/** Written by hand: tables, views over views, partitions, inheritance, a name in two schemas. */
export const HOSPITAL: Catalog = buildCatalog({
  serverVersion: 150_018,
  relations: [
    relation(1, 'customers', 'id name ssn'),
    relation(2, 'staging', 'id name'),
    relation(3, 'audit', 'id note'),
    relation(4, 'cust"omers', 'id'),
    relation(5, 'customer_names', 'id name', view(1)),
    relation(6, 'customer_initials', 'id initial', view(5)),
    relation(7, 'visits', 'id customer_id at', { kind: 'p', children: [8, 9] }),
    relation(8, 'visits_2025', 'id customer_id at', { parents: [7] }),
    relation(9, 'visits_2026', 'id customer_id at', { parents: [7] }),
    relation(10, 'people', 'id name', { children: [11] }),
    relation(11, 'employees', 'id name salary', { parents: [10] }),
    relation(12, 'research.customers', 'id cohort'),
    relation(13, 'scored', 'id score', { ...view(1), functions: ['public.score'] }),
    relation(14, 'pair', 'a b', {
      uniqueKeys: [['a', 'b']],
      primaryKey: ['a', 'b'],
      hasHiddenCode: true,
    }),
    relation(20, 'pg_catalog.pg_class', 'oid relname'),
    relation(21, 'pg_catalog.pg_settings', 'name setting', view()),
  ],
  userFunctions: [
    { schema: 'public', name: 'score' },
    { schema: 'research', name: 'lower' },
    { schema: 'public', name: 'refresh_all' },
  ],
});

/** A session as it begins, with `changes`. */
export function session(changes: Partial<NameContext> = {}): NameContext {
  return {
    searchPaths: [['public']],
    overlay: [],
    functionsAllowed: new Set(),
    standardConformingStrings: true,
    clientEncoding: 'UTF8',
    ...changes,
  };
}
