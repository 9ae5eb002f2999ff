import type { HeldOperation } from '../access/access-request.ts';
import type { BoundParameter } from '../access/operation-digest.ts';
import type { Identified } from '../access/person.ts';
import type { OpenedReview, ReviewOutcome } from '../access/review-desk.ts';
import type { Decision, ReviewedDecision } from '../policy/decision.ts';
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
  /** Hex SHA-256 of what came over the wire, where the text in UTF-8 is not just that. */
  readonly textSha256?: string | undefined;
  /** Values bound to the text, where the target has them sealed. */
  readonly parameters?: readonly (string | null)[] | undefined;
  /** Hex SHA-256 of the texts that it may be instead, where the gateway cannot tell. */
  readonly orTexts?: readonly string[] | undefined;
  readonly actions: readonly string[];
  readonly relations: readonly string[];
  /** Protocol's own fields: portal, review, … Nothing of what was asked: that may be personal. */
  readonly detail?: Readonly<Record<string, unknown>> | undefined;
}

/** What is entered of a session beside its operations: a cancel request, what was shown or carried, a host that was another. */
export type NotedKind = 'cancel' | 'result' | 'file' | 'forward' | 'target-key' | 'pseudonym.use';

/** An operation that people are to look at before it goes on. */
export interface OperationToReview {
  /** What they are shown. */
  readonly operation: HeldOperation;
  /** The whole text as it would be sent; an approval is for exactly this. */
  readonly sentText: string;
  /** The parameters as they would be sent. */
  readonly sentParameters: readonly BoundParameter[];
  /** In the client's own words. An approval is not bound to it. */
  readonly justification: string | undefined;
  /** What else its meaning depends on: search path, role, … An approval is for these values. */
  readonly meaning: Readonly<Record<string, string>>;
  /** Fails at once even where the target lets operations wait. Default: as the target says. */
  readonly mayWait?: false;
  /** Who typed it beside the session's principal: they do not review it. Default: nobody. */
  readonly guests?: readonly Identified[];
}

/**
 * The one function that every protocol asks before each operation, for one session.
 *
 * `decide` is synchronous and cached; `seal` calls back once the decision may have its effect.
 */
export interface Guard {
  /** Changes with the policies and the principal's groups and grants: what was approved under others does not run. */
  readonly rights: string;
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
  /**
   * Asks people about an operation that the policies leave to them, or finds the approval that an
   * earlier try of the same operation was given (`onReview: fail`). Returns at once; `listener` is
   * called exactly once, later. Only after `approved` may the operation run, and at once: whoever lets
   * something else happen first has to `decide` again. The entry of the operation names the review.
   */
  hold(
    decision: ReviewedDecision,
    held: OperationToReview,
    listener: (outcome: ReviewOutcome) => void,
  ): OpenedReview;
  /** Enters a refusal; nothing waits for it. */
  sealRefusal(decision: Decision, entry: OperationEntry): void;
  /** Enters something else that happened in the session. */
  note(kind: NotedKind, detail: Readonly<Record<string, unknown>>): void;
}
