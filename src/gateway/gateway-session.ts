import type { WithdrawReason } from '../access/access-request.ts';
import type { OpenedReview, ReviewDesk, ReviewOutcome } from '../access/review-desk.ts';
import type { SpoolGate } from '../archive/spool-gate.ts';
import { isTooLong } from '../audit/ledger-error.ts';
import type { ContentFields, EntryFields, LedgerPort } from '../audit/ledger-port.ts';
import type { Principal } from '../identity/principal.ts';
import type { Decision, ReviewedDecision } from '../policy/decision.ts';
import type { OperationTarget } from '../policy/operation.ts';
import type { Revelation } from '../policy/reveal.ts';
import type {
  Guard,
  GuardedAction,
  NotedKind,
  OperationEntry,
  OperationToReview,
} from '../protocols/guard.ts';
import type { SharedTerminal } from '../protocols/guests.ts';
import type { Session, SessionCounts, SessionEnd } from '../protocols/protocol.ts';
import type { RawTrackSession } from '../recording/raw-track.ts';
import type { Recorder, RecordingSummary } from '../recording/recorder.ts';
import type { Target } from '../targets/target.ts';
import type { SessionTrace } from '../telemetry/traces.ts';
import { askForReview, type SessionClient } from './ask-for-review.ts';
import type { OpenedRecording } from './door.ts';
import type { GrantsInForce } from './grants-in-force.ts';
import type { Policies, PolicyScope } from './policies.ts';
import type { PseudonymBudget } from './pseudonym-budget.ts';
import { needsRawTrack, SessionRawTrack } from './session-raw-track.ts';
import { shortenEntry } from './shorten-entry.ts';

/** Milliseconds until the end of a session is offered again to a ledger that could not take it. */
const END_RETRY_MS = 1_000;

/** What a session is made of. */
export interface GatewaySessionParts {
  readonly id: string;
  readonly principal: Principal;
  readonly target: Target;
  readonly database: string;
  readonly account: string;
  readonly client: SessionClient;
  readonly desk: ReviewDesk;
  readonly grants: Pick<GrantsInForce, 'find'>;
  /** Names of the grants in force when the session was admitted. */
  readonly grantsAtAdmission: readonly string[];
  /** Hexadecimal; of the Sallyport token that the client signed in with, if it was one. */
  readonly tokenHash: string | undefined;
  readonly recorder: Recorder | undefined;
  /** Begins the sealed raw track, and enters that in the ledger. */
  readonly openRawTrack: (session: RawTrackSession, target: Target) => Promise<OpenedRecording>;
  readonly policies: Policies;
  readonly ledger: LedgerPort;
  readonly pseudonyms: PseudonymBudget;
  readonly spool: Pick<SpoolGate, 'state'>;
  readonly startedAtMs: number;
  readonly nowMs: () => number;
  /** Absent for a session that is not traced. */
  readonly trace?: SessionTrace | undefined;
  /** Called once, when everything of the session is closed. */
  readonly onClosed: (session: GatewaySession, summary: RecordingSummary | undefined) => void;
}

const EXPIRED: Decision = {
  kind: 'deny',
  policyId: undefined,
  reason: 'the sign-in has expired',
};

const NO_ROOM: Decision = {
  kind: 'deny',
  policyId: undefined,
  reason: 'the gateway has no room for its recordings at present; it goes on by itself',
  isPassing: true,
};

const GRANT_ENDED: Decision = {
  kind: 'deny',
  policyId: undefined,
  reason: 'the grant that permitted this session is over',
};

