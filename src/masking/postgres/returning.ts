import type { ReturningClause } from '../../sql/postgres/tree.ts';
import type { Columns } from './from-items.ts';
import type { Entry, QueryLevel } from './query-levels.ts';
import type { QueryRewriter } from './query-rewriter.ts';

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
    level.entries.push({
      ...shown,
      alias,
      schema: undefined,
      isUnaliasedRelation: false,
      isQualifiedOnly: true,
    });
  }
  return rewriter.takeList(exprs, level, starColumns(level));
}

function starColumns({ entries }: QueryLevel): Columns {
  const columns = entries
    .filter(({ isQualifiedOnly }) => !isQualifiedOnly)
    .map((entry) => entry.columns);
  return columns.includes(undefined) ? undefined : columns.flatMap((some) => some ?? []);
}
