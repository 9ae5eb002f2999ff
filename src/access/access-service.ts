import type { Principal, PrincipalId } from '../identity/principal.ts';
import type {
  AccessRequest,
  BreakGlassRequest,
  GrantRequest,
  RequestKind,
  RequestState,
} from './access-request.ts';
import type { Delegation } from './delegation.ts';
import type { Grant } from './grant.ts';
import type { KnownPerson } from './person.ts';
import type { Verdict } from './review.ts';

/** Who acts through the control plane. */
export interface Actor {
  readonly principal: Principal;
  readonly clientAddress: string;
  /** How it was said: `api`, `console`, `slack`, … for the ledger. */
  readonly via: string;
}

/**
 * What people do about requests, grants and delegations. Every method checks for itself that the
 * actor may, and enters what it changes in the ledger before it takes effect.
 *
 * All of them reject when the store or the ledger fails; then nothing was changed, or the ledger says
 * that what it has did not happen (`review.void`).
 */
export interface AccessService {
  /** Undefined if there is none, or the actor may not read it. */
  findRequest(actor: Actor, id: string): Promise<VisibleRequest | undefined>;
  /** Newest first; only what the actor may read. */
  listRequests(actor: Actor, filter: RequestFilter): Promise<Page<VisibleRequest>>;
  review(actor: Actor, id: string, review: ReviewInput): Promise<ReviewAnswer>;
  /** One's own, while it waits. */
  withdraw(actor: Actor, id: string): Promise<WithdrawAnswer>;
  requestGrant(actor: Actor, wanted: GrantInput): Promise<GrantRequestAnswer>;
  takeBreakGlass(actor: Actor, wanted: GrantInput): Promise<BreakGlassAnswer>;
  /** A new request for more time of a grant in force. */
  extendGrant(actor: Actor, id: string, more: ExtensionInput): Promise<GrantRequestAnswer>;
  /** One's own, or with `grant.revoke`. */
  revokeGrant(actor: Actor, id: string, reason: string): Promise<RevokeAnswer>;
  /** One's own; all of the targets whose requests one may read. Newest first. */
  listGrants(actor: Actor, filter: GrantFilter): Promise<Page<Grant>>;
  findGrant(actor: Actor, id: string): Promise<Grant | undefined>;
  /** Grants that the configuration names, with whether the actor may ask for them on a target. */
  listGrantKinds(actor: Actor, target?: string): readonly GrantKind[];
  delegate(actor: Actor, delegation: DelegationInput): Promise<DelegateAnswer>;
  /** By who gave or who holds it. */
  endDelegation(actor: Actor, id: string): Promise<EndDelegationAnswer>;
  /** Given or held by the actor; all with `people.read`. Newest first. */
  listDelegations(actor: Actor, filter: DelegationFilter): Promise<readonly Delegation[]>;
  /** With `people.read`. Last seen first. */
  listPeople(actor: Actor, filter: PeopleFilter): Promise<Page<KnownPerson> | undefined>;
  /** To be called when somebody signs in at an identity provider. */
  noteSignIn(principal: Principal): Promise<void>;
  /** To be called for whoever shows what a sign-in gave, which may be of hours ago. */
  noteSeen(principal: Principal): Promise<void>;
  /** What the actor's first page counts. */
  countRequests(actor: Actor): Promise<RequestCounts>;
  /** Begins to read for many actors who hear of the same change. */
  shareReading(): SharedReading;
  /** Told of every change, by whichever process; the listener looks up what its reader may see. */
  subscribe(listener: (event: AccessEvent) => void): () => void;
}

/**
 * Answers many actors about one change, each by the rules that hold for it; what they have in common is
 * read once. To be given up after that: it does not notice later changes.
 */
export interface SharedReading {
  /** Undefined if there is none, or the actor may not read it. */
  findRequest(actor: Actor, id: string): Promise<AccessRequest | undefined>;
  findGrant(actor: Actor, id: string): Promise<Grant | undefined>;
}

/** A request, and what the actor may do with it. */
export interface VisibleRequest {
  readonly request: AccessRequest;
  /** Why the actor may not review it; undefined if it may. */
  readonly reviewBar: ReviewBar | undefined;
  readonly mayWithdraw: boolean;
}

/** Why somebody's verdict does not count. */
export type ReviewBar =
  /** In none of the groups, by oneself or by a delegation. */
  | 'not-a-reviewer'
  /** One's own, by this or another identity. */
  | 'own-request'
  /** One has reviewed it, by this or another identity, or a delegation. */
  | 'already-reviewed'
  /** Somebody for whom the actor would stand in has. */
  | 'delegator-reviewed'
  | 'over';

export interface ReviewInput {
  readonly verdict: Verdict;
  readonly comment?: string | undefined;
}

/** What became of somebody's verdict. */
export type ReviewAnswer =
  /** `request` as it is now: it may wait for more reviews. */
  | { readonly kind: 'reviewed'; readonly request: AccessRequest }
  | { readonly kind: 'not-found' }
  | { readonly kind: 'comment-required' }
  | { readonly kind: 'comment-too-long'; readonly lengthMax: number }
  /** Its first outcome stands. */
  | { readonly kind: 'over'; readonly state: RequestState }
  | { readonly kind: 'barred'; readonly bar: Exclude<ReviewBar, 'over'> };

