import { z } from 'zod';
import { durationSecondsSchema, reasonSchema } from './access-request.ts';
import {
  type PrincipalReference,
  principalIdSchema,
  principalReferenceSchema,
} from './principal-reference.ts';

/** Lets another person review in one's place, for a while. Instants are ISO 8601. */
export interface DelegationView {
  readonly id: string;
  readonly from: PrincipalReference;
  readonly to: PrincipalReference;
  /** Groups for which the other may review. */
  readonly groups: readonly string[];
  readonly reason: string;
  readonly state: 'running' | 'ended';
  readonly startsAt: string;
  readonly endsAt: string;
  readonly endedAt?: string | undefined;
  /** Whether the asker may end it. */
  readonly mayEnd: boolean;
}

export interface DelegationList {
  /** Those from or to the asker, newest first. */
  readonly delegations: readonly DelegationView[];
}

export interface DelegationQuery {
  /** Only those that last. */
  readonly running?: boolean | undefined;
}

/** Delegates one's own right to review. */
export interface DelegationSubmission {
  /** Id of the other principal. */
  readonly to: string;
  /** One's own groups; all of them when absent. */
  readonly groups?: readonly string[] | undefined;
  readonly durationSeconds: number;
  readonly reason: string;
}

/** Checks a {@link DelegationView}. */
export const delegationSchema: z.ZodType<DelegationView> = z
  .object({
    id: z.string(),
    from: principalReferenceSchema,
    to: principalReferenceSchema,
    groups: z.array(z.string()),
    reason: z.string(),
    state: z.enum(['running', 'ended']),
    startsAt: z.iso.datetime(),
    endsAt: z.iso.datetime(),
    endedAt: z.iso.datetime().optional(),
    mayEnd: z.boolean(),
  })
  .meta({ id: 'Delegation' });

/** Checks a {@link DelegationList}. */
export const delegationListSchema: z.ZodType<DelegationList> = z
  .object({ delegations: z.array(delegationSchema) })
  .meta({ id: 'DelegationList' });

/** Checks a {@link DelegationSubmission}. */
export const delegationSubmissionSchema: z.ZodType<DelegationSubmission> = z
  .strictObject({
    to: principalIdSchema,
    groups: z.array(z.string().min(1).max(256)).min(1).max(100).optional(),
    durationSeconds: durationSecondsSchema,
    reason: reasonSchema,
  })
  .meta({ id: 'DelegationSubmission' });

/** Query parameters. */
export const delegationQuerySchema: z.ZodType<DelegationQuery> = z.strictObject({
  running: z.stringbool().optional(),
});
