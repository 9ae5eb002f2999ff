import type { MaskedRelation } from '../mask-plan.ts';
import type { CandidateFinder } from './check-rewrite-candidates.ts';
import type { PrescribedExpressions } from './check-rewrite-expressions.ts';
import { SYSTEM_COLUMNS } from './check-rewrite-masking-select.ts';
import { isTree, listIn, namesIn, openAs, type Tree, textIn } from './check-rewrite-tree.ts';

/** One thing that a query level names in FROM. */
interface Entry {
  readonly alias: string;
  /** Undefined: may have columns of any name. */
  readonly columns: ReadonlySet<string> | undefined;
}

/** A query between the write and a reference in it. */
interface Level {
  readonly entries: readonly Entry[];
  /** False within its own FROM clause, where not every entry can be seen. */
  readonly isInSight: boolean;
  readonly outer: Level | undefined;
}

/** A reference that may read a masked column, or the whole row, of the relation that is written. */
interface RawReference {
  readonly parts: readonly string[];
  /** What it stands in, innermost first, up to the clause. */
  readonly ancestors: readonly Tree[];
}

/** The relation that a statement writes. */
export interface WriteTarget {
  readonly masked: MaskedRelation;
  /** The relation's field of the statement. */
  readonly range: Tree;
  readonly finder: CandidateFinder;
  readonly expressions: PrescribedExpressions;
  readonly isKeyed: boolean;
}

/** Why the statement may show or test what its target holds; undefined if it cannot. */
export function findTargetLeak(kind: string, body: Tree, target: WriteTarget): string | undefined {
  const name = target.masked.relation.name;
  const search = new TargetSearch(target, returningNames(body));
  const conflict = body['onConflictClause'];
  if (isTree(conflict) && namesArbiter(conflict, target.masked)) {
    return `ON CONFLICT tests masked columns of ${name}`;
  }
  // The source of an INSERT and what stands in FROM, USING and WITH cannot see the target.
  const tested =
    kind === 'InsertStmt'
      ? [conflict]
      : [
          body['whereClause'],
          body['targetList'],
          body['joinCondition'],
          body['mergeWhenClauses'],
          body['options'],
        ];
  if (search.find(tested, false).length > 0) {
    return `the statement reads masked columns of ${name}, which it writes`;
  }
  const shown = search.find(body['returningClause'] ?? body['returningList'], true);
  return areMasked(shown, target) ? undefined : `RETURNING shows masked columns of ${name}`;
}

/** Names of the target's old and new rows in RETURNING. */
function returningNames(body: Tree): readonly string[] {
  const { returningClause } = body;
  const options = isTree(returningClause) ? listIn(returningClause, 'options') : [];
  return [
    'old',
    'new',
    ...options.map((option) => textIn(openAs(option, 'ReturningOption') ?? {}, 'value')),
  ];
}

/** Arbiters tell whether a value is there already. */
function namesArbiter(conflict: Tree, { relation, columns }: MaskedRelation): boolean {
  const { infer } = conflict;
  const elements = isTree(infer) ? listIn(infer, 'indexElems') : [];
  // A constraint's name, or none: any unique index may be the one.
  if (elements.length === 0) {
    return (
      relation.comparedColumns.some((column) => columns.has(column)) ||
      relation.uniqueKeys.some((key) => key.some((column) => columns.has(column)))
    );
  }
  return elements.some((element) =>
    columns.has(textIn(openAs(element, 'IndexElem') ?? {}, 'name')),
  );
}

/** Whether each reference stands in the expression that the plan prescribes for it, or for another that holds it. */
function areMasked(
  references: readonly RawReference[],
  { masked, expressions, isKeyed }: WriteTarget,
): boolean {
  const accepted = new Set<Tree>();
  const isAccepted = ({ parts, ancestors }: RawReference): boolean => {
    const column = masked.columns.get(parts.at(-1) ?? '');
    if (column === undefined) return false;
    const mask = ancestors.find((tree) => expressions.isMask(tree, column, parts, isKeyed));
    if (mask !== undefined) accepted.add(mask);
    return mask !== undefined;
  };
  return references
    .filter((reference) => !isAccepted(reference))
    .every(({ ancestors }) => ancestors.some((tree) => accepted.has(tree)));
}

/** Looks for raw references to the target, following the names of sub-selects as far as they are certain. */
class TargetSearch {
  readonly #target: WriteTarget;
  readonly #reference: string;
  readonly #rowNames: readonly string[];
  #isReturning = false;
  #found: RawReference[] = [];

  constructor(target: WriteTarget, rowNames: readonly string[]) {
    const { alias } = target.range;
    this.#target = target;
    this.#reference = isTree(alias) ? textIn(alias, 'aliasname') : textIn(target.range, 'relname');
    this.#rowNames = rowNames;
  }

  find(value: unknown, isReturning: boolean): readonly RawReference[] {
    this.#isReturning = isReturning;
    this.#found = [];
    this.#visit(value, undefined, []);
    return this.#found;
  }

  #visit(value: unknown, level: Level | undefined, ancestors: readonly Tree[]): void {
    if (Array.isArray(value)) for (const item of value) this.#visit(item, level, ancestors);
    if (!isTree(value)) return;
    if (value['limitOption'] !== undefined && value['op'] !== undefined) {
      this.#visitSelect(value, level, ancestors);
      return;
    }
    if (Array.isArray(value['fields'])) {
      const parts = namesIn(value['fields']) ?? ['*'];
      if (this.#mayBeRaw(parts, level)) this.#found.push({ parts, ancestors });
    }
    const inner = [value, ...ancestors];
    for (const key of Object.keys(value)) this.#visit(value[key], level, inner);
  }