/** What became of taking a request back. */
export type WithdrawAnswer =
  | { readonly kind: 'withdrawn'; readonly request: AccessRequest }
  | { readonly kind: 'not-found' }
  | { readonly kind: 'not-yours' }
  | { readonly kind: 'over'; readonly state: RequestState };

export interface RequestFilter {
  readonly states?: readonly RequestState[] | undefined;
  readonly kinds?: readonly RequestKind[] | undefined;
  /** The actor's own. */
  readonly mine?: boolean | undefined;
  /** Those that the actor may review now. */
  readonly reviewable?: boolean | undefined;
  readonly requesterId?: PrincipalId | undefined;
  readonly target?: string | undefined;
  readonly sessionId?: string | undefined;
  readonly cursor?: string | undefined;
  /** Default 50, at most 200. */
  readonly limit?: number | undefined;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  /** For the next page; undefined on the last. */
  readonly nextCursor: string | undefined;
}

/** A grant that somebody would like to have. */
export interface GrantInput {
  readonly grant: string;
  readonly target: string;
  readonly durationMs: number;
  readonly reason: string;
}

export interface ExtensionInput {
  readonly durationMs: number;
  readonly reason: string;
}

/** Why a grant cannot be asked for. */
export type GrantRefusal =
  /** No such grant or target, or it may not be known. */
  | { readonly kind: 'not-found' }
  | { readonly kind: 'denied'; readonly reason: string }
  | { readonly kind: 'too-long'; readonly durationMaxMs: number }
  | { readonly kind: 'reason-required' }
  | { readonly kind: 'too-many'; readonly waitingMax: number };

/** What became of asking for a grant. */
export type GrantRequestAnswer =
  | { readonly kind: 'waiting'; readonly request: GrantRequest }
  /** The policies need no review. */
  | { readonly kind: 'granted'; readonly grant: Grant }
  /** For an extension: it is over. */
  | { readonly kind: 'ended' }
  | GrantRefusal;

/** What became of taking a grant without asking. */
export type BreakGlassAnswer =
  | { readonly kind: 'taken'; readonly grant: Grant; readonly request: BreakGlassRequest }
  | GrantRefusal;

/** What became of ending a grant. */
export type RevokeAnswer =
  | { readonly kind: 'revoked'; readonly grant: Grant }
  | { readonly kind: 'not-found' }
  | { readonly kind: 'denied'; readonly reason: string }
  | { readonly kind: 'ended' };

export interface GrantFilter {
  /** Default: all, those that are over too. */
  readonly inForce?: boolean | undefined;
  readonly mine?: boolean | undefined;
  readonly target?: string | undefined;
  readonly cursor?: string | undefined;
  /** Default 50, at most 200. */
  readonly limit?: number | undefined;
}

/** A grant that can be asked for. */
export interface GrantKind {
  readonly name: string;
  readonly description: string;
  readonly durationMaxMs: number;
  /** Undefined without a target. */
  readonly mayRequest: 'at-once' | 'with-review' | 'no' | undefined;
  readonly mayBreakGlass: boolean | undefined;
}

/** Who is to stand in, for which groups, for how long. */
export interface DelegationInput {
  readonly to: PrincipalId;
  readonly groups: readonly string[];
  readonly durationMs: number;
  readonly reason: string;
}

/** What became of a delegation. */
export type DelegateAnswer =
  | { readonly kind: 'delegated'; readonly delegation: Delegation }
  /** Nobody who signed in has this id. */
  | { readonly kind: 'unknown-person' }
  /** To oneself, by this or another identity. */
  | { readonly kind: 'to-oneself' }
  | { readonly kind: 'not-your-groups'; readonly groups: readonly string[] }
  | { readonly kind: 'too-long'; readonly durationMaxMs: number }
  | { readonly kind: 'reason-required' };

/** `not-found`: there is none that the actor could end. */
export type EndDelegationAnswer =
  | { readonly kind: 'ended'; readonly delegation: Delegation }
  | { readonly kind: 'not-found' };

export interface DelegationFilter {
  readonly running?: boolean | undefined;
}

export interface PeopleFilter {
  /** Part of an id or a name. */
  readonly query?: string | undefined;
  readonly cursor?: string | undefined;
  /** Default 50, at most 200. */
  readonly limit?: number | undefined;
}

export interface RequestCounts {
  /** That the actor may review now. */
  readonly reviewable: number;
  /** Of the actor's own, that wait. */
  readonly own: number;
  /** Break-glass that nobody has reviewed, of those that the actor may read. */
  readonly unreviewed: number;
}

/** Something changed. Carries no content: who is told may not be allowed to see it. */
export type AccessEvent =
  | {
      readonly kind: 'request.opened' | 'request.changed';
      readonly requestId: string;
    }
  | { readonly kind: 'grant.changed'; readonly grantId: string }
  | { readonly kind: 'delegation.changed'; readonly delegationId: string }
  /** Break-glass was taken: everybody named in `alert` of the grant is to be told. */
  | {
      readonly kind: 'alert';
      readonly requestId: string;
      readonly channels: readonly string[];
    }
  /** Changes may have been missed while the store did not answer: read anew what is shown. */
  | { readonly kind: 'resync' };

/** What gateways on a store tell each other, and nobody else is shown. */
export type GatewayEvent =
  /** A token was revoked, or a sign-in in a browser ended: who lives on it has to go. */
  | { readonly kind: 'sign-in.ended' }
  /** There is a newer configuration in the store. */
  | { readonly kind: 'configuration.changed' }
  | { readonly kind: 'resync' };
