import type { Node, ReturningClause } from 'libpg-query';
import { figureColumnName } from './column-name.ts';
import type { Columns } from './from-items.ts';
import type { Entry, QueryLevel } from './query-levels.ts';
import type { QueryRewriter } from './query-rewriter.ts';
import { quoteName } from './quoted-name.ts';
import { fieldsOf } from './statement-state.ts';

/** What RETURNING sees. */
export interface ReturningPlace {
  /** Still empty. */
  readonly level: QueryLevel;
  readonly target: Entry;
  /** What stands beside the target. */
  readonly others: readonly Entry[];
  /** `*` shows them before the target, as in MERGE. */
  readonly isSourceFirst: boolean;
}

/** Rewrites RETURNING: what it names of masked columns of the target becomes their masks. Returns its columns. */
export function rewriteReturning(
  rewriter: QueryRewriter,
  { options, exprs }: ReturningClause,
  { level, target, others, isSourceFirst }: ReturningPlace,
): Columns {
  const shown: Entry = {
    ...target,
    target: target.target === undefined ? undefined : { ...target.target, isMasked: true },
  };
  level.entries.push(...(isSourceFirst ? [...others, shown] : [shown, ...others]));
  // The target's rows as they were and as they are; any of the names may be given anew.
  const names = [
    'old',
    'new',
    ...(options ?? []).flatMap((node) =>
      'ReturningOption' in node ? [node.ReturningOption.value ?? ''] : [],
    ),
  ];
  for (const alias of names) {
    if (level.entries.some((entry) => entry.alias === alias)) continue;
    level.entries.push({ ...shown, alias, schema: undefined, isQualifiedOnly: true });
  }
  if (shown.target !== undefined) for (const node of exprs ?? []) keepName(rewriter, node);
  return rewriter.takeList(exprs, level, starColumns(level));
}

function starColumns({ entries }: QueryLevel): Columns {
  const columns = entries
    .filter(({ isQualifiedOnly }) => !isQualifiedOnly)
    .map((entry) => entry.columns);
  return columns.includes(undefined) ? undefined : columns.flatMap((some) => some ?? []);
}

/** A mask in place of a column would change the name of the output: it is spelt out. */
function keepName({ statement }: QueryRewriter, node: Node): void {
  if (!('ResTarget' in node)) return;
  const target = node.ResTarget;
  const { name, val, location } = target;
  if (name !== undefined || val === undefined) return;
  if ('ColumnRef' in val && fieldsOf(val.ColumnRef).at(-1) === '*') return;
  const figured = figureColumnName(val);
  const { source, edits } = statement.text;
  const before = edits.edits.length;
  statement.decisions.push(() => {
    if (edits.edits.length === before || figured === '?column?') return;
    const first = source.tokenAt(location);
    const end = source.spanAt(source.endOfExpression(first) - 1).end;
    const start = source.spanAt(first).start;
    const isChanged = edits.edits.some(({ span }) => span.start >= start && span.end <= end);
    if (!isChanged) return;
    edits.add({ start: end, end }, ` AS ${quoteName(figured)}`, () => {
      target.name = figured;
    });
  });
}
