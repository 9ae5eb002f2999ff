import { z } from 'zod';
import { type LedgerCoverage, ledgerCoverageSchema } from './ledger-coverage.ts';

/** What the first page shows. Counts are of what the asker may see. */
export interface Overview {
  readonly liveSessions: number;
  /** Access requests that the asker may review now. */
  readonly reviewable: number;
  /** Of the asker's own, those that wait. */
  readonly ownWaiting: number;
  /** Break-glass that nobody has reviewed yet. */
  readonly unreviewedBreakGlass: number;
  /** Since midnight, UTC. Absent for those who may not see counts of the whole gateway. */
  readonly today?: TodayCounts | undefined;
  /** Newest first. */
  readonly alerts: readonly AlertView[];
  readonly health: {
    readonly ledger: 'healthy' | 'slow' | 'failing';
    readonly store: 'healthy' | 'failing';
  };
}

export interface TodayCounts {
  /** ISO 8601. */
  readonly since: string;
  readonly sessions: number;
  readonly operations: number;
  readonly refusals: number;
  /** Values that clients saw masked. */
  readonly maskedValues: number;
  readonly coverage: LedgerCoverage;
}

/** Something that somebody should look at. */
export interface AlertView {
  readonly id: string;
  /** ISO 8601. */
  readonly at: string;
  readonly kind:
    | 'break-glass'
    | 'signal'
    | 'ledger'
    | 'store'
    | 'target'
    | 'configuration'
    | 'channel'
    | 'export';
  readonly text: string;
  readonly target?: string | undefined;
  readonly requestId?: string | undefined;
  /** Of what a rule over the ledger found. */
  readonly alertId?: string | undefined;
}

const count = z.int().min(0);

/** Checks an {@link AlertView}. */
export const alertSchema: z.ZodType<AlertView> = z
  .object({
    id: z.string(),
    at: z.iso.datetime(),
    kind: z.enum([
      'break-glass',
      'signal',
      'ledger',
      'store',
      'target',
      'configuration',
      'channel',
      'export',
    ]),
    text: z.string(),
    target: z.string().optional(),
    requestId: z.string().optional(),
    alertId: z.string().optional(),
  })
  .meta({ id: 'Alert' });

/** Checks an {@link Overview}. */
export const overviewSchema: z.ZodType<Overview> = z
  .object({
    liveSessions: count,
    reviewable: count,
    ownWaiting: count,
    unreviewedBreakGlass: count,
    today: z
      .object({
        since: z.iso.datetime(),
        sessions: count,
        operations: count,
        refusals: count,
        maskedValues: count,
        coverage: ledgerCoverageSchema,
      })
      .optional(),
    alerts: z.array(alertSchema),
    health: z.object({
      ledger: z.enum(['healthy', 'slow', 'failing']),
      store: z.enum(['healthy', 'failing']),
    }),
  })
  .meta({ id: 'Overview' });
