import { z } from 'zod';
import { PAGE_FIELDS, type PageQuery } from './page.ts';
import {
  type PrincipalReference,
  principalIdSchema,
  principalReferenceSchema,
} from './principal-reference.ts';
import { type ShownOperation, shownOperationSchema } from './shown-operation.ts';
import { type TimelineEntry, timelineEntrySchema } from './timeline.ts';

/** What an access request asks for. */
export type AccessRequestKind = 'operation' | 'grant' | 'break-glass';

/**
 * Where an access request is. `used`: the operation ran, once. `granted`: the grant that was asked for
 * began. `unreviewed`, `reviewed`: of a break-glass, which is in force before anybody looks at it.
 */
export type AccessRequestState =
  | 'pending'
  | 'approved'
  | 'used'
  | 'granted'
  | 'rejected'
  | 'expired'
  | 'withdrawn'
  | 'unreviewed'
  | 'reviewed';

/** An access request as somebody sees it who may. Instants are ISO 8601. */
export interface AccessRequestView {
  readonly id: string;
  readonly kind: AccessRequestKind;
  readonly state: AccessRequestState;
  readonly requester: Requester;
  readonly target: string;
  readonly database?: string | undefined;
  /** The user on an SSH target. */
  readonly account?: string | undefined;
  /** Of the session whose operation waits. */
  readonly sessionId?: string | undefined;
  /** Ids of principals who typed it as guests in that session: they may not review it. */
  readonly typedBy?: readonly string[] | undefined;
  readonly createdAt: string;
  /** After this instant nobody may review it. */
  readonly expiresAt: string;
  /** How it ended; absent before. */
  readonly end?: AccessRequestEnd | undefined;
  readonly justification?: string | undefined;
  readonly policy: RequestPolicy;
  /** All of them have to be fulfilled. */
  readonly rules: readonly ReviewRule[];
  readonly reviews: readonly ReviewView[];
  /** Whether the asker may give a verdict now. */
  readonly mayReview: boolean;
  /** Why not. */
  readonly reviewBar?: ReviewBarView | undefined;
  /** Whether the asker may withdraw it now. */
  readonly mayWithdraw: boolean;
  /** Of the kind `operation`. */
  readonly operation?: ShownOperation | undefined;
  /** Of the kinds `grant` and `break-glass`. */
  readonly grant?: AskedGrant | undefined;
}

export interface AccessRequestEnd {
  readonly at: string;
  readonly outcome: 'used' | 'granted' | 'rejected' | 'expired' | 'withdrawn' | 'reviewed';
  /** Why it was withdrawn, such as `disconnected`. */
  readonly reason?: string | undefined;
}

/** Of whom how many have to agree. */
export interface ReviewRule {
  /** A member of any of them may review. */
  readonly groups: readonly string[];
  /** Persons, however many identities and groups they have. */
  readonly quorum: number;
}

/** Why the asker's verdict would not count. */
export type ReviewBarView =
  | 'not-a-reviewer'
  | 'own-request'
  | 'already-reviewed'
  | 'delegator-reviewed'
  | 'over';

export interface Requester extends PrincipalReference {
  readonly kind: 'person' | 'workload';
  readonly groups: readonly string[];
  /** Names of the grants in force. */
  readonly grants: readonly string[];
  /** How they proved who they are, such as `oidc-token`. */
  readonly signIn: string;
  readonly clientAddress: string;
  readonly applicationName: string;
}

/** The policies that asked for the review. */
export interface RequestPolicy {
  readonly ids: readonly string[];
  /** Hex SHA-256 of the policies in force at that time. */
  readonly version: string;
  readonly reason: string;
}

export interface ReviewView {
  readonly reviewer: PrincipalReference;
  readonly verdict: 'approve' | 'reject';
  readonly comment?: string | undefined;
  /** ISO 8601. */
  readonly at: string;
  /** Who delegated the right to review. */
  readonly onBehalfOf?: PrincipalReference | undefined;
}

/** The grant that is asked for. */
export interface AskedGrant {
  readonly name: string;
  readonly durationSeconds: number;
  /** The grant that would last longer. */
  readonly extends?: string | undefined;
  /** The grant that was taken, of a break-glass. */
  readonly grantId?: string | undefined;
}

/** One access request, with what helps to judge it. */
export interface AccessRequestDetail extends AccessRequestView {
  /** Earlier ones of the same requester that the asker may see, newest first. */
  readonly earlier: readonly EarlierRequest[];
  /** What the session did before, newest last. */
  readonly sessionSoFar: readonly TimelineEntry[];
}

export interface EarlierRequest {
  readonly id: string;
  readonly kind: AccessRequestKind;
  readonly state: AccessRequestState;
  readonly target: string;
  readonly createdAt: string;
  /** Actions of the operation, or the grant's name. */
  readonly subject: string;
}

export interface AccessRequestList {
  /** Newest first. */
  readonly requests: readonly AccessRequestView[];
  /** Absent on the last page. A page may hold fewer than asked for and yet not be the last. */
  readonly nextCursor?: string | undefined;
}

/** What a list of access requests is narrowed down by. */
export interface AccessRequestQuery extends PageQuery {
  readonly state?: AccessRequestState | undefined;
  readonly kind?: AccessRequestKind | undefined;
  readonly target?: string | undefined;
  readonly requester?: string | undefined;
  readonly session?: string | undefined;
  /** Only one's own. */
  readonly mine?: boolean | undefined;
  /** Only those that the asker may review now. */
  readonly reviewable?: boolean | undefined;
}

