import type { BoundParameter } from '../../access/operation-digest.ts';
import type { Rewrite } from '../../masking/postgres/rewrite.ts';
import { combineReviews } from '../../policy/combine-decisions.ts';
import type { Decision, ReviewedDecision } from '../../policy/decision.ts';
import type { Analysis, Statement } from '../../sql/statement.ts';
import type { ErrorFields } from '../../wire/postgres/error-response.ts';
import type { OperationEntry } from '../guard.ts';
import { OperationDescriber } from './operation-describer.ts';
import { nameReviews, type Operation, onlyOf } from './operation-subjects.ts';
import { summarize } from './operation-summary.ts';
import type { OperationsParts } from './operations.ts';
import type { Candidates, Prepared } from './prepared.ts';
import { phraseRefusal, type Refusal } from './refusal.ts';
import { type Approval, bindingOf, type HoldVerdict } from './review-hold.ts';
import { phraseFailure, sayRolledBack, TRANSACTION_ABORTED } from './review-notice.ts';
import { SessionReviews } from './session-reviews.ts';
import type { StatementJudge } from './statement-judge.ts';

/** Undefined where the principal may see everything. */
type Rewritten = (Rewrite & { readonly kind: 'run' }) | undefined;

/** Whether what a message asks for may go on. */
export type Clearance =
  | {
      readonly kind: 'cleared';
      readonly decision: Decision;
      readonly entry: OperationEntry;
      readonly rewrite: Rewritten;
      /** Set if people had to agree. */
      readonly approval: Approval | undefined;
      /** People look at it when its transaction is committed. */
      readonly isDeferred?: true;
    }
  | { readonly kind: 'refused'; readonly error: ErrorFields }
  | 'later';

type Cleared = Extract<Clearance, { kind: 'cleared' }>;

/** A FunctionCall as people are shown it. */
export interface FunctionCallShown {
  readonly functionOid: number;
  readonly parameters: readonly BoundParameter[];
}

const NO_ANALYSIS: Analysis = {
  statements: [],
  syntaxError: undefined,
  refusal: undefined,
  unresolved: [],
  dependsOnLiterals: true,
};
const NO_PARAMETERS: readonly BoundParameter[] = [];

/**
 * Decides about operations: what the policies say, then (where they leave it to people) what people
 * say, and with it how the masks rewrite it. Each answer is for the moment it is given.
 */
export class OperationClearance {
  readonly #parts: OperationsParts;
  readonly #judge: StatementJudge;
  readonly #describer: OperationDescriber;
  #reviews: SessionReviews | undefined;

  constructor(parts: OperationsParts, judge: StatementJudge) {
    this.#parts = parts;
    this.#judge = judge;
    this.#describer = new OperationDescriber(judge);
  }

  /** Undefined as long as nothing had to be reviewed. */
  get reviews(): SessionReviews | undefined {
    return this.#reviews;
  }

