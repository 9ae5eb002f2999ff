import type {
  AccessEvent,
  AccessService,
  Actor,
  BreakGlassAnswer,
  DelegateAnswer,
  DelegationFilter,
  DelegationInput,
  EndDelegationAnswer,
  ExtensionInput,
  GrantFilter,
  GrantInput,
  GrantKind,
  GrantRequestAnswer,
  Page,
  PeopleFilter,
  RequestCounts,
  RequestFilter,
  ReviewAnswer,
  ReviewInput,
  RevokeAnswer,
  SharedReading,
  VisibleRequest,
  WithdrawAnswer,
} from '../../access/access-service.ts';
import { endRequest } from '../../access/apply-review.ts';
import type { Delegation } from '../../access/delegation.ts';
import type { Grant } from '../../access/grant.ts';
import { isSamePerson, type KnownPerson } from '../../access/person.ts';
import { describeEnd } from '../../gateway/end-in-store.ts';
import type { Principal } from '../../identity/principal.ts';
import type { AgreementParts } from './agreement-parts.ts';
import { askForExtension, askForGrant, takeBreakGlass } from './ask-for-grant.ts';
import { changeRequest } from './change-request.ts';
import { delegate, endDelegation, listDelegations } from './delegate.ts';
import { revokeGrant } from './end-grant.ts';
import { countRequests, findRequest, listRequests } from './read-requests.ts';
import { reviewRequest } from './review-request.ts';
import { mayReadGrant, shareReading } from './shared-reading.ts';

const LIMIT_DEFAULT = 50;
const LIMIT_MAX = 200;
/** What policies are asked about where the question is whether a grant can be asked for at all. */
const USUAL_DURATION_SECONDS = 60;

/** What people do about requests, grants and delegations, over the store. */
export class StoredAccessService implements AccessService {
  readonly #parts: AgreementParts;

  constructor(parts: AgreementParts) {
    this.#parts = parts;
  }

  findRequest(actor: Actor, id: string): Promise<VisibleRequest | undefined> {
    return findRequest(this.#parts, actor, id);
  }

  listRequests(actor: Actor, filter: RequestFilter): Promise<Page<VisibleRequest>> {
    return listRequests(this.#parts, actor, filter);
  }

  countRequests(actor: Actor): Promise<RequestCounts> {
    return countRequests(this.#parts, actor);
  }

  async review(actor: Actor, id: string, review: ReviewInput): Promise<ReviewAnswer> {
    // Whoever reviews is known from now on, with the groups of this token.
    await this.#parts.signIns.note(actor.principal);
    return reviewRequest(this.#parts, actor, id, review);
  }

  async withdraw(actor: Actor, id: string): Promise<WithdrawAnswer> {
    const { rights, nowMs } = this.#parts;
    const candidate = await rights.findCandidate(actor);
    let answer: WithdrawAnswer = { kind: 'not-found' };
    const withdrawn = await changeRequest(this.#parts, id, async (request) => {
      if (!isSamePerson(request.requester, candidate)) {
        if (rights.mayRead(actor, candidate, request)) answer = { kind: 'not-yours' };
        return undefined;
      }
      const end = { atMs: nowMs(), outcome: 'withdrawn', reason: 'by-requester' } as const;
      const ended = endRequest(request, end);
      if (ended === undefined) {
        answer = { kind: 'over', state: request.state };
        return undefined;
      }
      return { request: ended, entries: [describeEnd(ended, end)] };
    });
    return withdrawn === undefined ? answer : { kind: 'withdrawn', request: withdrawn };
  }

  requestGrant(actor: Actor, wanted: GrantInput): Promise<GrantRequestAnswer> {
    return askForGrant(this.#parts, actor, wanted);
  }

  takeBreakGlass(actor: Actor, wanted: GrantInput): Promise<BreakGlassAnswer> {
    return takeBreakGlass(this.#parts, actor, wanted);
  }

  extendGrant(actor: Actor, id: string, more: ExtensionInput): Promise<GrantRequestAnswer> {
    return askForExtension(this.#parts, actor, id, more);
  }

  revokeGrant(actor: Actor, id: string, reason: string): Promise<RevokeAnswer> {
    return revokeGrant(this.#parts, actor, id, reason);
  }

  async listGrants(actor: Actor, filter: GrantFilter): Promise<Page<Grant>> {
    const { grants, rights, nowMs } = this.#parts;
    const { id } = actor.principal;
    const targets = rights.listReadableTargets(actor);
    const page = await grants.list({
      ...(filter.inForce === true && { inForceAtMs: nowMs() }),
      ...(filter.mine === true && { holderId: id }),
      target: filter.target,
      visibleTo: { principalId: id, targets },
      cursor: filter.cursor,
      limit: toLimit(filter.limit),
    });
    // The columns that were searched could say something else than what is sealed.
    const isVisible = ({ holder, target }: Grant): boolean =>
      holder.id === id || targets.includes(target);
    return { ...page, items: page.items.filter(isVisible) };
  }

  async findGrant(actor: Actor, id: string): Promise<Grant | undefined> {
    const grant = await this.#parts.grants.find(id);
    return grant !== undefined && mayReadGrant(this.#parts, actor, grant) ? grant : undefined;
  }

  listGrantKinds(actor: Actor, target?: string): readonly GrantKind[] {
    return this.#parts.grantSettings().map((settings) => {
      const { name, description, durationMaxMs, breakGlass } = settings;
      if (target === undefined) {
        const unknown = { mayRequest: undefined, mayBreakGlass: undefined };
        return { name, description, durationMaxMs, ...unknown };
      }
      const ask = (action: string): 'allow' | 'review' | 'deny' => {
        const facts = { grant: name, durationSeconds: USUAL_DURATION_SECONDS, justified: true };
        return this.#parts.rights.decide(actor.principal, target, action, facts).kind;
      };
      const mayRequest = { allow: 'at-once', review: 'with-review', deny: 'no' } as const;
      return {
        name,
        description,
        durationMaxMs,
        mayRequest: mayRequest[ask('grant.request')],
        mayBreakGlass: breakGlass !== undefined && ask('grant.break-glass') === 'allow',
      };
    });
  }

  delegate(actor: Actor, delegation: DelegationInput): Promise<DelegateAnswer> {
    return delegate(this.#parts, actor, delegation);
  }

  endDelegation(actor: Actor, id: string): Promise<EndDelegationAnswer> {
    return endDelegation(this.#parts, actor, id);
  }

  listDelegations(actor: Actor, filter: DelegationFilter): Promise<readonly Delegation[]> {
    return listDelegations(this.#parts, actor, filter);
  }

  async listPeople(actor: Actor, filter: PeopleFilter): Promise<Page<KnownPerson> | undefined> {
    const { rights, people } = this.#parts;
    if (!rights.mayOnGateway(actor.principal, 'people.read')) return undefined;
    const { query: text, cursor } = filter;
    return people.list({ text, cursor, limit: toLimit(filter.limit) });
  }

  noteSignIn(principal: Principal): Promise<void> {
    return this.#parts.signIns.noteBegun(principal);
  }

  noteSeen(principal: Principal): Promise<void> {
    return this.#parts.signIns.note(principal);
  }

  shareReading(): SharedReading {
    return shareReading(this.#parts);
  }

  subscribe(listener: (event: AccessEvent) => void): () => void {
    return this.#parts.announcements.subscribe(listener);
  }
}

function toLimit(limit: number = LIMIT_DEFAULT): number {
  return Math.min(Math.max(limit, 1), LIMIT_MAX);
}
