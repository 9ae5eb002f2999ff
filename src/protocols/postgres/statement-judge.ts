import { combineDecisions } from '../../policy/combine-decisions.ts';
import type { Decision } from '../../policy/decision.ts';
import { withHeldStatement } from '../../sql/postgres/held-statement.ts';
import type { Analysis, Statement } from '../../sql/statement.ts';
import type { Session } from '../protocol.ts';
import { HeldInMessage, type HeldStatements, statementsOf } from './held-in-message.ts';
import { listActions } from './operation-summary.ts';
import type { Candidates, SessionNames } from './session-names.ts';

const ALLOW_NOTHING: Decision = { kind: 'allow', policyIds: [], obligations: [] };

/** Asks the guard about statements, those that hide behind names included. Synchronous. */
export class StatementJudge {
  readonly #session: Pick<Session, 'guard' | 'database'>;
  readonly #names: SessionNames;

  constructor(session: Pick<Session, 'guard' | 'database'>, names: SessionNames) {
    this.#session = session;
    this.#names = names;
  }

  /** Decides a whole message: allowed only if each of its statements is. */
  judge({ statements }: Analysis): Decision {
    // There is nothing in it: an empty query is how some drivers ask whether the session lives.
    if (statements.length === 0) return ALLOW_NOTHING;
    if (statements.length === 1) return this.judgeStatement(statements[0] as Statement, 1);
    const held = new HeldInMessage((statement) => this.findHeld(statement));
    return combineDecisions(
      statements.map((statement) =>
        this.judgeStatement(statement, statements.length, held.follow(statement)),
      ),
    );
  }

  /**
   * Decides what a name stands for: every statement that it may stand for has to be allowed.
   *
   * @param unknown Stands for the statement where the gateway does not know it.
   */
  judgeCandidates(candidates: Candidates, unknown: Statement): Decision {
    if (candidates === 'unknown') return this.judgeStatement(unknown, 1);
    const statements = candidates.flatMap(({ analysis }) => analysis.statements);
    if (statements.length === 0) return ALLOW_NOTHING;
    if (statements.length === 1) return this.judgeStatement(statements[0] as Statement, 1);
    return combineDecisions(statements.map((statement) => this.judgeStatement(statement, 1)));
  }

  /** Decides one statement, together with the one that it executes or fetches from. */
  judgeStatement(
    statement: Statement,
    statementCount: number,
    held: HeldStatements = this.findHeld(statement),
  ): Decision {
    const { guard, database } = this.#session;
    if (held === undefined || held === 'unknown') {
      return guard.decide(statement, () =>
        listActions(statement.operations, statementCount, database),
      );
    }
    const decisions = held.map((inner) =>
      guard.decide(heldKey(statement, inner), () =>
        listActions(withHeldStatement(statement, inner), statementCount, database),
      ),
    );
    return combineDecisions(decisions);
  }

  /** What an EXECUTE or FETCH refers to; undefined for other statements. */
  findHeld({ effects: { executes, fetches } }: Statement): HeldStatements {
    if (executes !== undefined) return statementsOf(this.#names.findStatement(executes));
    return fetches === undefined ? undefined : statementsOf(this.#names.findPortal(fetches));
  }
}

const heldKeys = new WeakMap<Statement, WeakMap<Statement, object>>();

/** Stands for a statement together with the one it executes, in the decision cache. */
function heldKey(statement: Statement, held: Statement): object {
  let keys = heldKeys.get(statement);
  if (keys === undefined) {
    keys = new WeakMap();
    heldKeys.set(statement, keys);
  }
  let key = keys.get(held);
  if (key === undefined) {
    key = {};
    keys.set(held, key);
  }
  return key;
}