  /** To be had once something has to be reviewed. */
  get #opened(): SessionReviews {
    this.#reviews ??= new SessionReviews(this.#parts, this.#describer);
    return this.#reviews;
  }

  /** The message at hand was put to people before. */
  get #isAsked(): boolean {
    return this.#reviews?.hold.isAsked === true;
  }

  /** The transaction at hand has to be reviewed before it is committed. */
  get #isPending(): boolean {
    return this.#reviews?.commit.isPending === true;
  }

  /** Clears a simple query. */
  query(analysis: Analysis, text: string, textSha256: string | undefined): Clearance {
    const { masks, names } = this.#parts;
    const entry = nameReviews(
      analysis,
      this.#describer.describe(analysis, text, textSha256),
      names,
    );
    const decision = this.#judge.judge(analysis);
    if (decision.kind === 'deny')
      return this.#refuse(decision, entry, phraseDenial(decision, analysis));
    const rewrite = masks?.rewrite(text, '', analysis.refusal);
    if (rewrite?.kind === 'refuse') return this.#refuseRewrite(rewrite, entry);
    const isCommit = this.#isPending && this.#mayCommit(analysis);
    if (decision.kind === 'allow' && !this.#isAsked && !isCommit) {
      return clearNow(decision, entry, rewrite);
    }
    const operation = { entry, analysis, text, parameters: NO_PARAMETERS, parameterTypes: '' };
    return isCommit
      ? this.#reviewCommit(decision, operation, rewrite)
      : this.#review(decision, operation, rewrite);
  }

  /** Clears a Parse, which runs nothing: what needs people waits for them when it is bound. */
  parse(
    analysis: Analysis,
    text: string,
    textSha256: string | undefined,
    parameterTypes: string,
  ): Clearance {
    const { masks } = this.#parts;
    const decision = this.#judge.judge(analysis);
    const describe = (): OperationEntry => this.#describer.describe(analysis, text, textSha256);
    if (decision.kind === 'deny') {
      return this.#refuse(decision, describe(), phraseDenial(decision, analysis));
    }
    const rewrite = masks?.rewrite(text, parameterTypes, analysis.refusal);
    if (rewrite?.kind === 'refuse') return this.#refuseRewrite(rewrite, describe());
    return clearNow(decision, NO_ENTRY, rewrite);
  }

  /**
   * Clears a Bind.
   *
   * @param parameters Called only if people have to be asked.
   */
  bind(
    candidates: Candidates,
    unknown: Statement,
    parameters: () => readonly BoundParameter[],
  ): Clearance {
    const { names, analyzer } = this.#parts;
    const decision = this.#judge.judgeCandidates(candidates, unknown);
    if (decision.kind === 'allow' && !this.#isAsked) return clearNow(decision, NO_ENTRY, undefined);
    const entry = this.#describer.describeCandidates(candidates, 'Bind');
    if (decision.kind === 'deny') return this.#refuse(decision, entry, phraseRefusal(decision));
    const prepared = onlyOf(candidates);
    if (prepared === undefined) return this.#fail(decision, entry, 'uncertain');
    if (decision.kind === 'review' && decision.at === 'commit' && !this.#isAsked) {
      if (names.pendingCount > 0) return analyzer.waitForQuiet();
      // Executed in this block, or not at all.
      const isFull = this.#reviews?.commit.isFull === true;
      if (names.isInBlock && !isFull && this.#mayDefer(prepared.analysis)) {
        return { ...clearNow(decision, NO_ENTRY, undefined), isDeferred: true };
      }
    }
    return this.#review(decision, operationOf(prepared, entry, parameters()), undefined);
  }

  /** Clears an Execute. What people approved when the portal was bound, and nothing else, runs. */
  execute(candidates: Candidates, unknown: Statement): Clearance {
    const { names, session } = this.#parts;
    const decision = this.#judge.judgeCandidates(candidates, unknown);
    const [only] = candidates === 'unknown' ? [] : candidates;
    const described = this.#describer.describeCandidates(candidates, 'Execute');
    const entry = only === undefined ? described : nameReviews(only.analysis, described, names);
    if (decision.kind === 'deny') return this.#refuse(decision, entry, phraseRefusal(decision));
    const prepared = onlyOf(candidates);
    if (this.#isPending) {
      if (prepared === undefined) return this.#fail(decision, entry, 'uncertain');
      if (this.#mayCommit(prepared.analysis)) {
        const parameters = prepared.bound ?? NO_PARAMETERS;
        return this.#reviewCommit(decision, operationOf(prepared, entry, parameters), undefined);
      }
    }
    if (decision.kind === 'allow') {
      return clearNow(decision, entry, undefined);
    }
    const approval = prepared?.approval;
    if (prepared !== undefined && approval === undefined && decision.at === 'commit') {
      const operation = operationOf(prepared, entry, prepared.bound ?? NO_PARAMETERS);
      const deferred = this.#defer(decision, operation, undefined);
      if (deferred !== undefined) return deferred;
    }
    if (prepared === undefined || approval === undefined) {
      return this.#fail(decision, entry, prepared === undefined ? 'uncertain' : 'not-approved');
    }
    const operation = operationOf(prepared, entry, prepared.bound ?? NO_PARAMETERS);
    const held = this.#opened.subjects.describe(operation);
    const isSame =
      held !== undefined &&
      approval.rights === session.guard.rights &&
      approval.binding === bindingOf(held);
    if (!isSame) return this.#fail(decision, entry, 'changed');
    return {
      kind: 'cleared',
      decision,
      entry: withReview(entry, approval),
      rewrite: undefined,
      approval,
    };
  }

  /**
   * Clears a FunctionCall.
   *
   * @param call Undefined where nobody has to look at it.
   */
  functionCall(
    decision: Decision,
    {
      entry,
      call,
    }: { readonly entry: OperationEntry; readonly call: FunctionCallShown | undefined },
  ): Clearance {
    if (decision.kind === 'deny') return this.#refuse(decision, entry, phraseRefusal(decision));
    if (decision.kind === 'allow' && !this.#isAsked) {
      return clearNow(decision, entry, undefined);
    }
    const text = `FUNCTION CALL ${call?.functionOid ?? ''}`;
    const parameters = call?.parameters ?? NO_PARAMETERS;
    // Reviewers need a text, and the digest covers the function and its arguments.
    const shown = { ...entry, text, textSha256: undefined };
    const operation = { entry: shown, analysis: NO_ANALYSIS, text, parameters, parameterTypes: '' };
    return this.#review(decision, operation, undefined);
  }

  /** Puts an operation to people, or says what they said. */
  #review(
    decision: Exclude<Decision, { kind: 'deny' }>,
    operation: Operation,
    rewrite: Rewritten,
  ): Clearance {
    const { names, analyzer } = this.#parts;
    const { hold, subjects } = this.#opened;
    const { entry } = operation;
    if (decision.kind === 'allow') {
      return this.#clearAs(hold.changed(), { decision, entry, rewrite });
    }
    if (!hold.isAsked) {
      if (names.isCopying) return this.#fail(decision, entry, 'copying');
      // What is in flight may fail, and then this would never run.
      if (names.pendingCount > 0) return analyzer.waitForQuiet();
      if (names.isSkipping) return this.#fail(decision, entry, 'uncertain');
      if (names.block.status === 'failed')
        return this.#refuse(decision, entry, TRANSACTION_ABORTED);
    }
    if (decision.at === 'commit' && !hold.isAsked) {
      const deferred = this.#defer(decision, operation, rewrite);
      if (deferred !== undefined) return deferred;
    }
    const held = subjects.describe(operation);
    if (held === undefined) return this.#fail(decision, entry, 'uncertain');
    const verdict = hold.ask(decision, held, subjects.estimateFor(operation));
    return this.#clearAs(verdict, { decision, entry, rewrite });
  }

  /** Lets a statement run in its transaction, which is looked at before it is committed. Undefined: it cannot wait so long. */
  #defer(
    decision: ReviewedDecision,
    operation: Operation,
    rewrite: Rewritten,
  ): Clearance | undefined {
    const { names, analyzer } = this.#parts;
    const { commit, subjects } = this.#opened;
    if (!this.#mayDefer(operation.analysis)) return undefined;
    if (names.pendingCount > 0) return analyzer.waitForQuiet();
    if (!names.isInBlock) return undefined;
    const held = subjects.describe(operation);
    const deferred = held === undefined ? false : commit.defer(decision, held);
    if (deferred === 'later') return 'later';
    if (!deferred) return undefined;
    const { entry } = operation;
    const detail = { ...entry.detail, reviewAt: 'commit' };
    const cleared = { decision, entry: { ...entry, detail }, rewrite, approval: undefined };
    return { kind: 'cleared', ...cleared, isDeferred: true };
  }

  /** EXECUTE can end a transaction, too, of what the extended protocol prepared. */
  #mayCommit({ statements }: Analysis): boolean {
    const { names } = this.#parts;
    return statements.some((statement) => {
      if (commitsTransaction(statement)) return true;
      const { executes } = statement.effects;
      if (executes === undefined) return false;
      const candidates = names.findStatement(executes);
      return (
        candidates === 'unknown' ||
        candidates.some(({ analysis }) => analysis.statements.some(commitsTransaction))
      );
    });
  }

  #preparesTransaction(analysis: Analysis): boolean {
    if (summarize(analysis).preparesTransaction) return true;
    return analysis.statements.some(({ effects: { executes } }) => {
      const candidates = executes === undefined ? [] : this.#parts.names.findStatement(executes);
      if (candidates === 'unknown') return false;
      return candidates.some((held) => summarize(held.analysis).preparesTransaction);
    });
  }

  /** What rows a statement shows cannot be taken back at COMMIT. */
  #mayDefer(analysis: Analysis): boolean {
    const { naming, refersToNames, controlsTransaction } = summarize(analysis);
    if (naming.length > 0 || refersToNames || controlsTransaction) return false;
    const { statements } = analysis;
    return statements.length > 0 && this.#judge.allowsReading(statements);
  }

  /** Puts a COMMIT to people, with what the transaction changed. */
  #reviewCommit(
    decision: Exclude<Decision, { kind: 'deny' }>,
    operation: Operation,
    rewrite: Rewritten,
  ): Clearance {
    const { names, analyzer } = this.#parts;
    const { hold, commit, subjects } = this.#opened;
    const { entry } = operation;
    if (!hold.isAsked) {
      if (names.isCopying) return this.#fail(decision, entry, 'copying');
      if (names.pendingCount > 0) return analyzer.waitForQuiet();
      // The server rolls back what failed, and drops what it skips. What goes back to a savepoint before it commits does commit.
      if (names.isSkipping || names.block.hasFailed) {
        const [first] = operation.analysis.statements;
        const isEnd = names.isSkipping || (first !== undefined && commitsTransaction(first));
        if (decision.kind === 'review' || !isEnd) {
          return this.#refuse(decision, entry, TRANSACTION_ABORTED);
        }
        return clearNow(decision, entry, rewrite);
      }
      if (this.#preparesTransaction(operation.analysis)) {
        return this.#fail(decision, entry, 'prepared-transaction');
      }
    }
    const own = subjects.describe(operation);
    if (own === undefined) return this.#fail(decision, entry, 'uncertain');
    const described = commit.describe(own);
    if (described === 'later') return 'later';
    if (described === undefined) return this.#fail(decision, entry, 'unknown-changes');
    const { held } = described;
    const asking =
      decision.kind === 'review'
        ? combineReviews([decision, described.decision])
        : described.decision;
    const verdict = hold.ask(asking, held, undefined);
    const said =
      verdict !== 'later' && verdict.kind === 'refused'
        ? { ...verdict, error: sayRolledBack(verdict.error) }
        : verdict;
    return this.#clearAs(said, { decision: asking, entry, rewrite });
  }

  #clearAs(
    verdict: 'later' | HoldVerdict,
    { decision, entry, rewrite }: Pick<Cleared, 'decision' | 'entry' | 'rewrite'>,
  ): Clearance {
    if (verdict === 'later') return 'later';
    if (verdict.kind === 'refused') {
      const detail = { ...entry.detail, ...verdict.detail };
      return this.#refuse(decision, { ...entry, detail }, verdict.error);
    }
    const { approval } = verdict;
    return { kind: 'cleared', decision, entry: withReview(entry, approval), rewrite, approval };
  }

  #refuse(decision: Decision, entry: OperationEntry, error: ErrorFields): Clearance {
    this.#parts.session.guard.sealRefusal(decision, entry);
    return { kind: 'refused', error };
  }

  #fail(
    decision: Decision,
    entry: OperationEntry,
    failure: Parameters<typeof phraseFailure>[0],
  ): Clearance {
    return this.#refuse(
      decision,
      { ...entry, detail: { ...entry.detail, outcome: failure } },
      phraseFailure(failure),
    );
  }

  #refuseRewrite(
    { reason, hint, sqlState }: Rewrite & { kind: 'refuse' },
    entry: OperationEntry,
  ): Clearance {
    const decision: Refusal = { kind: 'deny', policyId: undefined, reason };
    const detail = { ...entry.detail, refusedBy: 'masking' };
    const error = { ...phraseRefusal(decision), hint };
    return this.#refuse(
      decision,
      { ...entry, detail },
      { ...error, sqlState: sqlState ?? error.sqlState },
    );
  }
}

