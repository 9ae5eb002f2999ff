import type { Node } from 'libpg-query';
import { QueryRewriter } from './query-rewriter.ts';
import type { StatementRewrite } from './rewrite.ts';
import { RewriteRefusal } from './rewrite-refusal.ts';
import { newStatement, type TextState } from './statement-state.ts';

/** Statements that touch no data and name nothing that is masked. */
const HARMLESS: ReadonlySet<string> = new Set([
  'TransactionStmt',
  'VariableShowStmt',
  'ListenStmt',
  'UnlistenStmt',
  'ClosePortalStmt',
  'DeallocateStmt',
  'DiscardStmt',
]);

/**
 * Rewrites one statement: its edits go into the text's list, to be applied once all statements are known.
 *
 * @throws {RewriteRefusal}
 */
export function rewriteStatement(text: TextState, node: Node): StatementRewrite {
  const statement = newStatement(text);
  const kind = Object.keys(node)[0] ?? '';
  if (HARMLESS.has(kind)) return { outputs: undefined, touchesClassified: false };
  if (!('SelectStmt' in node)) throw new RewriteRefusal(`${kind} is not rewritten`);
  const columns = new QueryRewriter(statement).rewriteQuery(node);
  for (const decide of statement.decisions) decide();
  for (const edit of statement.finalEdits) edit();
  return {
    outputs: columns?.map(({ output }) => output),
    touchesClassified: statement.touchesClassified,
  };
}
