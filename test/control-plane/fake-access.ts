import type { AccessRequest, Requester } from '../../src/access/access-request.ts';
import type {
  AccessEvent,
  AccessService,
  Actor,
  Page,
  SharedReading,
  VisibleRequest,
} from '../../src/access/access-service.ts';
import type { Delegation } from '../../src/access/delegation.ts';
import type { Grant } from '../../src/access/grant.ts';

/** An instant for what the fakes hold. Milliseconds since the Unix epoch. */
const T0 = Date.UTC(2026, 0, 2, 3, 4, 5);

/** Access in memory: people see what is theirs, `officer` sees and reviews all. Bob's operation waits, and he has a grant. */
export class FakeAccess implements AccessService {
  readonly requests: AccessRequest[] = [createOperationRequest('req_bob', 'bob')];
  readonly grants: Grant[] = [createGrant('gr_bob', 'bob')];
  readonly delegations: Delegation[] = [];
  /** What was asked of it, by method and actor. */
  readonly calls: { readonly method: string; readonly actor: Actor }[] = [];
  readonly #listeners = new Set<(event: AccessEvent) => void>();

  announce(event: AccessEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  async findRequest(
    actor: Parameters<AccessService['findRequest']>[0],
    id: Parameters<AccessService['findRequest']>[1],
  ): ReturnType<AccessService['findRequest']> {
    const request = this.#findVisible(actor, id);
    return request && view(actor, request);
  }

  shareReading(): SharedReading {
    return {
      findRequest: async (actor, id) => (await this.findRequest(actor, id))?.request,
      findGrant: (actor, id) => this.findGrant(actor, id),
    };
  }

  async listRequests(
    actor: Parameters<AccessService['listRequests']>[0],
  ): ReturnType<AccessService['listRequests']> {
    return toPage(
      this.requests
        .filter(({ requester }) => maySee(actor, requester.id))
        .map((request) => view(actor, request)),
    );
  }

  async review(
    actor: Parameters<AccessService['review']>[0],
    id: Parameters<AccessService['review']>[1],
    { verdict, comment }: Parameters<AccessService['review']>[2],
  ): ReturnType<AccessService['review']> {
    this.#note('review', actor);
    const request = this.#findVisible(actor, id);
    if (request === undefined) return { kind: 'not-found' };
    if (request.requester.id === actor.principal.id) {
      return { kind: 'barred', bar: 'own-request' };
    }
    if (request.state !== 'pending') return { kind: 'over', state: request.state };
    if (verdict === 'reject' && comment === undefined) return { kind: 'comment-required' };
    const state = verdict === 'approve' ? 'approved' : 'rejected';
    const changed = { ...request, state } as AccessRequest;
    this.requests[this.requests.indexOf(request)] = changed;
    return { kind: 'reviewed', request: changed };
  }

  async withdraw(
    actor: Parameters<AccessService['withdraw']>[0],
    id: Parameters<AccessService['withdraw']>[1],
  ): ReturnType<AccessService['withdraw']> {
    this.#note('withdraw', actor);
    const request = this.#findVisible(actor, id);
    if (request === undefined) return { kind: 'not-found' };
    if (request.requester.id !== actor.principal.id) return { kind: 'not-yours' };
    return { kind: 'withdrawn', request: { ...request, state: 'withdrawn' } as AccessRequest };
  }

  async requestGrant(
    actor: Parameters<AccessService['requestGrant']>[0],
    { grant, target }: Parameters<AccessService['requestGrant']>[1],
  ): ReturnType<AccessService['requestGrant']> {
    this.#note('requestGrant', actor);
    if (grant !== 'on-call') return { kind: 'not-found' };
    const granted = { ...createGrant(`gr_${this.grants.length}`, actor.principal.subject), target };
    this.grants.push(granted);
    return { kind: 'granted', grant: granted };
  }

  async takeBreakGlass(
    actor: Parameters<AccessService['takeBreakGlass']>[0],
  ): ReturnType<AccessService['takeBreakGlass']> {
    this.#note('takeBreakGlass', actor);
    return { kind: 'denied', reason: 'no policy permits it' };
  }

  async extendGrant(
    actor: Parameters<AccessService['extendGrant']>[0],
    id: Parameters<AccessService['extendGrant']>[1],
  ): ReturnType<AccessService['extendGrant']> {
    this.#note('extendGrant', actor);
    const grant = this.grants.find((one) => one.id === id && maySee(actor, one.holder.id));
    return grant === undefined ? { kind: 'not-found' } : { kind: 'ended' };
  }

  async revokeGrant(
    actor: Parameters<AccessService['revokeGrant']>[0],
    id: Parameters<AccessService['revokeGrant']>[1],
    reason: Parameters<AccessService['revokeGrant']>[2],
  ): ReturnType<AccessService['revokeGrant']> {
    this.#note('revokeGrant', actor);
    const grant = this.grants.find((one) => one.id === id && maySee(actor, one.holder.id));
    if (grant === undefined) return { kind: 'not-found' };
    const by = { id: actor.principal.id, name: actor.principal.displayName };
    const end = { atMs: T0, cause: 'revoked', by, comment: reason } as const;
    return { kind: 'revoked', grant: { ...grant, end } };
  }

  async listGrants(
    actor: Parameters<AccessService['listGrants']>[0],
  ): ReturnType<AccessService['listGrants']> {
    return toPage(this.grants.filter(({ holder }) => maySee(actor, holder.id)));
  }

  async findGrant(
    actor: Parameters<AccessService['findGrant']>[0],
    id: Parameters<AccessService['findGrant']>[1],
  ): ReturnType<AccessService['findGrant']> {
    return this.grants.find((grant) => grant.id === id && maySee(actor, grant.holder.id));
  }

  listGrantKinds(_actor: Actor, target?: string): ReturnType<AccessService['listGrantKinds']> {
    return [
      {
        name: 'on-call',
        description: 'At night',
        durationMaxMs: 3_600_000,
        mayRequest: target === undefined ? undefined : 'with-review',
        mayBreakGlass: target === undefined ? undefined : false,
      },
    ];
  }
  async delegate(
    actor: Parameters<AccessService['delegate']>[0],
    { to, groups, durationMs, reason }: Parameters<AccessService['delegate']>[1],
  ): ReturnType<AccessService['delegate']> {
    this.#note('delegate', actor);
    if (to === actor.principal.id) return { kind: 'to-oneself' };
    const { id, displayName } = actor.principal;
    const delegation: Delegation = {
      id: `del_${this.delegations.length}`,
      from: { id, person: undefined, name: displayName },
      to: { id: to, person: undefined, name: to },
      groups,
      startsAtMs: T0,
      endsAtMs: T0 + durationMs,
      reason,
      endedAtMs: undefined,
    };
    this.delegations.push(delegation);
    return { kind: 'delegated', delegation };
  }

  async endDelegation(
    actor: Parameters<AccessService['endDelegation']>[0],
    id: Parameters<AccessService['endDelegation']>[1],
  ): ReturnType<AccessService['endDelegation']> {
    this.#note('endDelegation', actor);
    const found = this.delegations.find((one) => one.id === id && maySee(actor, one.from.id));
    return found === undefined
      ? { kind: 'not-found' }
      : { kind: 'ended', delegation: { ...found, endedAtMs: T0 } };
  }

  async listDelegations(
    actor: Parameters<AccessService['listDelegations']>[0],
  ): ReturnType<AccessService['listDelegations']> {
    return this.delegations.filter(({ from }) => maySee(actor, from.id));
  }

  async listPeople(): ReturnType<AccessService['listPeople']> {
    const seen = { firstSeenAtMs: T0, lastSeenAtMs: T0 };
    const bob = {
      id: 'idp:bob',
      isVouched: true,
      person: undefined,
      kind: 'person',
      name: 'bob',
    } as const;
    return toPage([{ ...bob, groups: ['staff'], ...seen }]);
  }

  async noteSignIn(): Promise<void> {}

  async noteSeen(): Promise<void> {}

  async countRequests(
    actor: Parameters<AccessService['countRequests']>[0],
  ): ReturnType<AccessService['countRequests']> {
    const reviewable = this.requests.filter(({ requester }) => maySee(actor, requester.id)).length;
    return { reviewable, own: 0, unreviewed: 0 };
  }

  subscribe(listener: (event: AccessEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #note(method: string, actor: Actor): void {
    this.calls.push({ method, actor });
  }

  #findVisible(actor: Actor, id: string): AccessRequest | undefined {
    return this.requests.find(
      (request) => request.id === id && maySee(actor, request.requester.id),
    );
  }
}

const OFFICER = 'idp:officer';

function maySee({ principal }: Actor, ownerId: string): boolean {
  return principal.id === ownerId || principal.id === OFFICER;
}

function view(actor: Actor, request: AccessRequest): VisibleRequest {
  const isOwn = actor.principal.id === request.requester.id;
  return {
    request,
    reviewBar: isOwn ? 'own-request' : undefined,
    mayWithdraw: isOwn && request.state === 'pending',
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
      context: undefined,
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
