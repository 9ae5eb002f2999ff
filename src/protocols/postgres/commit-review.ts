import { hash } from 'node:crypto';
import type { HeldLiteral, HeldOperation, TableChange } from '../../access/access-request.ts';
import type { MaskPlan } from '../../masking/mask-plan.ts';
import { combineReviews } from '../../policy/combine-decisions.ts';
import type { ReviewedDecision } from '../../policy/decision.ts';
import type { OperationToReview } from '../guard.ts';
import type { TextRow } from './catalog-reader.ts';
import {
  type ChangeCounts,
  COUNTS_QUERY,
  readCounts,
  sampleChanges,
  subtractCounts,
} from './changed-rows.ts';
import { bindingOf } from './review-hold.ts';
import type { SessionNames } from './session-names.ts';
import type { StatementAnalyzer } from './statement-analyzer.ts';

/** Statements of a transaction that can wait for its COMMIT, and characters of their texts: reviewers see all of them. */
const STATEMENTS_MAX = 200;
const CHARACTERS_MAX = 400_000;

export interface CommitReviewParts {
  readonly names: Pick<SessionNames, 'block'>;
  readonly analyzer: Pick<StatementAnalyzer, 'waitFor' | 'catalog'>;
  /** Asks the target in the client's transaction; undefined if that failed, and the transaction with it. */
  readonly ask: (sql: string) => Promise<readonly TextRow[] | undefined>;
  /** Whether the client's session reads a text as the gateway's own connections do. */
  readonly isReadInside: (sql: string) => boolean;
  /** Asks the target over a connection of the gateway's own. */
  readonly askApart: ((sql: string) => Promise<readonly TextRow[]>) | undefined;
  /** By which the values of changed rows are masked; undefined where nothing says which are to be. */
  readonly findPlan: () => MaskPlan | undefined;
}

/** What a transaction did that is reviewed at its COMMIT. */
interface Deferred {
  readonly block: number;
  /** What the session had changed before; undefined while the server is asked, or if it did not say. */
  before: ChangeCounts | undefined;
  readonly decisions: ReviewedDecision[];
  readonly operations: HeldOperation[];
  characters: number;
  /** Over all operations with their parameters. */
  digest: string;
  changes: readonly TableChange[] | 'unknown' | undefined;
}

/**
 * Lets statements run whose review takes place at COMMIT (`@review_at("commit")`), and finds out for it what
 * they changed. One transaction block at a time: another one has nothing of this.
 */
export class CommitReview {
  readonly #parts: CommitReviewParts;
  #deferred: Deferred | undefined;

  constructor(parts: CommitReviewParts) {
    this.#parts = parts;
  }

  /** Something of the transaction at hand has to be reviewed before it is committed. */
  get isPending(): boolean {
    const deferred = this.#current;
    return deferred !== undefined && deferred.operations.length > 0;
  }

