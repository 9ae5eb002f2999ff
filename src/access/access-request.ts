import type { PrincipalId } from '../identity/principal.ts';
import type { ReviewDemand } from '../policy/decision.ts';
import type { Identified } from './person.ts';
import type { Review } from './review.ts';

/** What is asked for. `operation`: one exact operation, once. `grant`: a permission with an end. `break-glass`: the same, taken now. */
export type RequestKind = 'operation' | 'grant' | 'break-glass';

/**
 * - `pending`: waits for its reviews.
 * - `approved`: an operation that may run, once, until it expires.
 * - `used`: it ran, or was about to.
 * - `granted`: a grant request whose grant began.
 * - `unreviewed`, `reviewed`: break-glass, looked at afterwards.
 */
export type RequestState =
  | 'pending'
  | 'approved'
  | 'used'
  | 'granted'
  | 'rejected'
  | 'expired'
  | 'withdrawn'
  | 'unreviewed'
  | 'reviewed';

/** Something that a principal asked people for. */
export type AccessRequest = OperationRequest | GrantRequest | BreakGlassRequest;

interface RequestFields {
  /** `req_` and 128 random bits; minted by the gateway. */
  readonly id: string;
  readonly requester: Requester;
  readonly target: string;
  readonly createdAtMs: number;
  /** Neither a review nor an approval counts from then on. */
  readonly expiresAtMs: number;
  /** Why it is needed, in the requester's words. */
  readonly justification: string | undefined;
  readonly policy: AskingPolicy;
  /** All of them have to be fulfilled; never empty. */
  readonly rules: readonly ReviewDemand[];
  /** Oldest first; at most one of each person. */
  readonly reviews: readonly Review[];
  readonly end: RequestEnd | undefined;
}

/** An operation that waits, or may run when it is tried again. */
export interface OperationRequest extends RequestFields {
  readonly kind: 'operation';
  readonly state: 'pending' | 'approved' | 'used' | 'rejected' | 'expired' | 'withdrawn';
  /** "" where the target has none. */
  readonly database: string;
  /** The user on an SSH target; absent on others. */
  readonly account?: string;
  /** The session that asked; with `onReview: fail`, a later one may use the approval. */
  readonly sessionId: string;
  /** Who typed it beside the requester, as guests in the session: their verdicts do not count. Absent where nobody did. */
  readonly guests?: readonly Identified[];
  readonly onReview: OnReview;
  readonly operation: HeldOperation;
  /** Hex; what the approval is bound to. See `operation-digest.ts`. */
  readonly digest: string;
}

/** A permission that somebody would like to have for a while. */
export interface GrantRequest extends RequestFields {
  readonly kind: 'grant';
  readonly state: 'pending' | 'granted' | 'rejected' | 'expired' | 'withdrawn';
  readonly grant: WantedGrant;
}

/** A grant that was taken without asking. */
export interface BreakGlassRequest extends RequestFields {
  readonly kind: 'break-glass';
  readonly state: 'unreviewed' | 'reviewed';
  readonly grant: WantedGrant & { readonly id: string };
}

/** Whether an operation that needs a review waits for it, or fails at once and may be tried again. */
export type OnReview = 'wait' | 'fail';

/** Who asked, as it was then. */
export interface Requester {
  readonly id: PrincipalId;
  /** What all identities of one human have in common, where the identity provider shows it. */
  readonly person: string | undefined;
  readonly kind: 'person' | 'workload';
  readonly name: string;
  readonly groups: readonly string[];
  /** Names of the grants in force. */
  readonly grants: readonly string[];
  readonly signIn: string;
  readonly clientAddress: string;
  readonly applicationName: string;
}

/** The policies that asked for the review. */
export interface AskingPolicy {
  readonly ids: readonly string[];
  readonly version: string;
  /** From `@reason`. */
  readonly reason: string;
}

