import { randomBytes } from 'node:crypto';
import type { OperationRequest, RequestEnd, WithdrawReason } from '../access/access-request.ts';
import type {
  AccessAnnouncements,
  AccessRequestStore,
  PeopleStore,
} from '../access/access-store.ts';
import { findOpenRules, type IsBarred } from '../access/apply-review.ts';
import type {
  OpenedReview,
  ReviewDesk,
  ReviewOutcome,
  ReviewQuestion,
} from '../access/review-desk.ts';
import type { LedgerPort } from '../audit/ledger-port.ts';
import { seal } from '../audit/seal.ts';
import type { ReviewSettings } from '../configuration/access-settings.ts';
import { logUnexpectedError } from '../telemetry/events.ts';
import type { Log } from '../telemetry/log.ts';
import { describeHeld } from './describe-held.ts';
import { describeEnd, endInStore } from './end-in-store.ts';
import { HeldReview } from './held-review.ts';
import { WorkQueue } from './work-queue.ts';

/** What the desk of a process works with. */
export interface ReviewDeskParts {
  readonly requests: AccessRequestStore;
  readonly people: Pick<PeopleStore, 'find'>;
  readonly announcements: AccessAnnouncements;
  readonly ledger: LedgerPort;
  /** Names this process. */
  readonly gateway: string;
  readonly settings: () => ReviewSettings;
  /** Asked when an approval is used: that of somebody who is barred by then is none. */
  readonly isBarred: IsBarred;
  readonly nowMs: () => number;
  readonly log: Log;
}

/** Milliseconds between looks for what was not announced, and for deadlines. */
const LOOK_INTERVAL_MS = 1_000;
/** Of so many looks, one asks the store about all that waits. */
const LOOKS_PER_POLL = 5;
/** Questions to the store at a time, of each sort: what else the process asks of it is not to wait behind reviews. */
const CONCURRENT_MAX = 2;
/** Bytes of one request, as JSON. Who reviews has to be shown all of it. */
const OPERATION_BYTES_MAX = 1_048_576;
/** Looks for the request of an earlier try, where others do the same at the same time. */
const FILE_TRIES_MAX = 3;
/** Milliseconds that a stopping process waits until its requests are withdrawn. */
const SETTLE_MAX_MS = 5_000;

/**
 * Takes what sessions of this process hold to the store, where reviewers find it, and brings back
 * what they said. An approval is used up in the store before the session hears of it.
 */
export class StoredReviewDesk implements ReviewDesk, AsyncDisposable {
  readonly #parts: ReviewDeskParts;
  /** By request, those that sessions wait for. */
  readonly #held = new Map<string, HeldReview>();
  /** What brings requests to the store, and back out of it. */
  readonly #errands = new WorkQueue(CONCURRENT_MAX);
  /** What brings outcomes to sessions: it does not wait behind errands, of which a thousand may come at once. */
  readonly #news = new WorkQueue(CONCURRENT_MAX);
  /** Withdrawals that the store did not take yet. */
  readonly #withdrawals = new Map<string, Withdrawal>();
  readonly #timer: NodeJS.Timeout;
  readonly #unsubscribe: () => void;
  #looks = 0;