  /** No more statements of the transaction at hand can wait for its COMMIT. */
  get isFull(): boolean {
    return (this.#current?.operations.length ?? 0) >= STATEMENTS_MAX;
  }

  /**
   * Lets a statement of a transaction block run.
   *
   * @returns Whether it may, for now. Not if the server would not say what it changes.
   */
  defer(decision: ReviewedDecision, held: OperationToReview): 'later' | boolean {
    const deferred = this.#current;
    if (deferred === undefined) return this.#begin();
    if (deferred.before?.isCounted !== true) return false;
    const characters = deferred.characters + held.operation.text.length;
    if (this.isFull || characters > CHARACTERS_MAX) return false;
    deferred.characters = characters;
    deferred.digest = hash('sha256', `${deferred.digest} ${bindingOf(held)}`);
    if (!deferred.decisions.includes(decision)) deferred.decisions.push(decision);
    deferred.operations.push(held.operation);
    return true;
  }

  /**
   * Describes what a COMMIT would make last. What was described stays pending until the block is over, whatever
   * people say: only the server ends it.
   *
   * @param commit The COMMIT, with what else is sent with it.
   * @returns Undefined if the server does not say what changed: then the transaction has failed.
   */
  describe(
    commit: OperationToReview,
  ): 'later' | { decision: ReviewedDecision; held: OperationToReview } | undefined {
    const deferred = this.#current;
    if (deferred?.before === undefined || deferred.changes === 'unknown') return undefined;
    const { changes } = deferred;
    if (changes === undefined) return this.#collect(deferred, deferred.before);
    const counted = changes.map(({ relation, inserted, updated, deleted }) => [
      ...[relation, inserted, updated, deleted],
    ]);
    return {
      decision: combineReviews(deferred.decisions),
      held: {
        ...commit,
        operation: { ...mergeOperations(deferred, commit.operation), changes },
        meaning: {
          ...commit.meaning,
          statements: deferred.digest,
          changes: JSON.stringify(counted),
        },
      },
    };
  }

  /** The message at hand was answered: what comes behind it may change more. */
  forget(): void {
    if (this.#deferred !== undefined) this.#deferred.changes = undefined;
  }

  get #current(): Deferred | undefined {
    const deferred = this.#deferred;
    return deferred?.block === this.#parts.names.block.number ? deferred : undefined;
  }

  #begin(): 'later' {
    const { names, analyzer, ask } = this.#parts;
    const deferred: Deferred = {
      block: names.block.number,
      before: undefined,
      decisions: [],
      operations: [],
      characters: 0,
      digest: '',
      changes: undefined,
    };
    this.#deferred = deferred;
    return analyzer.waitFor(
      ask(COUNTS_QUERY).then((rows) => {
        deferred.before = rows && readCounts(rows);
      }),
    );
  }

  #collect(deferred: Deferred, before: ChangeCounts): 'later' {
    const { analyzer, ask, isReadInside, askApart, findPlan } = this.#parts;
    const collect = async (): Promise<readonly TableChange[] | undefined> => {
      const rows = await ask(COUNTS_QUERY);
      if (rows === undefined) return undefined;
      const now = readCounts(rows);
      const changed = subtractCounts(now, before);
      const { transactionId } = now;
      if (askApart === undefined || transactionId === undefined) {
        return sampleChanges(changed, undefined);
      }
      const { catalog } = analyzer;
      return sampleChanges(changed, {
        inside: ask,
        isReadInside,
        outside: askApart,
        transactionId,
        findRelation: (oid) => catalog.getRelation(oid),
        plan: findPlan(),
      });
    };
    return analyzer.waitFor(
      collect().then(
        (changes) => {
          deferred.changes = changes ?? 'unknown';
        },
        () => {
          deferred.changes = 'unknown';
        },
      ),
    );
  }
}

/** What was done, one statement after the other, and the COMMIT. */
function mergeOperations(
  deferred: Pick<Deferred, 'operations'>,
  commit: HeldOperation,
): HeldOperation {
  const operations = [...deferred.operations, commit];
  let text = '';
  const literals: HeldLiteral[] = [];
  for (const operation of operations) {
    for (const { start, end, className } of operation.literals) {
      literals.push({ start: start + text.length, end: end + text.length, className });
    }
    const end = operation.text.trimEnd().endsWith(';') ? '\n' : '\n;\n';
    text += operation === commit ? operation.text : `${operation.text}${end}`;
  }
  const all = <Item>(pick: (one: HeldOperation) => readonly Item[]): readonly Item[] => [
    ...new Set(operations.flatMap(pick)),
  ];
  return {
    protocol: 'postgres',
    at: 'commit',
    text,
    textSha256: hash('sha256', text),
    literals,
    parameters: operations.flatMap(({ parameters }) => parameters),
    actions: all(({ actions }) => actions).toSorted(),
    relations: all(({ relations }) => relations).toSorted(),
    facts: {
      statements: operations.length,
      bulk: operations.some(({ facts }) => facts['bulk'] === true),
    },
    classesTouched: all(({ classesTouched }) => classesTouched).toSorted(),
    estimatedRows: undefined,
    // Of the COMMIT: it has what the transaction set, too.
    context: commit.context,
    changes: undefined,
  };
}
