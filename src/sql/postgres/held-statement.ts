import type { SqlOperation, Statement } from '../statement.ts';

/**
 * The operations of an EXECUTE, FETCH or MOVE (also under EXPLAIN or CREATE TABLE AS), given the statement that the session
 * holds under the name in `effects.executes` or `effects.fetches`: those of both. Without one (undefined) it stays opaque, as it
 * does if the held statement itself is.
 *
 * A held statement is planned again under the names of the moment it runs, so hand in a fresh analysis of its text.
 */
export function withHeldStatement(
  statement: Statement,
  held: Statement | undefined,
): readonly SqlOperation[] {
  if (held === undefined) return statement.operations;
  const isHeldOpaque = held.operations.some(({ facts }) => facts.opaque);
  const own = statement.operations.map((operation) => {
    const isAboutHeld = operation.action === 'sql.execute' || operation.action === 'sql.fetch';
    // EXECUTE p(f()) stays opaque if one of its arguments is.
    const isOpaque =
      isHeldOpaque ||
      (!isAboutHeld && operation.facts.opaque) ||
      operation.facts.functions.length > 0;
    return { action: operation.action, facts: { ...operation.facts, opaque: isOpaque } };
  });
  return [...own, ...held.operations];
}
