import type { Node } from 'libpg-query';
import type { Columns } from './from-items.ts';
import type { QueryRewriter, Surroundings } from './query-rewriter.ts';
import { RewriteRefusal } from './rewrite-refusal.ts';

/** Rewrites INSERT, UPDATE, DELETE and MERGE; returns the columns of RETURNING. */
export function rewriteWrite(
  _rewriter: QueryRewriter,
  node: Node,
  _surroundings: Surroundings,
): Columns {
  throw new RewriteRefusal(`${Object.keys(node)[0]} is not rewritten`);
}
