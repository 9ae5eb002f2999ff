import type { ColumnRef, JoinExpr, Node } from '../../sql/postgres/tree.ts';

/** What is to the left of NATURAL JOIN, and to its right; undefined where not all columns are known. */
export interface JoinSides {
  readonly left: readonly { readonly name: string }[] | undefined;
  readonly right: readonly { readonly name: string }[] | undefined;
}

/**
 * What a statement names, wherever and of whatever. A column of which it does not even have the name need not be in the subquery that
 * stands for its relation: the statement becomes shorter, no name in it can come to mean anything else, and who may read some columns
 * of a relation only is not refused for the others.
 */
export class NamedColumns {
  /** Every identifier of the statement: names of columns, and much besides. */
  readonly #names = new Set<string>();
  /** What stands before `.*`, or may stand for a whole row. */
  readonly #rows = new Set<string>();
  /** Aliases of joins. */
  readonly #joins = new Set<string>();
  /** Something reads all columns of what the names do not tell. */
  #readsAll = false;

  constructor(statement: Node) {
    this.#visit(statement);
    // Whose rows it has does not tell that of the relations in it.
    if ([...this.#joins].some((alias) => this.#rows.has(alias))) this.#readsAll = true;
  }

  /** Adds what a NATURAL JOIN joins by without naming it, and returns that; it is to be known before the first {@link mayRead}. */
  joinNaturally({ left, right }: JoinSides): readonly string[] {
    if (left === undefined || right === undefined) {
      this.#readsAll = true;
      return [];
    }
    const names = left
      .map(({ name }) => name)
      .filter((name) => right.some((column) => column.name === name));
    for (const name of names) this.#names.add(name);
    return names;
  }

  /** Whether a column of what goes by that alias may be read. */
  mayRead(alias: string, column: string): boolean {
    return this.#readsAll || this.#names.has(column) || this.#rows.has(alias);
  }

  #visit(value: unknown): void {
    if (typeof value === 'string') this.#names.add(value);
    if (typeof value !== 'object' || value === null) return;
    for (const [key, child] of Object.entries(value as Record<string, unknown>)) {
      // What is in quotes or a number is the name of nothing, and an alias reads nothing of what it names.
      if (key === 'A_Const' || key === 'colnames') continue;
      if (key === 'ColumnRef') this.#visitReference(child as ColumnRef);
      if (key === 'JoinExpr') this.#visitJoin(child as JoinExpr);
      this.#visit(child);
    }
  }

  #visitReference({ fields = [] }: ColumnRef): void {
    const last = fields.at(-1);
    const row = last !== undefined && 'A_Star' in last ? fields.at(-2) : last;
    if (row === undefined) this.#readsAll = true;
    else if ('String' in row) this.#rows.add(row.String.sval ?? '');
  }

  #visitJoin({ alias }: JoinExpr): void {
    if (alias === undefined) return;
    // Aliases of its columns go by position.
    if (alias.colnames !== undefined) this.#readsAll = true;
    this.#joins.add(alias.aliasname ?? '');
  }
}