/** One session: what it may do is asked here, and what it did is entered in the ledger. */
export class GatewaySession implements Session, Guard {
  readonly id: string;
  readonly principal: Principal;
  readonly target: Target;
  readonly database: string;
  readonly account: string;
  readonly client: SessionClient;
  readonly tokenHash: string | undefined;
  readonly recorder: Recorder | undefined;
  readonly startedAtMs: number;
  readonly counts: SessionCounts = {
    operations: 0,
    refused: 0,
    rows: 0,
    bytesSent: 0,
    bytesShown: 0,
  };
  /** Milliseconds since the Unix epoch; of the last bytes from the client. */
  lastActivityAtMs: number;
  readonly #parts: GatewaySessionParts;
  /** Why the session has to end; undefined while it need not. */
  #abortReason: SessionEnd | undefined;
  #aborted: ((reason: SessionEnd) => void) | undefined;
  readonly #operationTarget: OperationTarget;
  /** Names of the principal's grants in force on the target, when last looked at. */
  #grants: readonly string[];
  #scope: PolicyScope | undefined;
  #revelation:
    | {
        readonly scope: PolicyScope;
        readonly classNames: ReadonlySet<string>;
        readonly answer: Revelation;
      }
    | undefined;
  readonly #rawTrack = new SessionRawTrack(
    () => this.#parts.openRawTrack(this, this.target),
    () => this.abort('recording-failed'),
  );
  #end: SessionEnd | undefined;
  readonly #terminals = new Set<SharedTerminal>();
  #isClosed = false;
  #reviewsAwaited = 0;

  constructor(parts: GatewaySessionParts) {
    this.#parts = parts;
    this.id = parts.id;
    this.principal = parts.principal;
    this.target = parts.target;
    this.database = parts.database;
    this.account = parts.account;
    this.client = parts.client;
    this.tokenHash = parts.tokenHash;
    this.recorder = parts.recorder;
    this.startedAtMs = parts.startedAtMs;
    this.lastActivityAtMs = parts.startedAtMs;
    this.#operationTarget = describeTarget(parts.target);
    this.#grants = parts.grantsAtAdmission;
  }

  get rawTrack(): Recorder | undefined {
    return this.#rawTrack.recorder;
  }

  /** Keeps the raw track from now on. Rejects if that is not possible. */
  beginRawTrack(): Promise<void> {
    return this.#rawTrack.begin();
  }

  get guard(): Guard {
    return this;
  }

  /** Why the session has to end; undefined while it need not. */
  get abortReason(): SessionEnd | undefined {
    return this.#abortReason;
  }

  onAbort(listener: (reason: SessionEnd) => void): void {
    if (this.#abortReason === undefined) this.#aborted = listener;
    else listener(this.#abortReason);
  }

  share(terminal: SharedTerminal): () => void {
    this.#terminals.add(terminal);
    return () => this.#terminals.delete(terminal);
  }

  /** Those that guests can take part in, the newest last. */
  get terminals(): readonly SharedTerminal[] {
    return [...this.#terminals];
  }

  /** How the session ended; undefined while it runs. */
  get end(): SessionEnd | undefined {
    return this.#end;
  }

  get rights(): string {
    return this.#currentScope().key;
  }

  decide(key: object, actions: () => readonly GuardedAction[]): Decision {
    const { policies, nowMs, spool } = this.#parts;
    if (nowMs() >= this.principal.expiresAtMs) return EXPIRED;
    if (spool.state === 'refuse') return NO_ROOM;
    const scope = this.#currentScope();
    if (this.#abortReason === 'grant-ended') return GRANT_ENDED;
    return policies.decide(key, scope, actions);
  }

  reveal(classNames: ReadonlySet<string>): Revelation {
    const scope = this.#currentScope();
    if (this.#revelation?.scope !== scope || this.#revelation.classNames !== classNames) {
      const answer = this.#parts.policies.reveal(scope, classNames);
      this.#revelation = { scope, classNames, answer };
    }
    return this.#revelation.answer;
  }

  spendPseudonyms(count: number): boolean {
    return this.#parts.pseudonyms.spend(this.principal.id, count);
  }

  #currentScope(): PolicyScope {
    const { policies } = this.#parts;
    this.checkGrants();
    if (this.#scope?.policySet !== policies.current || this.#scope.grants !== this.#grants) {
      this.#scope = this.#makeScope();
    }
    return this.#scope;
  }

  #makeScope(): PolicyScope {
    const { policies } = this.#parts;
    return policies.scope(this.principal, this.#operationTarget, this, this.#grants);
  }

  /** Ends the session if it was permitted through a grant that is over. */
  checkGrants(): void {
    const before = this.#grants;
    const grants = this.#parts.grants.find(this.principal.id, this.target.name);
    if (grants === before) return;
    this.#grants = grants;
    if (before.some((name) => !grants.includes(name)) && !this.#mayConnect()) {
      this.abort('grant-ended');
    }
  }

  #mayConnect(): boolean {
    return this.#parts.policies.decideConnect(this.#makeScope(), this.client).kind === 'allow';
  }

  hold(
    decision: ReviewedDecision,
    held: OperationToReview,
    listener: (outcome: ReviewOutcome) => void,
  ): OpenedReview {
    const scope = this.#currentScope();
    const findChange = (): WithdrawReason | undefined => this.#findChangeSince(scope);
    const question = askForReview(this, scope, { decision, held, findChange });
    this.#reviewsAwaited += 1;
    return this.#parts.desk.open(question, (outcome) => {
      this.#reviewsAwaited -= 1;
      this.lastActivityAtMs = this.#parts.nowMs();
      listener(outcome);
    });
  }

  /** It waits for people: it is not its client that is idle. */
  get isHeld(): boolean {
    return this.#reviewsAwaited > 0;
  }

  #findChangeSince({ key }: PolicyScope): WithdrawReason | undefined {
    if (this.#abortReason !== undefined || this.#end !== undefined) return 'disconnected';
    if (this.#parts.nowMs() >= this.principal.expiresAtMs) return 'sign-in-expired';
    return this.#currentScope().key === key ? undefined : 'rights-changed';
  }

  seal(decision: Decision, entry: OperationEntry, done: (error: Error | undefined) => void): void {
    if (this.#rawTrack.recorder !== undefined || !needsRawTrack(decision)) {
      return this.#sealOperation(decision, entry, done);
    }
    this.#rawTrack.begin().then(() => this.#sealOperation(decision, entry, done), done);
  }

  #sealOperation(
    decision: Decision,
    entry: OperationEntry,
    done: (error: Error | undefined) => void,
  ): void {
    const session = this.id;
    const policies = decision.kind === 'deny' ? [] : decision.policyIds;
    const kind = 'operation';
    const { actions, relations, detail } = entry;
    const content = describeContent(entry);
    const { ledger, trace } = this.#parts;
    ledger.append(
      // Spreading nothing would cost as much as all the rest.
      detail === undefined
        ? { kind, session, policies, actions, relations, content }
        : { kind, session, policies, actions, relations, ...detail, content },
      this.target.seal,
      trace === undefined ? done : trace.seal(actions, done),
    );
  }

  sealRefusal(decision: Decision, entry: OperationEntry): void {
    const { actions, relations, detail } = entry;
    const because =
      decision.kind === 'deny'
        ? { policies: decision.policyId === undefined ? [] : [decision.policyId] }
        : { policies: decision.policyIds };
    this.#parts.trace?.refuse(actions);
    this.#enter({
      kind: 'operation.refuse',
      session: this.id,
      decision: decision.kind,
      ...because,
      ...(decision.kind !== 'allow' && { reason: decision.reason }),
      actions,
      relations,
      ...detail,
      content: describeContent(entry),
    });
  }

  note(kind: NotedKind, detail: Readonly<Record<string, unknown>>): void {
    if (kind === 'result') {
      this.#parts.policies.noteResult(this.principal, detail);
      this.#parts.trace?.result();
    }
    this.#enter({ kind, session: this.id, ...detail });
  }

  /** Enters what has happened already. Nothing waits for it, and the ledger reports its own failures. */
  #enter(entry: EntryFields): void {
    const { ledger } = this.#parts;
    ledger.append(entry, this.target.seal, (error) => {
      if (error === undefined || !isTooLong(error)) return;
      ledger.append(shortenEntry(entry), this.target.seal, ignoreOutcome);
    });
  }

  finish(end: SessionEnd): SessionEnd {
    this.#end ??= end;
    return this.#end;
  }

  /** Ends the session from outside. */
  abort(reason: SessionEnd): void {
    if (this.#abortReason !== undefined) return;
    this.#abortReason = reason;
    this.#aborted?.(reason);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    // That they leave is part of the session.
    for (const terminal of this.#terminals) terminal.dismiss();
    const delivered = this.recorder?.finish();
    const raw = this.#rawTrack.finish();
    if (delivered === undefined && raw === undefined) return this.#closed(undefined, undefined);
    Promise.all([delivered, raw]).then(
      ([summary, rawSummary]) => this.#closed(summary, rawSummary),
      () => this.#closed(undefined, undefined),
    );
  }

  #closed(summary: RecordingSummary | undefined, raw: RecordingSummary | undefined): void {
    const reason = this.#end ?? 'internal-error';
    this.#parts.trace?.end(reason);
    this.#enterEnd({
      kind: 'session.end',
      session: this.id,
      reason,
      ...this.counts,
      ...(summary !== undefined && { recording: summary }),
      ...(raw !== undefined && { raw }),
    });
    this.#parts.onClosed(this, summary);
  }

  /** A ledger that fails recovers by itself: the end is entered then. */
  #enterEnd(entry: EntryFields): void {
    this.#parts.ledger.append(entry, this.target.seal, (error) => {
      if (error === undefined) return;
      setTimeout(() => this.#enterEnd(entry), END_RETRY_MS).unref();
    });
  }
}

/** What policies see of a target. */
export function describeTarget({ name, kind, labels }: Target): OperationTarget {
  return { name, kind, labels };
}

/** There is nothing left to try. */
function ignoreOutcome(): void {}

function describeContent({ text, textSha256, parameters, orTexts }: OperationEntry): ContentFields {
  return { text, textSha256, parameters, orTexts };
}
