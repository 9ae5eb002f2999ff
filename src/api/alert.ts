import { z } from 'zod';
import { reasonSchema } from './access-request.ts';
import { PAGE_FIELDS, type PageQuery } from './page.ts';

const RULES = [
  'refusals',
  'masked-columns',
  'rows',
  'patients',
  'hour',
  'origin',
  'one-patient',
  'dormant',
] as const;
const STATES = ['open', 'dismissed', 'confirmed'] as const;

/** What a rule over the ledger found, and what somebody made of it. Instants are ISO 8601. */
export interface RaisedAlert {
  readonly id: string;
  readonly rule: (typeof RULES)[number];
  /** Empty where nobody had signed in yet. */
  readonly principalId: string;
  readonly target?: string | undefined;
  readonly at: string;
  /** One line for people. */
  readonly summary: string;
  /** The entries of the ledger behind it. */
  readonly entries: readonly { readonly log: string; readonly index: number }[];
  readonly state: (typeof STATES)[number];
  readonly closedBy?: string | undefined;
  readonly closedAt?: string | undefined;
  readonly reason?: string | undefined;
}

export interface AlertListQuery extends PageQuery {
  readonly state?: RaisedAlert['state'] | undefined;
  readonly rule?: RaisedAlert['rule'] | undefined;
  readonly principal?: string | undefined;
}

export interface AlertList {
  /** Newest first. */
  readonly alerts: readonly RaisedAlert[];
  readonly nextCursor?: string | undefined;
  /** Of all alerts: false alarms stay counted. */
  readonly counts: readonly {
    readonly rule: RaisedAlert['rule'];
    readonly state: RaisedAlert['state'];
    readonly count: number;
  }[];
}

export interface AlertPath {
  readonly id: string;
}

/** `dismissed`: it was a false alarm. `confirmed`: it was not, and somebody does something about it. */
export interface AlertClosingSubmission {
  readonly state: 'dismissed' | 'confirmed';
  readonly reason: string;
}

/** Checks a {@link RaisedAlert}. */
export const raisedAlertSchema: z.ZodType<RaisedAlert> = z
  .object({
    id: z.string(),
    rule: z.enum(RULES),
    principalId: z.string(),
    target: z.string().optional(),
    at: z.iso.datetime(),
    summary: z.string(),
    entries: z.array(z.object({ log: z.string(), index: z.int().min(0) })),
    state: z.enum(STATES),
    closedBy: z.string().optional(),
    closedAt: z.iso.datetime().optional(),
    reason: z.string().optional(),
  })
  .meta({ id: 'RaisedAlert' });

/** Checks an {@link AlertListQuery}. */
export const alertListQuerySchema: z.ZodType<AlertListQuery> = z.object({
  ...PAGE_FIELDS,
  state: z.enum(STATES).optional(),
  rule: z.enum(RULES).optional(),
  principal: z.string().min(1).max(512).optional(),
});

/** Checks an {@link AlertList}. */
export const alertListSchema: z.ZodType<AlertList> = z
  .object({
    alerts: z.array(raisedAlertSchema),
    nextCursor: z.string().optional(),
    counts: z.array(
      z.object({ rule: z.enum(RULES), state: z.enum(STATES), count: z.int().min(0) }),
    ),
  })
  .meta({ id: 'AlertList' });

/** Checks an {@link AlertPath}. */
export const alertPathSchema: z.ZodType<AlertPath> = z.object({
  id: z.string().regex(/^alert_[0-9a-f]{24}$/),
});

/** Checks an {@link AlertClosingSubmission}. */
export const alertClosingSchema: z.ZodType<AlertClosingSubmission> = z
  .object({ state: z.enum(['dismissed', 'confirmed']), reason: reasonSchema })
  .meta({ id: 'AlertClosing' });
