import type { AccessRequest, Requester } from '../../src/access/access-request.ts';
import type {
  AccessEvent,
  AccessService,
  Actor,
  Page,
  VisibleRequest,
} from '../../src/access/access-service.ts';
import type { Delegation } from '../../src/access/delegation.ts';
import type { Grant } from '../../src/access/grant.ts';

/** An instant for what the fakes hold. Milliseconds since the Unix epoch. */
const T0 = Date.UTC(2026, 0, 2, 3, 4, 5);

/** Access in memory: people see what is theirs, `officer` sees and reviews all. */
export interface FakeAccess extends AccessService {
  readonly requests: AccessRequest[];
  readonly grants: Grant[];
  readonly delegations: Delegation[];
  /** What was asked of it, by method and actor. */
  readonly calls: { readonly method: string; readonly actor: Actor }[];
  readonly announce: (event: AccessEvent) => void;
}

const OFFICER = 'idp:officer';

/** Bob's operation waits, and he has a grant. */
export function createFakeAccess(): FakeAccess {
  const requests: AccessRequest[] = [createOperationRequest('req_bob', 'bob')];
  const grants: Grant[] = [createGrant('gr_bob', 'bob')];
  const delegations: Delegation[] = [];
  const calls: { method: string; actor: Actor }[] = [];
  const listeners = new Set<(event: AccessEvent) => void>();
  const note = (method: string, actor: Actor): void => {
    calls.push({ method, actor });
  };
  const maySee = ({ principal }: Actor, ownerId: string): boolean =>
    principal.id === ownerId || principal.id === OFFICER;
  const view = (actor: Actor, request: AccessRequest): VisibleRequest => {
    const isOwn = actor.principal.id === request.requester.id;
    return {
      request,
      reviewBar: isOwn ? 'own-request' : undefined,
      mayWithdraw: isOwn && request.state === 'pending',
    };
  };
  const findVisible = (actor: Actor, id: string): AccessRequest | undefined =>
    requests.find((request) => request.id === id && maySee(actor, request.requester.id));
  return {
    requests,
    grants,
    delegations,
    calls,
    announce: (event) => {
      for (const listener of listeners) listener(event);
    },
    async findRequest(actor, id) {
      const request = findVisible(actor, id);
      return request && view(actor, request);
    },
    async listRequests(actor) {
      return toPage(
        requests
          .filter(({ requester }) => maySee(actor, requester.id))
          .map((request) => view(actor, request)),
      );
    },
    async review(actor, id, { verdict, comment }) {
      note('review', actor);
      const request = findVisible(actor, id);
      if (request === undefined) return { kind: 'not-found' };
      if (request.requester.id === actor.principal.id) {
        return { kind: 'barred', bar: 'own-request' };
      }
      if (request.state !== 'pending') return { kind: 'over', state: request.state };
      if (verdict === 'reject' && comment === undefined) return { kind: 'comment-required' };
      const state = verdict === 'approve' ? 'approved' : 'rejected';
      const changed = { ...request, state } as AccessRequest;
      requests[requests.indexOf(request)] = changed;
      return { kind: 'reviewed', request: changed };
    },
    async withdraw(actor, id) {
      note('withdraw', actor);
      const request = findVisible(actor, id);
      if (request === undefined) return { kind: 'not-found' };
      if (request.requester.id !== actor.principal.id) return { kind: 'not-yours' };
      return { kind: 'withdrawn', request: { ...request, state: 'withdrawn' } as AccessRequest };
    },
    async requestGrant(actor, { grant, target }) {
      note('requestGrant', actor);
      if (grant !== 'on-call') return { kind: 'not-found' };
      const granted = { ...createGrant(`gr_${grants.length}`, actor.principal.subject), target };
      grants.push(granted);
      return { kind: 'granted', grant: granted };
    },
    async takeBreakGlass(actor) {
      note('takeBreakGlass', actor);
      return { kind: 'denied', reason: 'no policy permits it' };
    },
    async extendGrant(actor, id) {
      note('extendGrant', actor);
      const grant = grants.find((one) => one.id === id && maySee(actor, one.holder.id));
      return grant === undefined ? { kind: 'not-found' } : { kind: 'ended' };
    },
    async revokeGrant(actor, id, reason) {
      note('revokeGrant', actor);
      const grant = grants.find((one) => one.id === id && maySee(actor, one.holder.id));
      if (grant === undefined) return { kind: 'not-found' };
      const by = { id: actor.principal.id, name: actor.principal.displayName };
      const end = { atMs: T0, cause: 'revoked', by, comment: reason } as const;
      return { kind: 'revoked', grant: { ...grant, end } };
    },
    async listGrants(actor) {
      return toPage(grants.filter(({ holder }) => maySee(actor, holder.id)));
    },
    async findGrant(actor, id) {
      return grants.find((grant) => grant.id === id && maySee(actor, grant.holder.id));
    },
    listGrantKinds: (_actor, target) => [
      {
        name: 'on-call',
        description: 'At night',
        durationMaxMs: 3_600_000,
        mayRequest: target === undefined ? undefined : 'with-review',
        mayBreakGlass: target === undefined ? undefined : false,
      },
    ],
    async delegate(actor, { to, groups, durationMs, reason }) {
      note('delegate', actor);
      if (to === actor.principal.id) return { kind: 'to-oneself' };
      const { id, displayName } = actor.principal;
      const delegation: Delegation = {
        id: `del_${delegations.length}`,
        from: { id, person: undefined, name: displayName },
        to: { id: to, person: undefined, name: to },
        groups,
        startsAtMs: T0,
        endsAtMs: T0 + durationMs,
        reason,
        endedAtMs: undefined,
      };
      delegations.push(delegation);
      return { kind: 'delegated', delegation };
    },
    async endDelegation(actor, id) {
      note('endDelegation', actor);
      const found = delegations.find((one) => one.id === id && maySee(actor, one.from.id));
      return found === undefined
        ? { kind: 'not-found' }
        : { kind: 'ended', delegation: { ...found, endedAtMs: T0 } };
    },
    async listDelegations(actor) {
      return delegations.filter(({ from }) => maySee(actor, from.id));
    },
    async listPeople() {
      const seen = { firstSeenAtMs: T0, lastSeenAtMs: T0 };
      const bob = { id: 'idp:bob', person: undefined, kind: 'person', name: 'bob' } as const;
      return toPage([{ ...bob, groups: ['staff'], ...seen }]);
    },
    async noteSignIn() {},
    async countRequests(actor) {
      const reviewable = requests.filter(({ requester }) => maySee(actor, requester.id)).length;
      return { reviewable, own: 0, unreviewed: 0 };
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

function toPage<Item>(items: readonly Item[]): Page<Item> {
  return { items, nextCursor: undefined };
}

function createRequester(name: string): Requester {
  return {
    id: `idp:${name}`,
    person: undefined,
    kind: 'person',
    name: `${name}@example.test`,
    groups: ['staff'],
    grants: [],
    signIn: 'oidc-token',
    clientAddress: '10.0.0.7',
    applicationName: 'psql',
  };
}

/** An operation on `hospital` that looks for one social security number. */
export function createOperationRequest(id: string, name: string): AccessRequest {
  const text = "SELECT * FROM patients WHERE ssn = '123-45-6789' AND ward = 'B4' LIMIT 10";
  return {
    id,
    kind: 'operation',
    state: 'pending',
    requester: createRequester(name),
    target: 'hospital',
    database: 'hospital',
    sessionId: `s-${name}`,
    createdAtMs: T0,
    expiresAtMs: T0 + 1_800_000,
    justification: 'a ticket',
    policy: { ids: ['bulk'], version: 'ab'.repeat(32), reason: 'many rows' },
    rules: [{ groups: ['privacy-officers'], quorum: 1 }],
    reviews: [],
    end: undefined,
    onReview: 'wait',
    digest: 'cd'.repeat(32),
    operation: {
      protocol: 'postgres',
      at: 'statement',
      text,
      textSha256: 'ef'.repeat(32),
      literals: [
        { ...spanOf(text, "'123-45-6789'"), className: 'ssn' },
        { ...spanOf(text, "'B4'"), className: undefined },
      ],
      parameters: [{ text: '987-65-4321', className: 'ssn' }],
      actions: ['sql.select'],
      relations: ['public.patients'],
      facts: { bulk: true, columns: ['public.patients.*'] },
      classesTouched: ['ssn', 'name'],
      estimatedRows: 12,
      changes: undefined,
    },
  };
}

function spanOf(text: string, part: string): { readonly start: number; readonly end: number } {
  const start = text.indexOf(part);
  return { start, end: start + part.length };
}

function createGrant(id: string, name: string): Grant {
  return {
    id,
    name: 'on-call',
    holder: { id: `idp:${name}`, name: `${name}@example.test` },
    target: 'hospital',
    startsAtMs: T0 - 1_000,
    endsAtMs: T0 + 3_600_000,
    requestId: undefined,
    breakGlass: false,
    reason: 'on call tonight',
    end: undefined,
  };
}
