import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import type { AccessRequest, OnReview } from '../../src/access/access-request.ts';
import type { Actor } from '../../src/access/access-service.ts';
import type { OpenedReview, ReviewOutcome } from '../../src/access/review-desk.ts';
import { type Access, openAccess } from '../../src/bin/open-access.ts';
import type { GrantSettings, ReviewSettings } from '../../src/configuration/access-settings.ts';
import { AccessRights } from '../../src/control-plane/agreement/access-rights.ts';
import { StoredAccessService } from '../../src/control-plane/agreement/stored-access-service.ts';
import type { GatewaySession } from '../../src/gateway/gateway-session.ts';
import { Policies } from '../../src/gateway/policies.ts';
import {
  ALICE,
  FakeLedger,
  HOSPITAL,
  loadPolicies,
  makeSession,
} from '../../src/gateway/session.fixture.ts';
import type { Principal } from '../../src/identity/principal.ts';
import { SELECT_FACTS } from '../../src/policy/select-facts.fixture.ts';
import type { OperationToReview } from '../../src/protocols/guard.ts';
import type { Store } from '../../src/store/open-store.ts';
import { MASTER_KEY, openPrivateStore } from '../../src/store/private-store.fixture.ts';
import { SILENT_LOG } from '../../src/telemetry/log.ts';

export const POLICIES = `
@id("connect") permit(principal in Group::"analysts", action == Action::"connect", resource);
@id("read") permit(principal in Group::"analysts", action == Action::"sql.select", resource);
@id("bulk") @review("officers") @reason("Bulk reads need a review")
forbid(principal, action == Action::"sql.select", resource) when { context.bulk };
@id("officers-read") permit(principal in Group::"officers", action == Action::"request.read", resource);
@id("ask") permit(principal, action == Action::"grant.request", resource);
@id("ask-on-call") @review("officers") @reason("On call is for who is on call")
forbid(principal, action == Action::"grant.request", resource) when { context.grant == "on-call" };
@id("take") permit(principal in Group::"analysts", action == Action::"grant.break-glass", resource)
when { context.grant == "on-call" };
@id("revoke") permit(principal in Group::"officers", action == Action::"grant.revoke", resource);
@id("visitor") permit(principal in Grant::"on-call", action == Action::"connect", resource);
@id("visit") permit(principal in Grant::"on-call", action == Action::"sql.select", resource);
@id("people") permit(principal in Group::"officers", action == Action::"people.read", resource);
`;

export const BOB: Principal = person('okta:bob', ['analysts'], 'bob@hospital.example');
export const OLGA: Principal = person('okta:olga', ['officers'], 'olga@hospital.example');
export const OMAR: Principal = person('okta:omar', ['officers']);
export const PAT: Principal = person('okta:pat', ['nurses']);
export const ROBOT: Principal = { ...person('ci:robot', ['analysts']), kind: 'workload' };

export function person(id: string, groups: readonly string[], human?: string): Principal {
  const [issuer = '', subject = ''] = id.split(':');
  return {
    ...ALICE,
    id,
    issuer,
    subject,
    displayName: subject,
    groups,
    expiresAtMs: Date.now() + 3_600_000,
    ...(human !== undefined && { person: human }),
  };
}

export function as(principal: Principal): Actor {
  return { principal, clientAddress: '10.0.0.9', via: 'test' };
}

/** One process of a gateway, without its sockets. */
export interface OneProcess {
  readonly access: Access;
  readonly service: StoredAccessService;
  readonly ledger: FakeLedger;
  readonly policies: Policies;
  openSession(principal?: Principal, onReview?: OnReview): GatewaySession;
}

