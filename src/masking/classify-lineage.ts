/** One column of one relation. */
export interface ColumnSource {
  readonly relationOid: number;
  readonly column: string;
}

/** What the values of a result column are made of. */
export interface Lineage {
  /** Every column that may be read for them, by a key of its own. */
  readonly sources: ReadonlyMap<string, ColumnSource>;
  /** Each value is the value of one of the sources, unchanged, or NULL. */
  readonly isPlain: boolean;
  /** Functions that are called for them: those of `pg_catalog` by name, others as `schema.name`. */
  readonly builtIns: ReadonlySet<string>;
  readonly functions: ReadonlySet<string>;
  /** Of each thing in a FROM clause that they are read from, a number: values of one number are of the same row. */
  readonly rows: ReadonlySet<number>;
}

/** A column of a result, or of something in a FROM clause. */
export interface LineageColumn {
  readonly name: string;
  readonly lineage: Lineage;
}

const NO_NAMES: ReadonlySet<string> = new Set();

/** Of constants, and of what a row is rather than what it holds. */
export const NO_LINEAGE: Lineage = {
  sources: new Map(),
  isPlain: false,
  builtIns: NO_NAMES,
  functions: NO_NAMES,
  rows: new Set(),
};

/** Of a relation's own column. */
export function columnLineage(relationOid: number, column: string, row: number): Lineage {
  const source = { relationOid, column };
  return {
    ...NO_LINEAGE,
    sources: new Map([[`${relationOid} ${column}`, source]]),
    isPlain: true,
    rows: new Set([row]),
  };
}

/** Of values that are each a value of one of these: of a UNION, of a column that USING merges. */
export function alternativeLineage(lineages: readonly Lineage[]): Lineage {
  const [first, ...more] = lineages;
  if (first !== undefined && more.length === 0) return first;
  const builder = new LineageBuilder();
  for (const lineage of lineages) builder.add(lineage);
  return { ...builder.build(), isPlain: lineages.every(({ isPlain }) => isPlain) };
}

/** Collects what an expression reads. */
export class LineageBuilder {
  readonly #sources = new Map<string, ColumnSource>();
  readonly #builtIns = new Set<string>();
  readonly #functions = new Set<string>();
  readonly #rows = new Set<number>();

  add({ sources, builtIns, functions, rows }: Lineage): void {
    for (const [key, source] of sources) this.#sources.set(key, source);
    for (const name of builtIns) this.#builtIns.add(name);
    for (const name of functions) this.#functions.add(name);
    for (const row of rows) this.#rows.add(row);
  }

  /** @param parts The name as written: `pg_catalog` or nothing in front of a built-in one. */
  addFunction(parts: readonly string[]): void {
    const name = parts.at(-1) ?? '';
    const schema = parts.at(-2) ?? 'pg_catalog';
    if (schema === 'pg_catalog') this.#builtIns.add(name);
    else this.#functions.add(`${schema}.${name}`);
  }

  build(): Lineage {
    return {
      sources: this.#sources,
      isPlain: false,
      builtIns: this.#builtIns,
      functions: this.#functions,
      rows: this.#rows,
    };
  }
}