/** Nothing of it goes to the ledger. */
const NO_ENTRY: OperationEntry = { text: '', actions: [], relations: [] };

/** Cleared without anybody having to look at it, at least for now. */
function clearNow(decision: Decision, entry: OperationEntry, rewrite: Rewritten): Cleared {
  return { kind: 'cleared', decision, entry, rewrite, approval: undefined };
}

function commitsTransaction({ operations }: Statement): boolean {
  return operations.some(
    ({ action, facts }) =>
      action === 'sql.transaction' &&
      (facts.command === 'COMMIT' || facts.command === 'PREPARE TRANSACTION'),
  );
}

function operationOf(
  { analysis, text, parameterTypes = '' }: Prepared,
  entry: OperationEntry,
  parameters: readonly BoundParameter[],
): Operation {
  return { entry, analysis, text, parameters, parameterTypes };
}

function withReview(entry: OperationEntry, { requestId, reviewers }: Approval): OperationEntry {
  return { ...entry, detail: { ...entry.detail, review: requestId, reviewers } };
}

/** A text that does not parse gets the parser's error, with its place, as the server would say it. */
function phraseDenial(decision: Refusal, { syntaxError, refusal }: Analysis): ErrorFields {
  if (syntaxError !== undefined) {
    return {
      severity: 'ERROR',
      sqlState: '42601',
      message: syntaxError.message,
      hint: 'The gateway could not read the statement, so nothing was run.',
      position: syntaxError.position,
    };
  }
  const error = phraseRefusal(decision);
  return refusal === undefined
    ? error
    : { ...error, detail: `The statement was not read: ${refusal}.` };
}
