import assert from 'node:assert/strict';
import type { OpenedReview, ReviewOutcome } from '../../access/review-desk.ts';
import type { AuthenticationResult } from '../../identity/authenticator.ts';
import type { DeviceSignIn } from '../../identity/device-sign-in.ts';
import type { Principal } from '../../identity/principal.ts';
import type { Decision, ReviewedDecision } from '../../policy/decision.ts';
import type { Recorder } from '../../recording/recorder.ts';
import type { SshTarget } from '../../targets/target.ts';
import type { Guard, GuardedAction, OperationEntry, OperationToReview } from '../guard.ts';
import type { SharedTerminal } from '../guests.ts';
import type { Admission, Door, Greeting, SessionEnd, SessionOn } from '../protocol.ts';

/** The token that the fake door takes. */
export const TOKEN = 'let-me-in';

export const PRINCIPAL: Principal = {
  id: 'idp:ada',
  issuer: 'idp',
  subject: 'ada',
  kind: 'person',
  displayName: 'Ada',
  groups: ['nurses'],
  signIn: 'oidc-token',
  expiresAtMs: Number.MAX_SAFE_INTEGER,
};

export const TARGET: SshTarget = {
  kind: 'ssh',
  name: 'ward',
  description: 'SSH',
  host: '127.0.0.1',
  port: 22,
  connectors: [],
  account: 'deploy',
  accounts: [],
  credential: { kind: 'password', password: 'env:PASSWORD' },
  hostKeys: [],
  hostAuthorities: [],
  environment: ['LANG', 'LC_*'],
  forwards: [],
  labels: {},
  seal: 'sealed',
  recording: { enabled: true, bytesMax: 2 ** 30 },
  idleTimeoutMs: 0,
  onReview: { people: 'wait', workloads: 'fail' },
};

/** A question that was put to people. */
export interface FakeReview {
  readonly held: OperationToReview;
  withdrawn: string | undefined;
  answer(outcome: ReviewOutcome): void;
}

/** How the fakes behave; may be changed while they are used. */
export interface Behaviour {
  /** Default: allow. */
  decide?: (action: GuardedAction) => Decision['kind'];
  isLedgerWritable?: () => boolean;
  /** Default: what is allowed can be sealed. */
  sealError?: Error;
  /** Classes that the principal may see raw. Default: none. */
  shown?: ReadonlyMap<string, readonly string[]>;
  /** Default: nobody uses too many. */
  spendPseudonyms?: (count: number) => boolean;
  /** Default: all targets are `TARGET`. */
  target?: SshTarget;
  /** Default: the one of the tests. */
  refuseAdmission?: string;
  recorder?: Recorder;
  rights?: string;
  deviceSignIn?: () => DeviceSignIn;
  authenticateCertificate?: (certificate: Buffer) => AuthenticationResult;
}

/** What became of everything, in order. */
export interface FakeLog {
  readonly greetings: Greeting[];
  readonly entries: OperationEntry[];
  readonly refusals: OperationEntry[];
  readonly reviews: FakeReview[];
  readonly notes: { readonly kind: string; readonly detail: Readonly<Record<string, unknown>> }[];
  readonly ends: SessionEnd[];
  readonly sessions: FakeSession[];
  /** Those that guests can join now. */
  readonly terminals: Set<SharedTerminal>;
  /** Names of targets for which doors within doors were asked. */
  readonly within: string[];
}

export type FakeSession = SessionOn<'ssh'> & { abort(reason: SessionEnd): void };

export function createFakeLog(): FakeLog {
  const lists = { greetings: [], entries: [], refusals: [], reviews: [], notes: [], ends: [] };
  return { ...lists, sessions: [], within: [], terminals: new Set() };
}

/** A door that lets everybody in who has the token. */
export function createFakeDoor(log: FakeLog, behaviour: Behaviour): Door {
  return {
    authenticate: (token) =>
      Promise.resolve(
        token === TOKEN
          ? { kind: 'authenticated', principal: PRINCIPAL }
          : { kind: 'rejected', reason: token === 'old' ? 'expired' : 'unknown-token' },
      ),
    authenticateCertificate: (certificate) =>
      Promise.resolve(
        behaviour.authenticateCertificate?.(certificate) ?? {
          kind: 'rejected',
          reason: 'unknown-token',
        },
      ),
    authenticateClientCertificate: () => assert.fail('no certificate of TLS is shown'),
    authenticateCookie: () => assert.fail('no cookie is shown'),
    beginDeviceSignIn: () => Promise.resolve(behaviour.deviceSignIn?.() ?? { kind: 'unavailable' }),
    noteSignedIn: () => undefined,
    admit: (greeting) => Promise.resolve(admit(greeting, log, behaviour)),
    within(targetName) {
      log.within.push(targetName);
      return createFakeDoor(log, behaviour);
    },
  };
}

