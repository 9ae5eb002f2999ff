import type { Catalog } from '../sql/postgres/catalog.ts';
import type { ClassifiedColumn } from './classification.ts';

type Columns = ReadonlyMap<string, ClassifiedColumn>;

/**
 * A sequence shows the last value that it gave to the columns it numbers: it is of their classes. Under the mask it always is 1, which any
 * sequence may be set to where a dump is restored.
 *
 * @param tables Classified columns of each table that has any, by OID and name.
 * @returns The same of each sequence.
 */
export function classifySequences(
  catalog: Catalog,
  tables: ReadonlyMap<number, Columns>,
): ReadonlyMap<number, Columns> {
  const classified = new Map<number, Columns>();
  for (const { oid, kind, numbers = [] } of catalog.listRelations()) {
    if (kind !== 'S') continue;
    const columns = numbers.flatMap(
      ({ relation, column }) => tables.get(relation)?.get(column) ?? [],
    );
    if (columns.length === 0) continue;
    const last: ClassifiedColumn = {
      name: 'last_value',
      classes: [...new Set(columns.flatMap(({ classes }) => classes))],
      mask: { kind: 'fixed', value: '1' },
      content: 'value',
      paths: [],
      because: 'it numbers a classified column',
    };
    classified.set(oid, new Map([[last.name, last]]));
  }
  return classified;
}