  #visitSelect(select: Tree, outer: Level | undefined, ancestors: readonly Tree[]): void {
    const { fromClause, withClause, larg, rarg, ...rest } = select;
    this.#visit([withClause, larg, rarg], outer, ancestors);
    const entries = this.#entriesOf(fromClause);
    this.#visit(fromClause, { entries, isInSight: false, outer }, ancestors);
    this.#visit(Object.values(rest), { entries, isInSight: true, outer }, ancestors);
  }

  #entriesOf(from: unknown): readonly Entry[] {
    if (Array.isArray(from)) return from.flatMap((item) => this.#entriesOf(item));
    if (!isTree(from)) return [];
    const join = openAs(from, 'JoinExpr');
    if (join !== undefined) {
      const both = [...this.#entriesOf(join['larg']), ...this.#entriesOf(join['rarg'])];
      const named = [join['alias'], join['join_using_alias']].filter(isTree);
      // Behind a join's alias its members cannot be seen: nothing is certain.
      if (join['alias'] !== undefined) {
        return named.map((alias) => ({ alias: textIn(alias, 'aliasname'), columns: undefined }));
      }
      return [
        ...both,
        ...named.map((alias) => ({ alias: textIn(alias, 'aliasname'), columns: undefined })),
      ];
    }
    const sampled = openAs(from, 'RangeTableSample');
    if (sampled !== undefined) return this.#entriesOf(sampled['relation']);
    const range = openAs(from, 'RangeVar');
    if (range !== undefined) return [this.#entryOfRange(range)];
    const [body] = Object.values(from);
    const alias = isTree(body) ? body['alias'] : undefined;
    if (!isTree(alias)) return [];
    const subselect = openAs(from, 'RangeSubselect');
    const columns =
      subselect === undefined || alias['colnames'] !== undefined
        ? undefined
        : labelsOf(subselect['subquery']);
    return [{ alias: textIn(alias, 'aliasname'), columns }];
  }

  #entryOfRange(range: Tree): Entry {
    const { alias } = range;
    const { relations } = this.#target.finder.findByRange(range);
    // An unqualified name may be a CTE's.
    const isCertain = relations.length === 1 && textIn(range, 'schemaname') !== '';
    const isPlain = !isTree(alias) || alias['colnames'] === undefined;
    return {
      alias: isTree(alias) ? textIn(alias, 'aliasname') : textIn(range, 'relname'),
      columns: isCertain && isPlain ? new Set(relations[0]?.columns) : undefined,
    };
  }

  #mayBeRaw(parts: readonly string[], level: Level | undefined): boolean {
    const name = parts.at(-1) ?? '';
    if (parts.length === 1) return this.#mayBeRawName(name, level);
    const row = parts.at(-2) ?? '';
    const { relation } = this.#target.masked;
    if (parts.length > 2) {
      return (row === relation.name || row === this.#reference) && this.#isRawColumn(name);
    }
    const isTarget = row === this.#reference || (this.#isReturning && this.#rowNames.includes(row));
    if (!isTarget) return false;
    for (let current = level; current !== undefined; current = current.outer) {
      if (current.isInSight && current.entries.some(({ alias }) => alias === row)) return false;
    }
    return this.#isRawColumn(name);
  }

  /** The server looks for a column of that name first, at every level, and only then for a row. */
  #mayBeRawName(name: string, level: Level | undefined): boolean {
    if (name === '*') return level === undefined;
    for (let current = level; current !== undefined; current = current.outer) {
      if (current.isInSight && current.entries.some(({ columns }) => columns?.has(name) === true)) {
        return false;
      }
    }
    const { columns, relation } = this.#target.masked;
    if (columns.has(name)) return true;
    if (relation.columns.includes(name)) return false;
    if (name !== this.#reference && !(this.#isReturning && this.#rowNames.includes(name))) {
      return false;
    }
    for (let current = level; current !== undefined; current = current.outer) {
      if (current.isInSight && current.entries.some(({ alias }) => alias === name)) return false;
    }
    return true;
  }

  /** `p.f` with an `f` that is no column is the call f(p): it reads the whole row. */
  #isRawColumn(name: string): boolean {
    const { columns, relation } = this.#target.masked;
    if (columns.has(name)) return true;
    return !relation.columns.includes(name) && !SYSTEM_COLUMNS.has(name);
  }
}

/** Names of what a sub-select shows; undefined if they cannot be told from its text. */
function labelsOf(subquery: unknown): ReadonlySet<string> | undefined {
  const select = openAs(subquery, 'SelectStmt');
  if (select === undefined || select['op'] !== 'SETOP_NONE') return undefined;
  const labels = new Set<string>();
  for (const item of listIn(select, 'targetList')) {
    const target = openAs(item, 'ResTarget');
    const label = textIn(target ?? {}, 'name');
    const parts = namesIn(listIn(openAs(target?.['val'], 'ColumnRef') ?? {}, 'fields')) ?? [];
    const name = label === '' ? parts.at(-1) : label;
    if (name === '*') return undefined;
    if (name !== undefined) labels.add(name);
  }
  return labels;
}
