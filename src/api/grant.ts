import { z } from 'zod';
import {
  type AccessRequestView,
  accessRequestSchema,
  durationSecondsSchema,
  reasonSchema,
} from './access-request.ts';
import { PAGE_FIELDS, type PageQuery } from './page.ts';
import { type PrincipalReference, principalReferenceSchema } from './principal-reference.ts';

/** A permission with an end. Instants are ISO 8601. */
export interface GrantView {
  readonly id: string;
  readonly name: string;
  readonly principal: PrincipalReference;
  readonly target: string;
  readonly state: 'active' | 'ended';
  /** In its holder's words. */
  readonly reason: string;
  readonly startsAt: string;
  /** When it ends by itself. */
  readonly endsAt: string;
  /** Absent while it lasts. */
  readonly end?: GrantEnd | undefined;
  /** The access request that it came of; absent when policy asked for no review. */
  readonly requestId?: string | undefined;
  readonly breakGlass: boolean;
  /** Whether the asker may end it. */
  readonly mayRevoke: boolean;
}

export interface GrantEnd {
  readonly kind: 'expired' | 'revoked';
  readonly at: string;
  /** Who revoked it. */
  readonly by?: PrincipalReference | undefined;
  readonly comment: string;
}

export interface GrantList {
  /** Newest first. */
  readonly grants: readonly GrantView[];
  readonly nextCursor?: string | undefined;
}

/** What a list of grants is narrowed down by. */
export interface GrantQuery extends PageQuery {
  /** Only those that last. */
  readonly inForce?: boolean | undefined;
  readonly target?: string | undefined;
  readonly mine?: boolean | undefined;
}

/** Asks that a grant lasts longer: a new access request. */
export interface GrantExtension {
  /** Counts from the grant's end. */
  readonly durationSeconds: number;
  readonly reason: string;
}

/** Says why something is ended. */
export interface EndReason {
  readonly reason: string;
}

/** What became of asking for a grant. */
export interface GrantAnswer {
  /** `granted`: it is in force. `waiting`: for the review of `request`. */
  readonly outcome: 'granted' | 'waiting';
  /** Absent when policy asked for no review. */
  readonly request?: AccessRequestView | undefined;
  readonly grant?: GrantView | undefined;
}

/** Grants that can be asked for. */
export interface GrantKindList {
  readonly grantKinds: readonly GrantKindView[];
}

export interface GrantKindView {
  readonly name: string;
  readonly description: string;
  readonly durationSecondsMax: number;
  /** What would become of the asker's request. Absent when no target is named. */
  readonly mayRequest?: 'at-once' | 'with-review' | 'no' | undefined;
  readonly mayBreakGlass?: boolean | undefined;
}

export interface GrantKindQuery {
  readonly target?: string | undefined;
}

const grantObject = z
  .object({
    id: z.string(),
    name: z.string(),
    principal: principalReferenceSchema,
    target: z.string(),
    state: z.enum(['active', 'ended']),
    reason: z.string(),
    startsAt: z.iso.datetime(),
    endsAt: z.iso.datetime(),
    end: z
      .object({
        kind: z.enum(['expired', 'revoked']),
        at: z.iso.datetime(),
        by: principalReferenceSchema.optional(),
        comment: z.string(),
      })
      .optional(),
    requestId: z.string().optional(),
    breakGlass: z.boolean(),
    mayRevoke: z.boolean(),
  })
  .meta({ id: 'Grant' });

/** Checks a {@link GrantView}; unknown fields are dropped. */
export const grantSchema: z.ZodType<GrantView> = grantObject;

/** Checks a {@link GrantList}. */
export const grantListSchema: z.ZodType<GrantList> = z
  .object({ grants: z.array(grantObject), nextCursor: z.string().optional() })
  .meta({ id: 'GrantList' });

/** Query parameters. */
export const grantQuerySchema: z.ZodType<GrantQuery> = z.strictObject({
  inForce: z.stringbool().optional(),
  target: z.string().min(1).max(128).optional(),
  mine: z.stringbool().optional(),
  ...PAGE_FIELDS,
});

/** Checks a {@link GrantExtension}. */
export const grantExtensionSchema: z.ZodType<GrantExtension> = z
  .strictObject({ durationSeconds: durationSecondsSchema, reason: reasonSchema })
  .meta({ id: 'GrantExtension' });

/** Checks an {@link EndReason}. */
export const endReasonSchema: z.ZodType<EndReason> = z
  .strictObject({ reason: reasonSchema })
  .meta({ id: 'EndReason' });

/** Checks a {@link GrantAnswer}. */
export const grantAnswerSchema: z.ZodType<GrantAnswer> = z
  .object({
    outcome: z.enum(['granted', 'waiting']),
    request: accessRequestSchema.optional(),
    grant: grantObject.optional(),
  })
  .meta({ id: 'GrantAnswer' });

/** Checks a {@link GrantKindList}. */
export const grantKindListSchema: z.ZodType<GrantKindList> = z
  .object({
    grantKinds: z.array(
      z
        .object({
          name: z.string(),
          description: z.string(),
          durationSecondsMax: z.int(),
          mayRequest: z.enum(['at-once', 'with-review', 'no']).optional(),
          mayBreakGlass: z.boolean().optional(),
        })
        .meta({ id: 'GrantKind' }),
    ),
  })
  .meta({ id: 'GrantKindList' });

/** Query parameters. */
export const grantKindQuerySchema: z.ZodType<GrantKindQuery> = z.strictObject({
  target: z.string().min(1).max(63).optional(),
});