/** How a request came to its end. */
export interface RequestEnd {
  readonly atMs: number;
  readonly outcome: 'used' | 'granted' | 'rejected' | 'expired' | 'withdrawn' | 'reviewed';
  /** For `withdrawn`. */
  readonly reason: WithdrawReason | undefined;
}

/** Why nothing will come of a request although nobody rejected it and it had time left. */
export type WithdrawReason =
  /** By its requester, in the console or the terminal. */
  | 'by-requester'
  /** The client cancelled the operation. */
  | 'cancelled'
  | 'disconnected'
  | 'gateway-stopping'
  /** The process that held the operation is gone. */
  | 'gateway-lost'
  /** The policies, the grants or the groups are others than those under which it was asked, or who approved it is barred. */
  | 'rights-changed'
  /** The principal's sign-in ended while it waited. */
  | 'sign-in-expired'
  /** The ledger or the store failed. */
  | 'unavailable';

/** What would be granted. */
export interface WantedGrant {
  /** As `sallyport.yaml` and the policies name it. */
  readonly name: string;
  readonly durationMs: number;
  /** The grant to prolong; undefined for a new one. */
  readonly extends: string | undefined;
}

/** An operation as its reviewers are shown it. Encrypted at rest. */
export interface HeldOperation {
  /** `postgres` */
  readonly protocol: string;
  /** Before it runs, or at the COMMIT of what already ran. */
  readonly at: 'statement' | 'commit';
  /** As in the ledger: literals that set passwords are taken out. */
  readonly text: string;
  /** Hex SHA-256 of `text`. */
  readonly textSha256: string;
  /** Where values stand in `text`; in order, not overlapping. */
  readonly literals: readonly HeldLiteral[];
  /** Values that came beside the text. */
  readonly parameters: readonly HeldParameter[];
  readonly actions: readonly string[];
  readonly relations: readonly string[];
  /** The facts that the policies saw, those of all actions in one. */
  readonly facts: Readonly<Record<string, unknown>>;
  /** Data classes that it reads or writes. */
  readonly classesTouched: readonly string[];
  /** What the target's planner guesses; a hint, never a gate. */
  readonly estimatedRows: number | undefined;
  /** What it depends on beside its text; undefined for one that was held before this was kept. */
  readonly context: HeldContext | undefined;
  /** At COMMIT: what really changed. */
  readonly changes: readonly TableChange[] | undefined;
}

/** What the meaning of an operation depends on beside its text: an approval is for that too. */
export interface HeldContext {
  /** Schemas in which names are looked up, in order; undefined where the gateway is not certain. */
  readonly searchPath: readonly string[] | undefined;
  /** How values are written, such as `TimeZone`. */
  readonly formats: Readonly<Record<string, string>>;
  /** What was set in the session, in order. */
  readonly settings: readonly {
    readonly text: string;
    readonly literals: readonly HeldLiteral[];
  }[];
  /** How many settings there were before those. */
  readonly earlierSettings: number;
  /** Some of them sets with whose rights statements run. */
  readonly setsRole: boolean;
  /** False: something else may have been set, or undone. */
  readonly isCertain: boolean;
}

/** A value in the text. UTF-16 offsets, `end` exclusive. */
export interface HeldLiteral {
  readonly start: number;
  readonly end: number;
  /** Data class of what it is compared with or written to; undefined if unknown: then only who may see all classes of the target is shown it. */
  readonly className: string | undefined;
}

/** A value beside the text. */
export interface HeldParameter {
  /** Undefined for NULL. Binary values as hexadecimal digits after `\x`. */
  readonly text: string | undefined;
  readonly className: string | undefined;
}

/** What a transaction changed in one table. */
export interface TableChange {
  readonly relation: string;
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
  readonly columns: readonly string[];
  /** Masked already, as the requester would see them. Undefined values are NULL. */
  readonly samples: readonly ChangedRow[];
}

export interface ChangedRow {
  /** Undefined for an inserted row. */
  readonly before: readonly (string | undefined)[] | undefined;
  /** Undefined for a deleted row. */
  readonly after: readonly (string | undefined)[] | undefined;
}
