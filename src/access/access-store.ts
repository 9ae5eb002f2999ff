import type { Principal, PrincipalId } from '../identity/principal.ts';
import type {
  AccessRequest,
  OperationRequest,
  RequestKind,
  RequestState,
} from './access-request.ts';
import type { AccessEvent, Page } from './access-service.ts';
import type { Delegation } from './delegation.ts';
import type { Grant } from './grant.ts';
import type { Identified, KnownPerson } from './person.ts';

/**
 * Where requests are kept, for all gateways that share it. Every change is announced to all of them.
 *
 * What is given as `seal` runs before the change takes effect, while nobody else can change the same
 * thing; when it rejects, nothing changes. All methods reject when the store does not answer.
 */
export interface AccessRequestStore {
  insert(
    request: AccessRequest,
    options: InsertOptions,
  ): Promise<'inserted' | 'too-many' | 'exists'>;
  find(id: string): Promise<AccessRequest | undefined>;
  /** Newest first. */
  list(query: RequestQuery): Promise<Page<AccessRequest>>;
  /**
   * Changes one request. `apply` is given it as it is, and returns what it becomes, or nothing.
   * Resolves with what it became.
   */
  change(
    id: string,
    apply: (request: AccessRequest) => Promise<RequestChange | undefined>,
  ): Promise<AccessRequest | undefined>;
  /** Uses an approval up, if it is for this operation and has not expired. Of several callers one gets it. */
  use(id: string, digest: string, nowMs: number): Promise<OperationRequest | undefined>;
  /**
   * The request for an operation that nobody waits for: the open one, be its time over or not, else the
   * newest that was rejected and would still have time.
   */
  findFiled(
    requesterId: PrincipalId,
    digest: string,
    nowMs: number,
  ): Promise<OperationRequest | undefined>;
  /** Of these the ones that do not wait any more. */
  findSettled(ids: readonly string[]): Promise<readonly string[]>;
  /** Pending or approved, and their time is over. Oldest first. */
  listExpired(nowMs: number, limit: number): Promise<readonly string[]>;
  /** Pending or approved, for sessions of one process. */
  listHeld(gateway: string): Promise<readonly string[]>;
}

export interface InsertOptions {
  /** Requests of the requester that wait for a review at most, this one included. */
  readonly waitingMax: number;
  /** The process whose session waits. */
  readonly gateway?: string | undefined;
  /** A grant that begins with it. */
  readonly grant?: Grant | undefined;
  /** Channels to alert. */
  readonly alert?: readonly string[] | undefined;
  readonly seal: () => Promise<void>;
}

export interface RequestChange {
  readonly request: AccessRequest;
  /** A grant that begins with it. */
  readonly grant?: Grant | undefined;
  /** A grant that lasts longer with it. */
  readonly extension?: { readonly grantId: string; readonly endsAtMs: number } | undefined;
}

/** What is not said is not looked at. */
export interface RequestQuery {
  readonly states?: readonly RequestState[] | undefined;
  readonly kinds?: readonly RequestKind[] | undefined;
  readonly requesterId?: PrincipalId | undefined;
  readonly target?: string | undefined;
  readonly sessionId?: string | undefined;
  /** Reviewed by one of these groups at least. */
  readonly groups?: readonly string[] | undefined;
  readonly visibleTo?: {
    readonly principalId: PrincipalId;
    readonly groups: readonly string[];
    readonly targets: readonly string[];
  };
  readonly cursor?: string | undefined;
  readonly limit: number;
}

/** Where grants are kept. As {@link AccessRequestStore} otherwise. */
export interface GrantStore {
  insert(grant: Grant, seal: () => Promise<void>): Promise<void>;
  find(id: string): Promise<Grant | undefined>;
  listInForce(nowMs: number): Promise<readonly Grant[]>;
  list(query: GrantQuery): Promise<Page<Grant>>;
  change(
    id: string,
    apply: (grant: Grant) => Promise<Grant | undefined>,
  ): Promise<Grant | undefined>;
  /** Not ended, and their time is over. Oldest first. */
  listExpired(nowMs: number, limit: number): Promise<readonly string[]>;
}

/** What is not said is not looked at. */
export interface GrantQuery {
  readonly inForceAtMs?: number | undefined;
  readonly holderId?: PrincipalId | undefined;
  readonly target?: string | undefined;
  readonly visibleTo?: { readonly principalId: PrincipalId; readonly targets: readonly string[] };
  readonly cursor?: string | undefined;
  readonly limit: number;
}

/** Where delegations are kept. As {@link AccessRequestStore} otherwise. */
export interface DelegationStore {
  insert(delegation: Delegation, seal: () => Promise<void>): Promise<void>;
  /** Those that run, to this identity or another of the same person. */
  listRunningTo(holder: Identified, nowMs: number): Promise<readonly Delegation[]>;
  /** Newest first, at most 1 000. */
  list(query: DelegationQuery): Promise<readonly Delegation[]>;
  change(
    id: string,
    apply: (delegation: Delegation) => Promise<Delegation | undefined>,
  ): Promise<Delegation | undefined>;
}

export interface DelegationQuery {
  /** Given or held by this identity. */
  readonly partyId?: PrincipalId | undefined;
  readonly runningAtMs?: number | undefined;
}

/** Where it is kept who has signed in. */
export interface PeopleStore {
  note(principal: Principal, nowMs: number): Promise<void>;
  find(id: PrincipalId): Promise<KnownPerson | undefined>;
  /** Last seen first. */
  list(query: PeopleQuery): Promise<Page<KnownPerson>>;
}

export interface PeopleQuery {
  readonly text?: string | undefined;
  readonly cursor?: string | undefined;
  readonly limit: number;
}

/** Tells what any gateway on the same store changed. */
export interface AccessAnnouncements {
  /** @returns Stops telling. */
  subscribe(listener: (event: AccessEvent) => void): () => void;
}
