import { z } from 'zod';
import { reasonSchema } from './access-request.ts';

/** Nothing that is kept of these days expires. */
export interface HoldView {
  readonly id: string;
  /** ISO 8601. */
  readonly since: string;
  /** First and last day, in UTC: `2026-01-31`. */
  readonly from: string;
  readonly until: string;
}

/** The holds in force. */
export interface HoldList {
  readonly holds: readonly HoldView[];
}

/** Begins a hold. */
export interface HoldSubmission {
  readonly from: string;
  readonly until: string;
  readonly reason: string;
}

/** Ends a hold. */
export interface HoldEnd {
  readonly reason: string;
}

/** A hold, as a path names it. */
export interface HoldPath {
  readonly id: string;
}

const holdFields = {
  id: z.string(),
  since: z.iso.datetime(),
  from: z.iso.date(),
  until: z.iso.date(),
};

/** Checks a {@link HoldView}. */
export const holdSchema: z.ZodType<HoldView> = z.object(holdFields).meta({ id: 'Hold' });

/** Checks a {@link HoldList}. */
export const holdListSchema: z.ZodType<HoldList> = z
  .object({ holds: z.array(holdSchema) })
  .meta({ id: 'HoldList' });

/** Checks a {@link HoldPath}. */
export const holdPathSchema: z.ZodType<HoldPath> = z.object({
  id: z.string().regex(/^hold_[A-Za-z0-9_-]{12}$/),
});

/** Checks a {@link HoldSubmission}. */
export const holdSubmissionSchema: z.ZodType<HoldSubmission> = z
  .object({ from: z.iso.date(), until: z.iso.date(), reason: reasonSchema })
  .refine(({ from, until }) => from <= until, {
    message: 'must not be before from',
    path: ['until'],
  })
  .meta({ id: 'HoldSubmission' });

/** Checks a {@link HoldEnd}. */
export const holdEndSchema: z.ZodType<HoldEnd> = z
  .object({ reason: reasonSchema })
  .meta({ id: 'HoldEnd' });
