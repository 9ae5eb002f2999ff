import type { Statement } from '../../sql/statement.ts';
import type { Candidates } from './prepared.ts';

/** What an EXECUTE, FETCH or MOVE may refer to; undefined for a statement that refers to nothing. */
export type HeldStatements = readonly Statement[] | 'unknown' | undefined;

/** The statements among which the one is that a name stands for. */
export function statementsOf(candidates: Candidates): HeldStatements {
  if (candidates === 'unknown') return 'unknown';
  const statements = candidates.flatMap(({ analysis }) => analysis.statements);
  // An empty one cannot be executed by name, so something else must be meant.
  return statements.length === candidates.length && statements.length > 0 ? statements : 'unknown';
}

/**
 * Follows through the statements of one message what names of the session stand for. What was known
 * before the message holds for a statement only as long as none before it may have changed that.
 */
export class HeldInMessage {
  readonly #findBefore: (statement: Statement) => HeldStatements;
  readonly #statements = new Map<string, readonly Statement[]>();
  readonly #portals = new Map<string, readonly Statement[]>();
  /** Prepared statements are planned anew, so names in them may have come to mean something else. */
  #mayMeanOther = false;
  #mayHoldOther = false;

  constructor(findBefore: (statement: Statement) => HeldStatements) {
    this.#findBefore = findBefore;
  }

  /** What the next statement of the message refers to. */
  follow(statement: Statement): HeldStatements {
    const held = this.#find(statement);
    const happening =
      held === undefined || held === 'unknown'
        ? [statement.effects]
        : held.map(({ effects }) => effects);
    if (
      happening.some(
        (effects) =>
          effects.searchPath !== undefined || effects.catalogChanged || effects.created.length > 0,
      )
    ) {
      this.#mayMeanOther = true;
      this.#statements.clear();
    }
    const { prepares, declares, deallocates } = statement.effects;
    if (deallocates !== undefined || held === 'unknown') {
      this.#mayHoldOther = true;
      this.#statements.clear();
    }
    if (held === 'unknown') this.#portals.clear();
    if (prepares !== undefined) this.#statements.set(prepares.name, [prepares.statement]);
    if (declares !== undefined) this.#portals.set(declares.name, [declares.statement]);
    return held;
  }

  #find(statement: Statement): HeldStatements {
    const { executes, fetches } = statement.effects;
    if (executes !== undefined) {
      const own = this.#statements.get(executes);
      if (own !== undefined) return own;
      return this.#mayMeanOther || this.#mayHoldOther ? 'unknown' : this.#findBefore(statement);
    }
    if (fetches === undefined) return undefined;
    const own = this.#portals.get(fetches);
    if (own !== undefined) return own;
    return this.#mayHoldOther ? 'unknown' : this.#findBefore(statement);
  }
}
