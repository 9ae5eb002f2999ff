import { z } from 'zod';
import { type LedgerCoverage, ledgerCoverageSchema } from './ledger-coverage.ts';

/** Asks which results showed rows of one patient. */
export interface DisclosureRequest {
  /** The patient's id, as in the column that is the patient key. */
  readonly patient: string;
  /** ISO 8601; results before it are left out. */
  readonly since?: string | undefined;
}

/** A result that showed rows of the patient, or may have. */
export interface DisclosureView {
  /** ISO 8601. */
  readonly at: string;
  /** Where its entry stands in the ledger. */
  readonly log: string;
  readonly index: number;
  readonly sessionId: string;
  readonly principal: { readonly id: string; readonly name: string };
  /** Hex SHA-256 of the statement, as its `operation` entry has it. */
  readonly statementSha256?: string | undefined;
  /** `maybe`: the ledger cannot tell. */
  readonly match: 'yes' | 'maybe';
  /** Why it cannot. */
  readonly doubts: readonly DisclosureDoubt[];
  /** Of the whole result, of all its patients. */
  readonly rows: number;
  /** Data classes shown raw, masked at the source, and found and masked in text. */
  readonly raw: readonly string[];
  readonly masked: readonly string[];
  readonly found: readonly string[];
}

/** Why it is not certain whether a result showed rows of a patient. */
export type DisclosureDoubt =
  | 'sketch'
  | 'pseudonyms'
  | 'named'
  | 'unseen'
  | 'other-key'
  | 'unreadable';

export interface DisclosureList {
  /** In the order of time. */
  readonly disclosures: readonly DisclosureView[];
  /** Older ones that were found and are not listed. */
  readonly leftOut: number;
  readonly coverage: LedgerCoverage;
  /** The last day of which entries have expired: what was shown then is not found. Absent if there is none. */
  readonly expiredUntil?: string | undefined;
}

const ID_CHARACTERS_MAX = 1_000;

/** Checks a {@link DisclosureRequest}. */
export const disclosureRequestSchema: z.ZodType<DisclosureRequest> = z
  .strictObject({
    patient: z.string().trim().min(1).max(ID_CHARACTERS_MAX),
    since: z.iso.datetime().optional(),
  })
  .meta({ id: 'DisclosureRequest' });

/** Checks a {@link DisclosureList}. */
export const disclosureListSchema: z.ZodType<DisclosureList> = z
  .object({
    disclosures: z.array(
      z
        .object({
          at: z.iso.datetime(),
          log: z.string(),
          index: z.int(),
          sessionId: z.string(),
          principal: z.object({ id: z.string(), name: z.string() }),
          statementSha256: z.string().optional(),
          match: z.enum(['yes', 'maybe']),
          doubts: z.array(
            z.enum(['sketch', 'pseudonyms', 'named', 'unseen', 'other-key', 'unreadable']),
          ),
          rows: z.int(),
          raw: z.array(z.string()),
          masked: z.array(z.string()),
          found: z.array(z.string()),
        })
        .meta({ id: 'Disclosure' }),
    ),
    leftOut: z.int(),
    coverage: ledgerCoverageSchema,
    expiredUntil: z.iso.date().optional(),
  })
  .meta({ id: 'DisclosureList' });
