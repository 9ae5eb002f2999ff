import { combineDecisions } from '../../policy/combine-decisions.ts';
import type { Decision } from '../../policy/decision.ts';
import { withHeldStatement } from '../../sql/postgres/held-statement.ts';
import type { Analysis, SqlAction, Statement } from '../../sql/statement.ts';
import type { Session } from '../protocol.ts';
import { HeldInMessage, type HeldStatements, statementsOf } from './held-in-message.ts';
import { listActions } from './operation-summary.ts';
import type { Candidates } from './prepared.ts';
import type { SessionNames } from './session-names.ts';

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

  /** Whether what statements show, beside what they change, needs no review. */
  allowsReading(statements: readonly Statement[]): boolean {
    const { guard, database } = this.#session;
    return statements.every((statement) => {
      const reads = statement.operations.filter(({ action }) => !CHANGES.has(action));
      if (reads.length === 0) return true;
      const decision = guard.decide(readKey(statement), () =>
        listActions(reads, statements.length, database),
      );
      return decision.kind === 'allow';
    });
  }

  /** Decides one statement, together with the one that it executes or fetches from. */
  judgeStatement(
    statement: Statement,
    statementCount: number,
    held: HeldStatements = this.findHeld(statement),
  ): Decision {
    const { guard, database } = this.#session;
    if (held === undefined || held === 'unknown') {
      const decision = guard.decide(statement, () =>
        listActions(statement.operations, statementCount, database),
      );
      const isPrepared = statement.effects.prepares !== undefined;
      return decision.kind === 'review' && isPrepared ? this.#judgeOwn(statement) : decision;
    }
    const decisions = held.map((inner) =>
      guard.decide(heldKey(statement, inner), () =>
        listActions(withHeldStatement(statement, inner), statementCount, database),
      ),
    );
    const decision = combineDecisions(decisions);
    if (decision.kind !== 'review' || !this.#fetchesApproved(statement)) return decision;
    // People approved what the cursor reads when it was opened.
    return combineDecisions(
      held.map((inner) =>
        guard.decide(ownKey(heldKey(statement, inner)), () => {
          const own = withHeldStatement(statement, inner).slice(0, statement.operations.length);
          return listActions(own, statementCount, database);
        }),
      ),
    );
  }

  /** PREPARE runs nothing: what it prepares is reviewed each time it is executed. */
  #judgeOwn(statement: Statement): Decision {
    const { guard, database } = this.#session;
    return guard.decide(ownKey(statement), () =>
      listActions(
        statement.operations.filter(({ action }) => action === 'sql.prepare'),
        1,
        database,
      ),
    );
  }

  #fetchesApproved({ effects: { fetches } }: Statement): boolean {
    if (fetches === undefined) return false;
    const candidates = this.#names.findPortal(fetches);
    if (candidates === 'unknown') return false;
    const { rights } = this.#session.guard;
    return candidates.every(({ approval }) => approval?.rights === rights);
  }

  /** What an EXECUTE or FETCH refers to; undefined for other statements. */
  findHeld({ effects: { executes, fetches } }: Statement): HeldStatements {
    if (executes !== undefined) return statementsOf(this.#names.findStatement(executes));
    return fetches === undefined ? undefined : statementsOf(this.#names.findPortal(fetches));
  }
}

/** Actions that show nothing but what they say of themselves. */
const CHANGES: ReadonlySet<SqlAction> = new Set<SqlAction>([
  ...(['sql.insert', 'sql.update', 'sql.delete', 'sql.merge', 'sql.copy-in'] as const),
  ...(['sql.truncate', 'sql.create', 'sql.alter', 'sql.drop', 'sql.comment'] as const),
]);

const readKeys = new WeakMap<object, object>();

/** Stands in the decision cache for what a statement reads. */
function readKey(statement: Statement): object {
  let key = readKeys.get(statement);
  if (key === undefined) {
    key = {};
    readKeys.set(statement, key);
  }
  return key;
}

const ownKeys = new WeakMap<object, object>();

/** Stands in the decision cache for what a statement does by itself, without the one that it holds. */
function ownKey(whole: object): object {
  let key = ownKeys.get(whole);
  if (key === undefined) {
    key = {};
    ownKeys.set(whole, key);
  }
  return key;
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
