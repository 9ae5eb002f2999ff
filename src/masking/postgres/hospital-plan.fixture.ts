import assert from 'node:assert/strict';
import type { Catalog, CatalogRelation } from '../../sql/postgres/catalog.ts';
import { HOSPITAL } from '../../sql/postgres/hospital.fixture.ts';
import type { MaskedColumn, MaskedRelation, MaskPlan } from '../mask-plan.ts';
import { describeKeyed } from '../vault/keyed-form.ts';

/** Columns of the hospital of which a principal may see nothing; after a colon what the second net does. */
const HIDDEN: Readonly<Record<string, readonly string[]>> = {
  customers: ['name', 'ssn'],
  customer_names: ['name'],
  audit: ['note:text'],
  visits: ['at'],
  visits_2025: ['at'],
  visits_2026: ['at'],
};

/** Hides some columns of the hospital behind `'X'`, or where the text is kept, `'K'`. */
export const HOSPITAL_PLAN: MaskPlan = planOf(HOSPITAL);

/** The same plan for another catalog. */
export function planOf(
  catalog: Catalog,
  expression: (reference: string) => string = () => `'X'::pg_catalog.text`,
): MaskPlan {
  const relations = new Map<number, MaskedRelation>();
  for (const [name, columns] of Object.entries(HIDDEN)) {
    const relation = catalog.findRelation('public', name);
    if (relation === undefined) continue;
    const masked = columns.map((column) => maskOf(column, expression));
    relations.set(relation.oid, {
      relation,
      columns: new Map(masked.map((column) => [column.name, column])),
    });
  }
  return { key: 'hospital', catalog, find: (oid) => relations.get(oid) };
}

/** The same columns, shown by pseudonyms, as are some of another relation. */
export function keyedPlan(
  hidden: MaskPlan,
  relation: CatalogRelation,
  names: readonly string[],
): MaskPlan {
  const keyed = describeKeyed('pseudonym', 'any', { kind: 'prefixed' });
  const [column] = hidden.find(1)?.columns.values() ?? [];
  assert(column !== undefined);
  const others = names.map((name) => [name, { ...column, name, isKeyed: true, keyed }] as const);
  return {
    ...hidden,
    find: (oid) => {
      if (oid === relation.oid && names.length > 0) return { relation, columns: new Map(others) };
      const found = hidden.find(oid);
      const columns = [...(found?.columns ?? [])].map(
        ([name, hiddenColumn]) => [name, { ...hiddenColumn, isKeyed: true, keyed }] as const,
      );
      return found && { ...found, columns: new Map(columns) };
    },
  };
}

function maskOf(column: string, expression: (reference: string) => string): MaskedColumn {
  const [name = '', inspect] = column.split(':');
  return {
    name,
    classes: [name],
    expression,
    keylessExpression: () => `'K'::pg_catalog.text`,
    inspect: inspect === 'text' ? 'text' : undefined,
    because: 'the fixture says so',
  };
}
