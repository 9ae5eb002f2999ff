import type { Decision } from '../policy/decision.ts';
import type { Facts } from '../policy/operation.ts';
import type { Revelation } from '../policy/reveal.ts';

/** One action of a statement, command or request, as a protocol asks for it. */
export interface GuardedAction {
  readonly action: string;
  readonly facts: Facts;
}

/** What the ledger keeps of an operation, beside who tried it on what. */
export interface OperationEntry {
  readonly text: string;
  /** Hex SHA-256 of the text's UTF-8 bytes. */
  readonly textSha256: string;
  readonly actions: readonly string[];
  readonly relations: readonly string[];
  /** Protocol's own fields: portal, parameters, … */
  readonly detail?: Readonly<Record<string, unknown>>;
}

/**
 * The one function that every protocol asks before each operation, for one session.
 *
 * `decide` is synchronous and cached; `seal` calls back once the decision may have its effect.
 */
export interface Guard {
  /**
   * Decides all the actions of one statement: allowed only if each of them is.
   *
   * @param key Stands for the actions in the decision cache: the same object, the same actions.
   * @param actions Called when the decision is not cached.
   */
  decide(key: object, actions: () => readonly GuardedAction[]): Decision;
  /**
   * Says which of the target's data classes the principal may see raw. The same object while neither
   * the policies nor `classNames` (compared by identity) change.
   */
  reveal(classNames: ReadonlySet<string>): Revelation;
  /** Whether the principal may look up as many pseudonyms more, within its budget. What is asked for is spent. */
  spendPseudonyms(count: number): boolean;
  /**
   * Enters an allowed operation in the ledger. `done` gets an error if it could not be made durable:
   * then the operation must not happen. May call back before it returns.
   */
  seal(decision: Decision, entry: OperationEntry, done: (error: Error | undefined) => void): void;
  /** Enters a refusal; nothing waits for it. */
  sealRefusal(decision: Decision, entry: OperationEntry): void;
  /** Enters something else that happened in the session: a cancel request, what a result showed. */
  note(
    kind: 'cancel' | 'result' | 'pseudonym.use',
    detail: Readonly<Record<string, unknown>>,
  ): void;
}
