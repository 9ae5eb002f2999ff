import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { buildCatalog, describeTable } from '../sql/postgres/build-catalog.ts';
import { findHiddenDefaults, maskDefaults } from './hidden-defaults.ts';
import type { MaskedRelation } from './mask-plan.ts';

const [PATIENTS, WARDS, DEFAULTS, ATTRIBUTES, COLUMNS] = [1, 2, 3, 4, 5];

const CATALOG = buildCatalog({
  serverVersion: 150_018,
  relations: [
    describeTable({ oid: PATIENTS, schema: 'public', name: 'patients' }, [
      { name: 'id', hasDefaultValue: true },
      { name: 'nick', hasDefaultValue: true },
      'ssn',
    ]),
    describeTable({ oid: WARDS, schema: 'public', name: 'wards' }, [
      { name: 'label', hasDefaultValue: true },
    ]),
    describeTable({ oid: DEFAULTS, schema: 'pg_catalog', name: 'pg_attrdef' }, ['adbin']),
    describeTable({ oid: ATTRIBUTES, schema: 'pg_catalog', name: 'pg_attribute' }, ['attname']),
    describeTable({ oid: COLUMNS, schema: 'information_schema', name: 'columns' }, ['table_name']),
  ],
  userFunctions: [],
});

/** The expressions that hide defaults in a relation, if the columns of patients are masked. */
function shown(oid: number, columns: readonly string[]): Readonly<Record<string, string>> {
  const relation = CATALOG.getRelation(oid);
  assert(relation !== undefined);
  const find = (found: number): MaskedRelation | undefined => {
    const patients = CATALOG.getRelation(PATIENTS);
    if (found !== PATIENTS || patients === undefined) return undefined;
    const masked = columns.map((name) => {
      const expression = (): string => `'X'`;
      const classes = ['name'];
      return {
        ...{ name, classes, expression, keylessExpression: expression },
        ...{ inspect: undefined, because: 'the test says so' },
      };
    });
    return { relation: patients, columns: new Map(masked.map((column) => [column.name, column])) };
  };
  const masked = maskDefaults(relation, () => findHiddenDefaults(CATALOG, find));
  return Object.fromEntries(
    [...(masked?.columns.values() ?? [])].map(({ name, expression }) => [
      name,
      expression(`"d"."${name}"`),
    ]),
  );
}

describe('maskDefaults', () => {
  it('hides the defaults of masked columns that have a value in them, and no others', () => {
    const key = `pg_catalog.concat_ws('/'::pg_catalog.text, "d"."adrelid", "d"."adnum")`;
    const isHidden = `${key} OPERATOR(pg_catalog.=) ANY (ARRAY['1/2'::pg_catalog.text])`;
    assert.deepEqual(shown(DEFAULTS, ['nick', 'ssn']), {
      adrelid: `(CASE WHEN ${isHidden} THEN NULL::pg_catalog.oid ELSE "d"."adrelid" END)`,
      adbin: `(CASE WHEN ${isHidden} THEN NULL::pg_catalog.pg_node_tree ELSE "d"."adbin" END)`,
    });
    assert.match(
      shown(COLUMNS, ['nick'])['column_default'] ?? '',
      /ARRAY\['public\/patients\/nick'::pg_catalog\.text\]/u,
    );
    assert.deepEqual(shown(ATTRIBUTES, ['nick']), { attmissingval: 'NULL::pg_catalog.anyarray' });
  });

  it('hides nothing where no masked column has such a default', () => {
    for (const oid of [DEFAULTS, ATTRIBUTES, COLUMNS]) assert.deepEqual(shown(oid, ['ssn']), {});
    assert.deepEqual(shown(WARDS, ['nick']), {});
  });
});
