import { z } from 'zod';
import { type LedgerCoverage, ledgerCoverageSchema } from './ledger-coverage.ts';

const FORMATS = ['html', 'pdf', 'csv'] as const;
const DAYS_MAX = 3_660;
const DAY_MS = 86_400_000;

/** Which report is wanted. Instants are ISO 8601. */
export interface ReportQuery {
  /** Inclusive. */
  readonly from: string;
  /** Exclusive. */
  readonly to: string;
  readonly format: (typeof FORMATS)[number];
}

/** A report, made for this answer. */
export interface ReportAnswer {
  readonly from: string;
  readonly to: string;
  readonly madeAt: string;
  /** Whether the ledger was found whole, and all of its logs were read. */
  readonly isWhole: boolean;
  readonly coverage: LedgerCoverage;
  /** One file, or one for each table. */
  readonly files: readonly ReportFileView[];
}

export interface ReportFileView {
  readonly name: string;
  readonly mediaType: string;
  /** Base64. */
  readonly content: string;
}

/** Checks a {@link ReportQuery}. */
export const reportQuerySchema: z.ZodType<ReportQuery> = z
  .object({
    from: z.iso.datetime(),
    to: z.iso.datetime(),
    format: z.enum(FORMATS),
  })
  .refine(
    ({ from, to }) => {
      const lengthMs = Date.parse(to) - Date.parse(from);
      return lengthMs > 0 && lengthMs <= DAYS_MAX * DAY_MS;
    },
    { path: ['to'], message: 'must come after from, at most ten years' },
  );

/** Checks a {@link ReportAnswer}. */
export const reportAnswerSchema: z.ZodType<ReportAnswer> = z
  .object({
    from: z.iso.datetime(),
    to: z.iso.datetime(),
    madeAt: z.iso.datetime(),
    isWhole: z.boolean(),
    coverage: ledgerCoverageSchema,
    files: z.array(z.object({ name: z.string(), mediaType: z.string(), content: z.string() })),
  })
  .meta({ id: 'Report' });
