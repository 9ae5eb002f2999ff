import type { ColumnRef, JoinExpr, Node } from '../../sql/postgres/tree.ts';

/**
 * What a statement names, wherever and of whatever. A column of which it does not even have the name need not be in the subquery that
 * stands for its relation: the statement becomes shorter, and no name in it can come to mean anything else.
 */
export class NamedColumns {
  /** Every identifier of the statement: names of columns, and much besides. */
  readonly #names = new Set<string>();
  /** What stands before `.*`, or may stand for a whole row. */
  readonly #rows = new Set<string>();
  /** Something reads all columns of what the names do not tell. */
  #readsAll = false;

  constructor(statement: Node) {
    this.#visit(statement);
  }

  /** Whether a column of what goes by that alias may be read. */
  mayRead(alias: string, column: string): boolean {
    return this.#readsAll || this.#names.has(column) || this.#rows.has(alias);
  }

  #visit(value: unknown): void {
    if (typeof value === 'string') this.#names.add(value);
    if (typeof value !== 'object' || value === null) return;
    for (const [key, child] of Object.entries(value as Record<string, unknown>)) {
      // What is in quotes or a number is the name of nothing.
      if (key === 'A_Const') continue;
      if (key === 'ColumnRef') this.#visitReference(child as ColumnRef);
      // Names of the columns do not tell what is joined, or what `j.*` stands for.
      if (key === 'JoinExpr' && isMerging(child as JoinExpr)) this.#readsAll = true;
      this.#visit(child);
    }
  }

  #visitReference({ fields = [] }: ColumnRef): void {
    const last = fields.at(-1);
    const row = last !== undefined && 'A_Star' in last ? fields.at(-2) : last;
    if (row === undefined) this.#readsAll = true;
    else if ('String' in row) this.#rows.add(row.String.sval ?? '');
  }
}

function isMerging({ alias, isNatural }: JoinExpr): boolean {
  return alias !== undefined || isNatural === true;
}
