import type { CatalogRelation } from '../sql/postgres/catalog.ts';
import {
  alternativeLineage,
  type Lineage,
  LineageBuilder,
  type LineageColumn,
  NO_LINEAGE,
} from './classify-lineage.ts';

/** The lineage of a definition cannot be told with certainty. */
export class UnresolvedError extends Error {
  override readonly name = 'UnresolvedError';
  readonly code = 'ERR_MASKING_LINEAGE';
}

/** Something in a FROM clause, under the name by which columns refer to it. */
export interface FromItem {
  readonly alias: string;
  /** Of a relation without an alias. */
  readonly schema?: string;
  /** Of which its rows are, one each. */
  readonly relation?: CatalogRelation;
  readonly columns: readonly LineageColumn[];
  /** Of all other columns it may have; a function's are not known by name. */
  readonly rest?: Lineage;
}

/** What every relation has beside its columns. None of it says what a row holds. */
const SYSTEM_COLUMNS: ReadonlySet<string> = new Set([
  'tableoid',
  'ctid',
  'xmin',
  'cmin',
  'xmax',
  'cmax',
]);

/** The names that one query sees: what is in its FROM clause and WITH clause, then those around it. */
export class Scope {
  readonly items: FromItem[] = [];
  /** Undefined: named by a later query of the same WITH RECURSIVE. */
  readonly #commonTables = new Map<string, readonly LineageColumn[] | undefined>();
  readonly #parent: Scope | undefined;
  readonly #seesItems: boolean;

  /** @param seesItems Whether columns of the parent's own FROM clause are seen; its WITH clause always is. */
  constructor(parent: Scope | undefined, seesItems: boolean = true) {
    this.#parent = parent;
    this.#seesItems = seesItems;
  }

  addCommonTable(name: string, columns: readonly LineageColumn[] | undefined): void {
    this.#commonTables.set(name, columns);
  }

  /** @throws {UnresolvedError} If it is not known yet what it holds. */
  findCommonTable(name: string): readonly LineageColumn[] | undefined {
    if (!this.#commonTables.has(name)) return this.#parent?.findCommonTable(name);
    const columns = this.#commonTables.get(name);
    if (columns !== undefined) return columns;
    throw new UnresolvedError('Cannot resolve WITH: used before it is known');
  }

  /**
   * What a column reference may read. A name that several items have stands for all of them.
   *
   * @param parts The names as written, one to three.
   * @throws {UnresolvedError} If there is no such column.
   */
  resolveColumn(parts: readonly string[]): Lineage {
    const [name = '', alias, schema, more] = parts.toReversed();
    if (more !== undefined)
      throw new UnresolvedError('Cannot resolve column: its name has four parts');
    for (const scope of this.#levels()) {
      const items = scope.items.filter((item) => isNamed(item, alias, schema));
      const found = items.flatMap((item) => findColumns(item, name));
      if (found.length > 0) return alternativeLineage(found);
      if (items.length > 0 && SYSTEM_COLUMNS.has(name)) return NO_LINEAGE;
      if (items.length > 0 && alias !== undefined) break;
    }
    // A name that is no column stands for the whole row of what has that name.
    if (alias === undefined) return this.resolveRow([name]);
    throw new UnresolvedError('Cannot resolve column: nothing has it');
  }

  /** What a reference to a whole row reads. @throws {UnresolvedError} */
  resolveRow(parts: readonly string[]): Lineage {
    const item = this.getItem(parts);
    const builder = new LineageBuilder();
    for (const { lineage } of item.columns) builder.add(lineage);
    if (item.rest !== undefined) builder.add(item.rest);
    return builder.build();
  }

  /** @throws {UnresolvedError} If there is none of that name, or several. */
  getItem(parts: readonly string[]): FromItem {
    const [alias = '', schema] = parts.toReversed();
    for (const scope of this.#levels()) {
      const [item, ...more] = scope.items.filter((candidate) => isNamed(candidate, alias, schema));
      if (item !== undefined && more.length === 0) return item;
      if (item !== undefined) break;
    }
    throw new UnresolvedError('Cannot resolve row: not one thing has its name');
  }

  /** From here outwards, those whose FROM clause is seen. */
  *#levels(isSeen: boolean = true): Generator<Scope> {
    if (isSeen) yield this;
    if (this.#parent !== undefined) yield* this.#parent.#levels(this.#seesItems);
  }
}

function isNamed(item: FromItem, alias: string | undefined, schema: string | undefined): boolean {
  if (alias === undefined) return true;
  return item.alias === alias && (schema === undefined || item.schema === schema);
}

function findColumns({ columns, rest }: FromItem, name: string): readonly Lineage[] {
  const found = columns.filter((column) => column.name === name);
  if (found.length > 0) return found.map(({ lineage }) => lineage);
  return rest === undefined ? [] : [rest];
}