function admit(greeting: Greeting, log: FakeLog, behaviour: Behaviour): Admission {
  log.greetings.push(greeting);
  if (behaviour.refuseAdmission !== undefined) {
    return { kind: 'refused', reason: 'hidden', message: behaviour.refuseAdmission };
  }
  const session = createFakeSession(log, behaviour);
  log.sessions.push(session);
  return { kind: 'admitted', session };
}

function createFakeSession(log: FakeLog, behaviour: Behaviour): FakeSession {
  let listener: ((reason: SessionEnd) => void) | undefined;
  let ended: SessionEnd | undefined;
  const target = behaviour.target ?? TARGET;
  return {
    id: `session-${log.sessions.length + 1}`,
    principal: PRINCIPAL,
    target,
    database: '',
    account: target.account,
    guard: createFakeGuard(log, behaviour),
    recorder: behaviour.recorder,
    rawTrack: undefined,
    counts: { operations: 0, refused: 0, rows: 0, bytesSent: 0, bytesShown: 0 },
    onAbort(told) {
      listener = told;
    },
    abort: (reason) => listener?.(reason),
    share(terminal) {
      log.terminals.add(terminal);
      return () => log.terminals.delete(terminal);
    },
    finish(end) {
      ended ??= end;
      return ended;
    },
    close() {
      log.ends.push(ended ?? 'internal-error');
    },
  };
}

function createFakeGuard(log: FakeLog, behaviour: Behaviour): Guard {
  return {
    get rights() {
      return behaviour.rights ?? 'rights';
    },
    decide(_key, actions) {
      const kinds = actions().map((action) => behaviour.decide?.(action) ?? 'allow');
      if (kinds.includes('deny')) return DENIED;
      return kinds.includes('review') ? REVIEWED : ALLOWED;
    },
    reveal: () => ({ shown: behaviour.shown ?? new Map() }),
    spendPseudonyms: (count) => behaviour.spendPseudonyms?.(count) ?? true,
    seal(_decision, entry, done) {
      if (behaviour.isLedgerWritable?.() === false) return done(new Error('disk full'));
      if (behaviour.sealError !== undefined) return done(behaviour.sealError);
      log.entries.push(entry);
      done(undefined);
    },
    hold(_decision, held, listener): OpenedReview {
      const number = log.reviews.length + 1;
      let isAnswered = false;
      const answer = (outcome: ReviewOutcome): void => {
        if (isAnswered) return;
        isAnswered = true;
        listener(outcome);
      };
      const review: FakeReview = { held, withdrawn: undefined, answer };
      log.reviews.push(review);
      const requestId = `req_${number}`;
      const opened = {
        url: `https://console.example/requests/${requestId}`,
        expiresAtMs: Date.UTC(2026, 10, 21, 12),
      };
      if (held.mayWait === false) {
        queueMicrotask(() => answer({ kind: 'filed', requestId, ...opened }));
      }
      return {
        ...opened,
        id: requestId,
        onReview: held.mayWait === false ? 'fail' : 'wait',
        withdraw(reason) {
          review.withdrawn = reason;
          queueMicrotask(() => answer({ kind: 'withdrawn', requestId, reason }));
        },
      };
    },
    sealRefusal(_decision, entry) {
      log.refusals.push(entry);
    },
    note(kind, detail) {
      log.notes.push({ kind, detail });
    },
  };
}

const ALLOWED: Decision = { kind: 'allow', policyIds: ['all'], obligations: [] };
const DENIED: Decision = { kind: 'deny', policyId: 'none', reason: 'not here' };
const REVIEWED: ReviewedDecision = {
  kind: 'review',
  policyIds: ['asked'],
  rules: [{ groups: ['leads'], quorum: 1 }],
  groups: ['leads'],
  quorum: 1,
  at: 'statement',
  reason: 'somebody should look',
};