export interface TwoProcesses extends AsyncDisposable {
  readonly one: OneProcess;
  readonly other: OneProcess;
  readonly stores: { readonly one: Store; readonly other: Store };
  readonly reviews: { -readonly [Key in keyof ReviewSettings]: ReviewSettings[Key] };
  readonly grants: GrantSettings[];
  /** Ids of who may not sign in. */
  readonly disabled: Set<string>;
  query(text: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  stopStore(): Promise<void>;
  /** Starts one more process on the store, of this name. */
  start(name: string): Promise<OneProcess & AsyncDisposable>;
}

/** Two processes on one store in a PostgreSQL of their own. */
export async function startTwoProcesses(): Promise<TwoProcesses> {
  const opened = new AsyncDisposableStack();
  const own = opened.use(await openPrivateStore());
  const shared = {
    reviews: {
      expiresAfterMs: 600_000,
      consoleUrl: 'https://gate.example',
      commitHoldMaxMs: 60_000,
      waitingPerPrincipalMax: 20,
      delegationMaxMs: 86_400_000,
      keptMs: 86_400_000,
    },
    grants: [
      {
        name: 'on-call',
        description: 'At night',
        durationMaxMs: 7_200_000,
        breakGlass: { reviewers: ['officers'], alert: ['pager'] },
      },
      { name: 'desk', description: '', durationMaxMs: 60_000, breakGlass: undefined },
    ] as GrantSettings[],
    disabled: new Set<string>(),
  };
  const start = (name: string, store: Store): Promise<OneProcess & AsyncDisposable> =>
    startProcess(name, store, shared);
  return {
    one: opened.use(await start('g.0', own.store)),
    other: opened.use(await start('g.1', own.other)),
    stores: { one: own.store, other: own.other },
    ...shared,
    query: (text) => own.query(text),
    stopStore: () => own.server.close(),
    start: (name) => start(name, own.store),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

async function startProcess(
  logName: string,
  store: Store,
  { reviews, grants, disabled }: Pick<TwoProcesses, 'reviews' | 'grants' | 'disabled'>,
): Promise<OneProcess & AsyncDisposable> {
  const ledger = new FakeLedger();
  const access = await openAccess(
    { store, maskingKey: MASTER_KEY, ledger, disabled },
    { logName, settings: () => reviews, log: SILENT_LOG },
  );
  const policies = new Policies(loadPolicies(POLICIES));
  const { stores, announcements, signIns } = access;
  const nowMs = Date.now;
  const service = new StoredAccessService({
    ...stores,
    announcements,
    ledger,
    signIns,
    rights: new AccessRights({
      policies,
      targets: () => [HOSPITAL],
      gatewayName: () => 'g',
      grants: access.grants,
      delegations: stores.delegations,
      people: stores.people,
      isDisabled: (id) => disabled.has(id),
      nowMs,
    }),
    policies: () => policies.current,
    grantSettings: () => grants,
    reviewSettings: () => reviews,
    nowMs,
  });
  let sessions = 0;
  return {
    access,
    service,
    ledger,
    policies,
    openSession: (principal = BOB, onReview = 'wait') =>
      makeSession({
        id: `${logName}-s${sessions++}`,
        principal,
        target: { ...HOSPITAL, onReview: { people: onReview, workloads: onReview } },
        policies,
        ledger,
        nowMs,
        startedAtMs: nowMs(),
        desk: access.desk,
        grants: access.grants,
        grantsAtAdmission: access.grants.find(principal.id, HOSPITAL.name),
      }),
    [Symbol.asyncDispose]: () => access[Symbol.asyncDispose](),
  };
}

/** An operation that is held, and what became of it. */
export interface Holding {
  readonly opened: OpenedReview;
  readonly outcome: Promise<ReviewOutcome>;
}

/** Tries a bulk read in a session, as a protocol does. */
export function tryBulkRead(
  session: GatewaySession,
  changes: Partial<OperationToReview> = {},
  expiresAfterMs?: number,
): Holding {
  const decision = session.decide({}, () => [{ action: 'sql.select', facts: FACTS }]);
  assert.equal(decision.kind, 'review');
  const { promise, resolve } = Promise.withResolvers<ReviewOutcome>();
  let told = 0;
  const opened = session.hold(
    { ...decision, ...(expiresAfterMs !== undefined && { expiresAfterMs }) },
    describe(changes),
    (outcome) => {
      told += 1;
      assert.equal(told, 1, 'it is told once');
      resolve(outcome);
    },
  );
  assert.equal(told, 0, 'it is told later');
  return { opened, outcome: promise };
}

function describe(changes: Partial<OperationToReview>): OperationToReview {
  const text = changes.sentText ?? 'SELECT * FROM patients';
  return {
    operation: {
      protocol: 'postgres',
      at: 'statement',
      text,
      textSha256: hash('sha256', text),
      literals: [],
      parameters: [],
      actions: ['sql.select'],
      relations: ['public.patients'],
      facts: FACTS,
      classesTouched: ['ssn'],
      estimatedRows: undefined,
      context: undefined,
      changes: undefined,
    },
    sentText: text,
    sentParameters: [],
    justification: undefined,
    meaning: { searchPath: 'public' },
    ...changes,
  };
}

const FACTS = {
  database: 'hospital',
  protocol: 'postgres',
  statements: 1,
  ...SELECT_FACTS,
};

/** Waits until something is so; what changes it has its own way to say when. */
export async function until<Value>(
  look: () => Promise<Value | undefined | false> | Value | undefined | false,
): Promise<Value> {
  for (;;) {
    const value = await look();
    if (value !== undefined && value !== false) return value;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** The request that reviewers find for something that is held. */
export function findRequest(
  { service }: OneProcess,
  id: string | undefined,
): Promise<AccessRequest> {
  assert(id !== undefined);
  return until(async () => (await service.findRequest(as(OLGA), id))?.request);
}