  constructor(parts: ReviewDeskParts) {
    this.#parts = parts;
    this.#timer = setInterval(() => this.#lookAtAll(), LOOK_INTERVAL_MS);
    this.#timer.unref();
    this.#unsubscribe = parts.announcements.subscribe((event) => {
      if (event.kind === 'request.changed') {
        const held = this.#held.get(event.requestId);
        if (held !== undefined) this.#look(held);
      } else if (event.kind === 'resync') {
        this.#poll();
      }
    });
  }

  open(question: ReviewQuestion, listener: (outcome: ReviewOutcome) => void): OpenedReview {
    const { settings, nowMs } = this.#parts;
    const { expiresAfterMs = settings().expiresAfterMs } = question.decision;
    const holdMaxMs = question.operation.at === 'commit' ? settings().commitHoldMaxMs : Infinity;
    const expiresAtMs = nowMs() + Math.min(expiresAfterMs, holdMaxMs);
    const request = this.#makeRequest(question, expiresAtMs);
    const held = new HeldReview(question, request, (outcome) => {
      this.#held.delete(request.id);
      listener(outcome);
    });
    const { onReview } = question;
    if (JSON.stringify(request.operation).length > OPERATION_BYTES_MAX) {
      queueMicrotask(() => held.settle({ kind: 'too-large', bytesMax: OPERATION_BYTES_MAX }));
    } else if (onReview === 'wait') {
      this.#held.set(request.id, held);
      this.#run(this.#errands, held, async () => void (await this.#insert(held)));
    } else {
      this.#run(this.#errands, held, () => this.#file(held));
    }
    return {
      id: onReview === 'wait' ? request.id : undefined,
      onReview,
      url: onReview === 'wait' ? this.#linkTo(request.id) : undefined,
      expiresAtMs,
      withdraw: (reason) => this.#withdraw(held, reason),
    };
  }

  /** Withdraws what an earlier process of this name held when it was lost. */
  async withdrawAbandoned(): Promise<void> {
    const { requests, gateway, nowMs } = this.#parts;
    for (const id of await requests.listHeld(gateway)) {
      if (this.#held.has(id)) continue;
      const end = { atMs: nowMs(), outcome: 'withdrawn', reason: 'gateway-lost' } as const;
      try {
        await endInStore(this.#parts, id, end);
      } catch (error) {
        // One that cannot be read cannot be approved either; it expires.
        logUnexpectedError(this.#parts.log, 'review desk', error);
      }
    }
  }

  /** Withdraws what is left, and waits for the store to know, but not for long. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const held of this.#held.values()) this.#withdraw(held, 'gateway-stopping');
    const { promise: late, resolve: giveUp } = Promise.withResolvers<void>();
    const timer = setTimeout(giveUp, SETTLE_MAX_MS);
    const settled = Promise.all([this.#errands.idle(), this.#news.idle()]);
    await Promise.race([settled, late]);
    clearTimeout(timer);
    clearInterval(this.#timer);
    this.#unsubscribe();
  }

  #makeRequest(question: ReviewQuestion, expiresAtMs: number): OperationRequest {
    const { requester, target, database, account, sessionId, guests, onReview } = question;
    const { decision, operation } = question;
    return {
      id: `req_${randomBytes(16).toString('base64url')}`,
      kind: 'operation',
      state: 'pending',
      requester,
      target,
      database,
      ...(account !== undefined && { account }),
      sessionId,
      ...(guests !== undefined && { guests }),
      onReview,
      createdAtMs: this.#parts.nowMs(),
      expiresAtMs,
      justification: question.justification,
      policy: {
        ids: decision.policyIds,
        version: question.policyVersion,
        reason: decision.reason,
      },
      rules: decision.rules,
      reviews: [],
      end: undefined,
      operation,
      digest: question.digest,
    };
  }

  /** Puts a request where reviewers find it. */
  async #insert(held: HeldReview): Promise<'done' | 'exists'> {
    const { requests, ledger, gateway, settings } = this.#parts;
    const { request } = held;
    if (held.isSettled) return 'done';
    const { waitingPerPrincipalMax: waitingMax } = settings();
    const seals = (): Promise<void> =>
      held.isSettled || held.findSession() === undefined
        ? Promise.reject(new NobodyWaitsError())
        : seal(ledger, describeHeld(request));
    const answer = await requests.insert(request, {
      waitingMax,
      ...(request.onReview === 'wait' && { gateway }),
      seal: seals,
    });
    switch (answer) {
      case 'inserted':
        held.isInserted = true;
        if (request.onReview === 'fail') held.settle(this.#filed(request));
        else if (held.withdrawn !== undefined) this.#withdrawFromStore(held, held.withdrawn);
        break;
      case 'too-many':
        held.settle({ kind: 'too-many', waitingMax });
        break;
      case 'exists':
        return 'exists';
    }
    return 'done';
  }

  /** Uses the approval that an earlier try was given, or leaves a request for a later one. */
  async #file(held: HeldReview): Promise<void> {
    const { requests, nowMs } = this.#parts;
    const { requester, digest } = held.question;
    for (let tries = 0; tries < FILE_TRIES_MAX && !held.isSettled; tries++) {
      const found = await requests.findFiled(requester.id, digest, nowMs());
      if (found === undefined) {
        // Where another try of the same operation filed it at this instant, that one is found next.
        if ((await this.#insert(held)) === 'done') return;
      } else if (found.state !== 'rejected' && nowMs() >= found.expiresAtMs) {
        const end = { atMs: nowMs(), outcome: 'expired', reason: undefined } as const;
        await endInStore(this.#parts, found.id, end);
      } else if (found.state === 'approved') {
        // Where another try used it at this instant, this one needs a review of its own.
        if (await this.#use(held, found)) return;
      } else {
        held.settle(found.state === 'rejected' ? describeRejection(found) : this.#filed(found));
      }
    }
    held.settle({ kind: 'unavailable' });
  }

  #filed({ id, expiresAtMs }: OperationRequest): ReviewOutcome {
    return { kind: 'filed', requestId: id, url: this.#linkTo(id), expiresAtMs };
  }

  /** Something about a request changed, or may have. */
  #look(held: HeldReview): void {
    if (!held.beginLooking()) return;
    this.#run(this.#news, held, async () => {
      do await this.#lookOnce(held);
      while (held.lookAgain());
    });
  }

  async #lookOnce(held: HeldReview): Promise<void> {
    if (held.isSettled) return;
    const lostGroup = this.#findLostGroup(held.question);
    // Where it fails it is asked for in vain, but not unheard.
    lostGroup.catch(() => undefined);
    const found = await this.#parts.requests.find(held.request.id);
    if (found?.kind !== 'operation') return;
    const { id: requestId } = found;
    switch (found.state) {
      case 'pending':
        break;
      case 'approved':
        await this.#use(held, found, lostGroup);
        break;
      case 'rejected':
        held.settle(describeRejection(found));
        break;
      case 'expired':
        held.settle({ kind: 'expired', requestId });
        break;
      case 'withdrawn':
        held.settle({ kind: 'withdrawn', requestId, reason: found.end?.reason ?? 'by-requester' });
        break;
      case 'used':
        // By us, and the answer was lost: nobody knows whether it would be the first time.
        held.settle({ kind: 'unavailable' });
        break;
    }
  }

  /** True if the approval was there to be used: then the session was told what came of it. */
  async #use(
    held: HeldReview,
    approved: OperationRequest,
    lostGroup = this.#findLostGroup(held.question),
  ): Promise<boolean> {
    const { requests, nowMs, ledger } = this.#parts;
    const { question } = held;
    const before = question.findChange() ?? (await lostGroup) ?? this.#findBarred(approved);
    if (before !== undefined) {
      this.#withdrawFromStore(held, before, approved.id);
      held.settle({ kind: 'withdrawn', requestId: approved.id, reason: before });
      return true;
    }
    if (held.isSettled) return true;
    // What the columns of the store say is not enough: the reviews are sealed, and have to be there.
    const isAgreed = findOpenRules(approved).length === 0 && approved.digest === question.digest;
    if (!isAgreed || nowMs() >= approved.expiresAtMs) return false;
    const used = await requests.use(approved.id, question.digest, nowMs());
    if (used === undefined) return false;
    // It is used up, whatever happened meanwhile; but it runs only if nothing did.
    const change = held.isSettled ? 'cancelled' : question.findChange();
    const end: Pick<RequestEnd, 'outcome' | 'reason'> =
      change === undefined
        ? { outcome: 'used', reason: undefined }
        : { outcome: 'withdrawn', reason: change };
    ledger.append(describeEnd(used, end, held.findSession()), 'sealed', ignoreOutcome);
    held.settle(
      change === undefined
        ? {
            kind: 'approved',
            requestId: used.id,
            reviewers: used.reviews.map(({ reviewer }) => reviewer.id),
            policyVersion: used.policy.version,
          }
        : { kind: 'withdrawn', requestId: used.id, reason: change },
    );
    return true;
  }

  /** A person who has signed in since with fewer groups does not get what was asked for with more. */
  async #findLostGroup({ requester }: ReviewQuestion): Promise<WithdrawReason | undefined> {
    if (requester.kind !== 'person') return undefined;
    const known = await this.#parts.people.find(requester.id);
    if (known === undefined) return undefined;
    const hasAll = requester.groups.every((group) => known.groups.includes(group));
    return hasAll ? undefined : 'rights-changed';
  }

  /** Who agreed has to be somebody whose word counts when it runs. */
  #findBarred(approved: OperationRequest): WithdrawReason | undefined {
    const isAgreed = findOpenRules(approved).length === 0;
    const stillIs = findOpenRules(approved, this.#parts.isBarred).length === 0;
    return isAgreed && !stillIs ? 'rights-changed' : undefined;
  }

  #withdraw(held: HeldReview, reason: WithdrawReason): void {
    if (held.isSettled) return;
    const { id, onReview } = held.request;
    held.withdrawn = reason;
    // What is not inserted yet is withdrawn when it is.
    if (onReview === 'wait' && held.isInserted) this.#withdrawFromStore(held, reason);
    held.settleSoon({ kind: 'withdrawn', requestId: id, reason });
  }

  #withdrawFromStore(held: HeldReview, reason: WithdrawReason, id: string = held.request.id): void {
    const end = { atMs: this.#parts.nowMs(), outcome: 'withdrawn', reason } as const;
    this.#withdrawals.set(id, { end, findSession: () => held.findSession() });
    this.#errands.add(() => this.#endInStore(id));
  }

  async #endInStore(id: string): Promise<void> {
    const withdrawal = this.#withdrawals.get(id);
    if (withdrawal === undefined) return;
    try {
      const { end, findSession } = withdrawal;
      await endInStore(this.#parts, id, end, findSession);
      if ((await this.#parts.requests.find(id)) === undefined) this.#enterVoid(id);
      this.#withdrawals.delete(id);
    } catch (error) {
      // Tried again with the next poll; nothing runs meanwhile, as nobody waits for it.
      logUnexpectedError(this.#parts.log, 'review desk', error);
    }
  }

  /** Its entry may be in the ledger; the request never was. */
  #enterVoid(id: string): void {
    this.#parts.ledger.append({ kind: 'review.void', request: id }, 'sealed', ignoreOutcome);
  }

  #lookAtAll(): void {
    const nowMs = this.#parts.nowMs();
    for (const held of this.#held.values()) {
      const change = nowMs >= held.request.expiresAtMs ? 'expired' : held.question.findChange();
      if (change === 'expired') this.#expire(held);
      else if (change !== undefined) this.#withdraw(held, change);
    }
    this.#looks += 1;
    if (this.#looks % LOOKS_PER_POLL === 0) this.#poll();
  }

  #expire(held: HeldReview): void {
    const { id } = held.request;
    held.settle({ kind: 'expired', requestId: id });
    this.#errands.add(async () => {
      const end = { atMs: this.#parts.nowMs(), outcome: 'expired', reason: undefined } as const;
      try {
        await endInStore(this.#parts, id, end, () => held.findSession());
      } catch (error) {
        // The sweep of the control plane finds it.
        logUnexpectedError(this.#parts.log, 'review desk', error);
      }
    });
  }

  /** Asks the store about all that waits: announcements can be lost. */
  #poll(): void {
    for (const id of this.#withdrawals.keys()) this.#errands.add(() => this.#endInStore(id));
    const ids = [...this.#held.keys()];
    if (ids.length === 0) return;
    this.#news.add(async () => {
      try {
        for (const id of await this.#parts.requests.findSettled(ids)) {
          const held = this.#held.get(id);
          if (held !== undefined) this.#look(held);
        }
      } catch (error) {
        logUnexpectedError(this.#parts.log, 'review desk', error);
      }
    });
  }

  /** Does something about a held operation. What fails before it is in the store will not happen. */
  #run(queue: WorkQueue, held: HeldReview, work: () => Promise<void>): void {
    queue.add(async () => {
      try {
        await work();
      } catch (error) {
        if (error instanceof NobodyWaitsError) {
          const { id: requestId } = held.request;
          return held.settle({ kind: 'withdrawn', requestId, reason: 'disconnected' });
        }
        logUnexpectedError(this.#parts.log, 'review desk', error);
        held.endLooking();
        if (held.isInserted) return;
        // The store may have it, although it did not say so.
        this.#withdrawFromStore(held, 'unavailable');
        held.settle({ kind: 'unavailable' });
      }
    });
  }

  #linkTo(id: string): string | undefined {
    const { consoleUrl } = this.#parts.settings();
    return consoleUrl === undefined ? undefined : `${consoleUrl}/requests/${id}`;
  }
}

/** The session gave up before its request was entered: then it never is. */
class NobodyWaitsError extends Error {
  override readonly name = 'NobodyWaitsError';
  readonly code = 'ERR_NOBODY_WAITS';
}

interface Withdrawal {
  readonly end: RequestEnd & { readonly outcome: 'withdrawn' };
  readonly findSession: () => string | undefined;
}

function describeRejection({ id, reviews }: OperationRequest): ReviewOutcome {
  const rejection = reviews.find(({ verdict }) => verdict === 'reject');
  const { id: reviewerId = '', name = '' } = rejection?.reviewer ?? {};
  const comment = rejection?.comment ?? '';
  return { kind: 'rejected', requestId: id, reviewer: { id: reviewerId, name }, comment };
}

/** Nothing waits for these entries, and the ledger reports its own failures. */
function ignoreOutcome(): void {}
