import assert from 'node:assert/strict';
import type { ReviewDesk } from '../access/review-desk.ts';
import type { EntryFields, LedgerHealth, LedgerPort } from '../audit/ledger-port.ts';
import type { Principal } from '../identity/principal.ts';
import { loadPolicySet, type PolicySet } from '../policy/policy-set.ts';
import type { Recorder, RecordingSummary } from '../recording/recorder.ts';
import type { SessionEnd, SessionIndex } from '../recording/session-index.ts';
import type { PostgresTarget } from '../targets/target.ts';
import { GatewaySession, type GatewaySessionParts } from './gateway-session.ts';
import type { GrantsInForce } from './grants-in-force.ts';
import { Policies } from './policies.ts';
import { PseudonymBudget } from './pseudonym-budget.ts';

export const ALICE: Principal = {
  id: 'okta:alice',
  issuer: 'okta',
  subject: 'alice',
  kind: 'person',
  displayName: 'Alice',
  groups: ['analysts'],
  signIn: 'oidc-token',
  expiresAtMs: 1_000_000,
};

export const HOSPITAL: PostgresTarget = {
  kind: 'postgres',
  name: 'hospital',
  description: 'PostgreSQL',
  host: '127.0.0.1',
  port: 5432,
  connectors: [],
  database: 'hospital',
  databases: [],
  tls: { mode: 'disable' },
  credential: { kind: 'user', user: 'gateway' },
  labels: {},
  seal: 'sealed',
  recording: { enabled: false, bytesMax: 1 },
  sealParameters: false,
  functionsAllowed: [],
  idleTimeoutMs: 0,
  onReview: { people: 'wait', workloads: 'fail' },
};

/** Nobody was granted anything. */
export const NO_GRANTS: Pick<GrantsInForce, 'find'> = { find: () => NONE };
const NONE: readonly string[] = [];

/** For sessions whose policies ask for no review. */
export const NO_DESK: ReviewDesk = { open: () => assert.fail('nothing is to be reviewed') };

export const PERMIT_ALL = '@id("all") permit(principal, action, resource);';

export function loadPolicies(text: string): PolicySet {
  const loading = loadPolicySet([{ path: 'policies/p.cedar', text }]);
  if (loading.kind === 'loaded') return loading.policySet;
  throw new Error(`policies do not load: ${loading.problems[0]?.message}`);
}

/** A ledger in memory that refuses what `isWritable` says, and can be made to hang. */
export class FakeLedger implements LedgerPort {
  readonly health: LedgerHealth = 'healthy';
  readonly entries: EntryFields[] = [];
  isWritable: (entry: EntryFields) => boolean = () => true;
  /** Why an entry is not taken; undefined if it is. */
  findRefusal = (entry: EntryFields): Error | undefined =>
    this.isWritable(entry) ? undefined : new Error('disk full');
  /** While set, entries are taken and nobody is told so. */
  held: (() => void)[] | undefined;

  append(
    entry: EntryFields,
    _mode: 'sealed' | 'written',
    done: (error: Error | undefined) => void,
  ): void {
    const refusal = this.findRefusal(entry);
    if (refusal === undefined) this.entries.push(entry);
    const answer = (): void => done(refusal);
    if (this.held === undefined) queueMicrotask(answer);
    else this.held.push(answer);
  }

  ofKind(kind: EntryFields['kind']): readonly EntryFields[] {
    return this.entries.filter((entry) => entry.kind === kind);
  }
}

/** A list of sessions in memory. It hangs for as long as `until` does, and fails with `failure`. */
export class FakeIndex implements SessionIndex {
  readonly calls: string[] = [];
  readonly ends: Map<string, SessionEnd> = new Map<string, SessionEnd>();
  until: Promise<void> = Promise.resolve();
  failure: Error | undefined;

  async start({ id }: { readonly id: string }): Promise<void> {
    await this.until;
    if (this.failure !== undefined) throw this.failure;
    this.calls.push(`start ${id}`);
  }

  async end(id: string, end: SessionEnd): Promise<void> {
    await this.until;
    if (this.failure !== undefined) throw this.failure;
    this.calls.push(`end ${id}`);
    this.ends.set(id, end);
  }

  find(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  list(): Promise<{ sessions: readonly never[] }> {
    return Promise.resolve({ sessions: [] });
  }

  endAbandoned(): Promise<number> {
    return Promise.resolve(0);
  }

  listChanged(): Promise<readonly never[]> {
    return Promise.resolve([]);
  }

  requestStop(): Promise<boolean> {
    return Promise.resolve(false);
  }

  listStopRequests(): Promise<readonly string[]> {
    return Promise.resolve([]);
  }
}

export const SUMMARY: RecordingSummary = {
  bytesSent: 1,
  bytesShown: 2,
  bytesKept: 3,
  chunks: 1,
  sha256: 'ab'.repeat(32),
  truncated: false,
};

/** A recorder that keeps nothing and says when it was finished. */
export class FakeRecorder implements Recorder {
  readonly congested = false;
  finished = 0;

  record(): void {}

  onDrain(resume: () => void): void {
    resume();
  }

  limit(): void {}

  finish(): Promise<RecordingSummary> {
    this.finished += 1;
    return Promise.resolve(SUMMARY);
  }
}

/** A session of Alice on the hospital's database, with `changes`. */
export function makeSession(changes: Partial<GatewaySessionParts> = {}): GatewaySession {
  return new GatewaySession({
    id: 's1',
    principal: ALICE,
    target: HOSPITAL,
    database: 'hospital',
    account: '',
    client: { address: '127.0.0.1', applicationName: 'psql', isEncrypted: true },
    desk: NO_DESK,
    grants: NO_GRANTS,
    grantsAtAdmission: NONE,
    tokenHash: undefined,
    recorder: undefined,
    openRawTrack: () => assert.fail('no policy asks for it'),
    spool: { state: 'open' },
    policies: new Policies(loadPolicies(PERMIT_ALL)),
    ledger: new FakeLedger(),
    pseudonyms: new PseudonymBudget(
      () => 0,
      () => 10,
    ),
    startedAtMs: 1_000,
    nowMs: () => 2_000,
    onClosed() {},
    ...changes,
  });
}

/** Resolves once promises that were settled have been heard of. */
export function turn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
