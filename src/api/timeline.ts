import { z } from 'zod';
import { type LedgerCoverage, ledgerCoverageSchema } from './ledger-coverage.ts';
import { PAGE_FIELDS, type PageQuery } from './page.ts';
import { type ShownText, shownTextSchema } from './shown-operation.ts';

/** One thing that a session did, by the ledger. */
export interface TimelineEntry {
  /** The ledger's number of the entry within its session. */
  readonly number: number;
  /** ISO 8601. */
  readonly at: string;
  /** Kind of the ledger entry, such as `operation` or `operation.refuse`. */
  readonly kind: string;
  /** Of an operation. */
  readonly statement?: ShownText | undefined;
  /** Why there is no statement to be shown: no key for it, its time was over, or it was changed. */
  readonly withheld?: 'sealed' | 'expired' | 'damaged' | undefined;
  readonly actions: readonly string[];
  readonly relations: readonly string[];
  readonly decision?: TimelineDecision | undefined;
  /** What a result showed. */
  readonly result?: TimelineResult | undefined;
  /** What became of a file or of a forwarded connection. */
  readonly transfer?: TimelineTransfer | undefined;
  /** The access request that the entry is about. */
  readonly requestId?: string | undefined;
  /** Where the entry is, to prove it. */
  readonly ledger: { readonly log: string; readonly index: number };
}

export interface TimelineDecision {
  readonly kind: 'allow' | 'review' | 'deny';
  /** By `@id`. */
  readonly policies: readonly string[];
  readonly reason?: string | undefined;
}

export interface TimelineResult {
  readonly rows: number;
  /** Values shown masked, by class. */
  readonly masked: Readonly<Record<string, number>>;
  /** Classes shown as they are. */
  readonly raw: readonly string[];
}

/** Bytes that went by in a session of SSH. What the ledger does not say of them is absent. */
export interface TimelineTransfer {
  /** As in policies: `ssh.sftp.read`, … */
  readonly action?: string | undefined;
  /** Such as `done`, `refused`, `failed` or `cut`. */
  readonly outcome?: string | undefined;
  /** Where a connection led: `host:port`. */
  readonly place?: string | undefined;
  readonly bytes?: number | undefined;
  /** Hex, of a whole file. */
  readonly sha256?: string | undefined;
}

export interface Timeline {
  /** Oldest first. */
  readonly entries: readonly TimelineEntry[];
  /** Of the one log that the session is in. */
  readonly coverage: LedgerCoverage;
  readonly nextCursor?: string | undefined;
}

/** Checks a {@link TimelineEntry}. */
export const timelineEntrySchema: z.ZodType<TimelineEntry> = z
  .object({
    number: z.int().min(0),
    at: z.iso.datetime(),
    kind: z.string(),
    statement: shownTextSchema.optional(),
    withheld: z.enum(['sealed', 'expired', 'damaged']).optional(),
    actions: z.array(z.string()),
    relations: z.array(z.string()),
    decision: z
      .object({
        kind: z.enum(['allow', 'review', 'deny']),
        policies: z.array(z.string()),
        reason: z.string().optional(),
      })
      .optional(),
    result: z
      .object({
        rows: z.int().min(0),
        masked: z.record(z.string(), z.int()),
        raw: z.array(z.string()),
      })
      .optional(),
    transfer: z
      .object({
        action: z.string().optional(),
        outcome: z.string().optional(),
        place: z.string().optional(),
        bytes: z.number().min(0).optional(),
        sha256: z.string().optional(),
      })
      .optional(),
    requestId: z.string().optional(),
    ledger: z.object({ log: z.string(), index: z.int().min(0) }),
  })
  .meta({ id: 'TimelineEntry' });

/** Checks a {@link Timeline}. */
export const timelineSchema: z.ZodType<Timeline> = z
  .object({
    entries: z.array(timelineEntrySchema),
    coverage: ledgerCoverageSchema,
    nextCursor: z.string().optional(),
  })
  .meta({ id: 'Timeline' });

/** Query parameters. */
export const timelineQuerySchema: z.ZodType<PageQuery> = z.strictObject(PAGE_FIELDS);