/** One person's verdict. */
export interface ReviewSubmission {
  readonly verdict: 'approve' | 'reject';
  /** Required to reject. Shown to the requester. */
  readonly comment?: string | undefined;
}

/** Asks for a grant. */
export interface GrantRequestSubmission {
  /** Name of the grant, as `sallyport.yaml` has it. */
  readonly grant: string;
  readonly target: string;
  readonly durationSeconds: number;
  readonly reason: string;
}

const TEXT_LENGTH_MAX = 2_000;
const DURATION_SECONDS_MAX = 365 * 86_400;

/** What is seen: no blank, no control or format character, and none that is ignored where it is drawn. */
const SEEN = /[^\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\u2800]/u;

/** Text that people write to each other: one value, shown as text only. A reason that nobody can see is none. */
export const reasonSchema: z.ZodString = z
  .string()
  .trim()
  .min(1)
  .max(TEXT_LENGTH_MAX)
  .refine((text) => SEEN.test(text), { message: 'it has nothing that can be seen' });

/** Seconds that something lasts. */
export const durationSecondsSchema: z.ZodInt = z.int().min(60).max(DURATION_SECONDS_MAX);

const kind = z.enum(['operation', 'grant', 'break-glass']);
const state = z.enum([
  'pending',
  'approved',
  'used',
  'granted',
  'rejected',
  'expired',
  'withdrawn',
  'unreviewed',
  'reviewed',
]);

const requestObject = z.object({
  id: z.string(),
  kind,
  state,
  requester: z.object({
    id: z.string(),
    name: z.string(),
    kind: z.enum(['person', 'workload']),
    groups: z.array(z.string()),
    grants: z.array(z.string()),
    signIn: z.string(),
    clientAddress: z.string(),
    applicationName: z.string(),
  }),
  target: z.string(),
  database: z.string().optional(),
  account: z.string().optional(),
  sessionId: z.string().optional(),
  typedBy: z.array(z.string()).optional(),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
  end: z
    .object({
      at: z.iso.datetime(),
      outcome: z.enum(['used', 'granted', 'rejected', 'expired', 'withdrawn', 'reviewed']),
      reason: z.string().optional(),
    })
    .optional(),
  justification: z.string().optional(),
  policy: z.object({ ids: z.array(z.string()), version: z.string(), reason: z.string() }),
  rules: z.array(z.object({ groups: z.array(z.string()), quorum: z.int().min(1) })),
  reviews: z.array(
    z
      .object({
        reviewer: principalReferenceSchema,
        verdict: z.enum(['approve', 'reject']),
        comment: z.string().optional(),
        at: z.iso.datetime(),
        onBehalfOf: principalReferenceSchema.optional(),
      })
      .meta({ id: 'Review' }),
  ),
  mayReview: z.boolean(),
  reviewBar: z
    .enum(['not-a-reviewer', 'own-request', 'already-reviewed', 'delegator-reviewed', 'over'])
    .optional(),
  mayWithdraw: z.boolean(),
  operation: shownOperationSchema.optional(),
  grant: z
    .object({
      name: z.string(),
      durationSeconds: z.int(),
      extends: z.string().optional(),
      grantId: z.string().optional(),
    })
    .optional(),
});

/** Checks an {@link AccessRequestView}; unknown fields are dropped. */
export const accessRequestSchema: z.ZodType<AccessRequestView> = requestObject.meta({
  id: 'AccessRequest',
});

/** Checks an {@link AccessRequestDetail}. */
export const accessRequestDetailSchema: z.ZodType<AccessRequestDetail> = requestObject
  .extend({
    earlier: z.array(
      z.object({
        id: z.string(),
        kind,
        state,
        target: z.string(),
        createdAt: z.iso.datetime(),
        subject: z.string(),
      }),
    ),
    sessionSoFar: z.array(timelineEntrySchema),
  })
  .meta({ id: 'AccessRequestDetail' });

/** Checks an {@link AccessRequestList}. */
export const accessRequestListSchema: z.ZodType<AccessRequestList> = z
  .object({ requests: z.array(accessRequestSchema), nextCursor: z.string().optional() })
  .meta({ id: 'AccessRequestList' });

/** Query parameters. An unknown one is an error, so that no filter is lost. */
export const accessRequestQuerySchema: z.ZodType<AccessRequestQuery> = z.strictObject({
  state: state.optional(),
  kind: kind.optional(),
  target: z.string().min(1).max(128).optional(),
  requester: principalIdSchema.optional(),
  session: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/)
    .optional(),
  mine: z.stringbool().optional(),
  reviewable: z.stringbool().optional(),
  ...PAGE_FIELDS,
});

/** Checks a {@link ReviewSubmission}. */
export const reviewSubmissionSchema: z.ZodType<ReviewSubmission> = z
  .strictObject({
    verdict: z.enum(['approve', 'reject']),
    comment: reasonSchema.optional(),
  })
  .refine(({ verdict, comment }) => verdict === 'approve' || comment !== undefined, {
    path: ['comment'],
    message: 'is needed where something is rejected',
  })
  .meta({ id: 'ReviewSubmission' });

/** Checks a {@link GrantRequestSubmission}. */
export const grantRequestSubmissionSchema: z.ZodType<GrantRequestSubmission> = z
  .strictObject({
    grant: z.string().min(1).max(128),
    target: z.string().min(1).max(63),
    durationSeconds: durationSecondsSchema,
    reason: reasonSchema,
  })
  .meta({ id: 'GrantRequestSubmission' });
