import type { JoinExpr, Node, RangeVar } from 'libpg-query';
import { noteFunctionName } from './functions.ts';
import type { CteScope, RangeEntry } from './query-level.ts';
import type { Conjunct, UsingColumn } from './restriction.ts';
import type { OperationBuilder, StatementBuilder } from './statement-builder.ts';
import { stringsOf } from './tree.ts';

/** A FROM clause taken apart. */
export interface FromParts {
  readonly entries: RangeEntry[];
  readonly conjuncts: Conjunct[];
  readonly usings: UsingColumn[];
  /** What stands in it besides names: to be walked once the whole level is known. */
  readonly nested: Node[];
}

/** A FROM clause with these entries and nothing else. */
export function fromEntries(...entries: RangeEntry[]): FromParts {
  return { entries, conjuncts: [], usings: [], nested: [] };
}

/** Takes a FROM clause apart; `operation` is the one that reads what it names. */
export function takeFrom(
  builder: StatementBuilder,
  from: readonly Node[] | undefined,
  ctes: CteScope | undefined,
  operation: OperationBuilder,
): FromParts {
  const parts = fromEntries();
  const reader = new FromReader(builder, ctes, operation, parts);
  for (const node of from ?? []) reader.takeItem(node);
  return parts;
}

/** The entry of one named relation. */
export function entryOf(
  builder: StatementBuilder,
  range: RangeVar,
  operation: OperationBuilder,
): RangeEntry {
  const { schemaname, relname = '', alias } = range;
  return {
    alias: alias?.aliasname ?? relname,
    schema: alias === undefined ? schemaname : undefined,
    relation: builder.resolve(operation, schemaname, relname),
    members: [],
    withDescendants: range.inh === true,
    hasColumnAliases: (alias?.colnames?.length ?? 0) > 0,
    operation,
    rows: undefined,
  };
}

/** Whether the name, unqualified, means a common table expression. */
export function isCteName(
  scope: CteScope | undefined,
  { schemaname, relname = '' }: RangeVar,
): boolean {
  if (schemaname !== undefined) return false;
  for (let current = scope; current !== undefined; current = current.outer) {
    if (current.names.has(relname)) return true;
  }
  return false;
}

class FromReader {
  readonly #builder: StatementBuilder;
  readonly #ctes: CteScope | undefined;
  readonly #operation: OperationBuilder;
  readonly #parts: FromParts;

  constructor(
    builder: StatementBuilder,
    ctes: CteScope | undefined,
    operation: OperationBuilder,
    parts: FromParts,
  ) {
    this.#builder = builder;
    this.#ctes = ctes;
    this.#operation = operation;
    this.#parts = parts;
  }

  /** Returns the entries that the item added. */
  takeItem(node: Node): readonly RangeEntry[] {
    const { entries, nested } = this.#parts;
    const before = entries.length;
    if ('RangeVar' in node) {
      const range = node.RangeVar;
      entries.push(
        isCteName(this.#ctes, range)
          ? this.#derived(range.alias?.aliasname ?? range.relname)
          : entryOf(this.#builder, range, this.#operation),
      );
    } else if ('JoinExpr' in node) {
      this.#takeJoin(node.JoinExpr);
    } else if ('RangeTableSample' in node) {
      const { relation, args = [], repeatable, method } = node.RangeTableSample;
      if (relation !== undefined) this.takeItem(relation);
      nested.push(...args);
      if (repeatable !== undefined) nested.push(repeatable);
      this.#noteSampleMethod(stringsOf(method));
    } else {
      const [body] = Object.values(node) as { alias?: { aliasname?: string } }[];
      entries.push(this.#derived(body?.alias?.aliasname));
      nested.push(node);
    }
    return entries.slice(before);
  }

  #takeJoin(join: JoinExpr): void {
    const { larg, rarg, quals, jointype, alias, join_using_alias: usingAlias } = join;
    const left = larg === undefined ? [] : this.takeItem(larg);
    const right = rarg === undefined ? [] : this.takeItem(rarg);
    const both = [...left, ...right];
    if (quals !== undefined) {
      this.#parts.conjuncts.push({ condition: quals, entries: excludable(jointype, left, right) });
      this.#parts.nested.push(quals);
    }
    for (const column of stringsOf(join.usingClause)) {
      this.#parts.usings.push({ column, left, right, jointype });
      // Both sides are read, whatever the rest of the query names.
      for (const entry of both) noteJoinColumn(entry, column);
    }
    if (join.isNatural === true) for (const entry of both) noteJoinColumn(entry, '*');
    for (const name of [alias?.aliasname, usingAlias?.aliasname]) {
      if (name !== undefined) this.#parts.entries.push({ ...this.#derived(name), members: both });
    }
  }

  #derived(alias: string | undefined): RangeEntry {
    return {
      alias,
      schema: undefined,
      relation: undefined,
      members: [],
      withDescendants: true,
      hasColumnAliases: false,
      operation: this.#operation,
      rows: undefined,
    };
  }

  /** BERNOULLI and SYSTEM are built in; another method is a function. */
  #noteSampleMethod(method: readonly string[]): void {
    const name = method.at(-1) ?? '';
    if (name === 'bernoulli' || name === 'system') return;
    noteFunctionName(this.#builder, this.#operation, method.at(-2), name);
  }
}

/** The sides of a join of which its condition can exclude rows: an outer join keeps the other's. */
function excludable(
  jointype: JoinExpr['jointype'],
  left: readonly RangeEntry[],
  right: readonly RangeEntry[],
): readonly RangeEntry[] {
  if (jointype === 'JOIN_INNER') return [...left, ...right];
  if (jointype === 'JOIN_LEFT') return right;
  return jointype === 'JOIN_RIGHT' ? left : [];
}

function noteJoinColumn(entry: RangeEntry, column: string): void {
  const { relation } = entry;
  if (relation === undefined) return;
  const { names, known } = relation;
  const isElsewhere =
    column !== '*' &&
    known.length === names.length &&
    !known.some(({ columns }) => columns.includes(column));
  if (isElsewhere) return;
  for (const name of names) entry.operation.columns.add(`${name}.${column}`);
}
