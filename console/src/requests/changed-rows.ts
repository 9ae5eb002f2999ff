import { showPlainly } from '../../../src/api/show-plainly.ts';
import type { ShownChange } from '../../../src/api/shown-operation.ts';

/** What a transaction changed in one relation, as people read it: nothing in it is unseen, or another than it looks. */
export interface ChangedRows {
  readonly relation: string;
  readonly counts: string;
  readonly columns: readonly string[];
  readonly rows: readonly ChangedRow[];
}

/** A row before or after. */
export interface ChangedRow {
  readonly key: string;
  readonly name: 'before' | 'after';
  /** Null for SQL's NULL, which a text of that name is not. */
  readonly values: readonly (string | null)[];
}

/** Lays out what a transaction changed. */
export function layOutChange(change: ShownChange): ChangedRows {
  const { relation, inserted, updated, deleted, columns, samples } = change;
  const row = (
    index: number,
    name: ChangedRow['name'],
    values: readonly (string | null)[] | null,
  ): readonly ChangedRow[] =>
    values === null
      ? []
      : [
          {
            key: `${index}-${name}`,
            name,
            values: values.map((value) => value && showPlainly(value)),
          },
        ];
  return {
    relation: showPlainly(relation),
    counts: `${inserted} inserted, ${updated} updated, ${deleted} deleted`,
    columns: columns.map(showPlainly),
    rows: samples.flatMap(({ before, after }, index) => [
      ...row(index, 'before', before),
      ...row(index, 'after', after),
    ]),
  };
}
