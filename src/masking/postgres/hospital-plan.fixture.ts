import type { Catalog } from '../../sql/postgres/catalog.ts';
import { HOSPITAL } from '../../sql/postgres/hospital.fixture.ts';
import type { MaskedColumn, MaskedRelation, MaskPlan } from '../mask-plan.ts';

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
