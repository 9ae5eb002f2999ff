import type { ResTarget } from '../../sql/postgres/tree.ts';
import { figureColumnName } from './column-name.ts';
import { quoteName } from './quoted-name.ts';
import type { StatementState } from './statement-state.ts';

/**
 * Keeps the name that PostgreSQL gives an output column after one of its references, if an expression takes the reference's place:
 * the name is then spelt out.
 */
export function keepName(statement: StatementState, target: ResTarget): void {
  const { name, val, location } = target;
  if (name !== undefined || val === undefined) return;
  const figured = figureColumnName(val);
  if (figured === '?column?') return;
  statement.decisions.push(() => {
    if (statement.replacedReferences.length === 0) return;
    const { source, edits } = statement.text;
    const first = source.tokenAt(location);
    const { start } = source.spanAt(first);
    const { end } = source.spanAt(source.endOfOutput(first) - 1);
    const isChanged = statement.replacedReferences.some(
      ({ span, name: replaced }) => replaced === figured && span.start >= start && span.end <= end,
    );
    if (!isChanged) return;
    edits.add({ start: end, end }, ` AS ${quoteName(figured)}`, () => {
      target.name = figured;
    });
  });
}
