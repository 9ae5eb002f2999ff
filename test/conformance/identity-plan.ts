import type { MaskedColumn, MaskPlan } from '../../src/masking/mask-plan.ts';
import type { Catalog, CatalogRelation } from '../../src/sql/postgres/catalog.ts';

/** What stands for a column: the column itself, unless a test wants to see that a difference shows. */
export type MaskExpression = (reference: string) => string;

/** Changes nothing. There is no such mask in the product: it would show what it is to hide. */
export const identityMask: MaskExpression = (reference) => reference;

/** Relations that have columns to read: tables, partitioned ones, views, materialized views, foreign tables. */
const MASKED_KINDS = 'rpvmf';

const SYSTEM_SCHEMAS: ReadonlySet<string> = new Set([
  'pg_catalog',
  'information_schema',
  'pg_toast',
]);

/** Whether a column is not masked. */
export type IsShown = (relation: CatalogRelation, column: string) => boolean;

/** Masks every column of every relation of users, but for those that are shown. */
export function planIdentity(
  catalog: Catalog,
  expression: MaskExpression,
  isShown: IsShown = () => false,
): MaskPlan {
  return {
    key: 'identity',
    catalog,
    find: (oid) => {
      const relation = catalog.getRelation(oid);
      if (relation === undefined || SYSTEM_SCHEMAS.has(relation.schema)) return undefined;
      if (!MASKED_KINDS.includes(relation.kind)) return undefined;
      const columns = new Map<string, MaskedColumn>();
      for (const name of relation.columns) {
        if (isShown(relation, name)) continue;
        columns.set(name, {
          name,
          classes: ['identity'],
          expression,
          keylessExpression: expression,
          inspect: undefined,
          because: 'every column is',
        });
      }
      return columns.size === 0 ? undefined : { relation, columns };
    },
  };
}
