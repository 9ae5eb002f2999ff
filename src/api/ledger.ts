import { z } from 'zod';
import { type LedgerCoverage, ledgerCoverageSchema } from './ledger-coverage.ts';
import { PAGE_FIELDS, type PageQuery } from './page.ts';

/** One log of the ledger: each process of each gateway writes its own. */
export interface LedgerLogView {
  readonly name: string;
  /** Verifier key, as `sallyport audit verify --public-key` takes it. */
  readonly publicKey: string;
  /** Entries that the last checkpoint covers. */
  readonly size: number;
  /** ISO 8601; of the last checkpoint. */
  readonly checkpointAt?: string | undefined;
}

export interface LedgerLogList {
  readonly logs: readonly LedgerLogView[];
  readonly coverage: LedgerCoverage;
}

/** A signed statement of a log's size and root. */
export interface CheckpointView {
  readonly log: string;
  readonly size: number;
  /** Base64, 32 bytes. */
  readonly root: string;
  /** The signed note, byte for byte. @see https://c2sp.org/tlog-checkpoint */
  readonly note: string;
}

export interface CheckpointList {
  /** Newest first. */
  readonly checkpoints: readonly CheckpointView[];
}

export interface CheckpointQuery {
  readonly log: string;
  readonly limit?: number | undefined;
}

/** One entry, as it is stored and hashed. */
export interface LedgerEntryView {
  readonly log: string;
  readonly index: number;
  /** ISO 8601. */
  readonly at: string;
  readonly kind: string;
  readonly sessionId?: string | undefined;
  /** The entry's exact bytes, base64. They are JSON. */
  readonly bytes: string;
}

export interface LedgerEntryList {
  /** Newest first. */
  readonly entries: readonly LedgerEntryView[];
  readonly nextCursor?: string | undefined;
}

/** What a list of entries is narrowed down by. */
export interface LedgerEntryQuery extends PageQuery {
  readonly log: string;
  readonly kind?: string | undefined;
  readonly session?: string | undefined;
}

export interface LedgerProofPath {
  readonly log: string;
  readonly index: number;
}

/** All that somebody needs to verify that an entry is in a log, but the public key. */
export interface LedgerProof {
  readonly log: string;
  readonly index: number;
  /** The entry's exact bytes, base64. */
  readonly bytes: string;
  /** The signed checkpoint that the proof leads to. */
  readonly checkpoint: string;
  /** Base64, 32 bytes each, from the leaf up. @see RFC 6962, section 2.1.1 */
  readonly path: readonly string[];
  /** Verifier key, for convenience: one that was kept elsewhere proves more. */
  readonly publicKey: string;
  /** What the entry keeps apart, of which it holds the hash. */
  readonly content: LedgerContent;
}

/** What may be personal, as far as this gateway can read it: it has no key, its time was over, or it was changed. */
export interface LedgerContent {
  readonly state: 'none' | 'open' | 'sealed' | 'expired' | 'damaged';
  /** Where it is open. */
  readonly fields?: Readonly<Record<string, unknown>> | undefined;
}

const logName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/);
const index = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const CHECKPOINTS_MAX = 200;

/** Checks a {@link LedgerLogList}. */
export const ledgerLogListSchema: z.ZodType<LedgerLogList> = z
  .object({
    logs: z.array(
      z
        .object({
          name: z.string(),
          publicKey: z.string(),
          size: z.int(),
          checkpointAt: z.iso.datetime().optional(),
        })
        .meta({ id: 'LedgerLog' }),
    ),
    coverage: ledgerCoverageSchema,
  })
  .meta({ id: 'LedgerLogList' });

/** Query parameters. */
export const checkpointQuerySchema: z.ZodType<CheckpointQuery> = z.strictObject({
  log: logName,
  limit: z.coerce.number().int().min(1).max(CHECKPOINTS_MAX).optional(),
});

/** Checks a {@link CheckpointList}. */
export const checkpointListSchema: z.ZodType<CheckpointList> = z
  .object({
    checkpoints: z.array(
      z
        .object({ log: z.string(), size: z.int(), root: z.string(), note: z.string() })
        .meta({ id: 'Checkpoint' }),
    ),
  })
  .meta({ id: 'CheckpointList' });

/** Query parameters. */
export const ledgerEntryQuerySchema: z.ZodType<LedgerEntryQuery> = z.strictObject({
  log: logName,
  kind: z
    .string()
    .regex(/^[a-z][a-z.-]{0,63}$/)
    .optional(),
  session: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/)
    .optional(),
  ...PAGE_FIELDS,
});

/** Checks a {@link LedgerEntryList}. */
export const ledgerEntryListSchema: z.ZodType<LedgerEntryList> = z
  .object({
    entries: z.array(
      z
        .object({
          log: z.string(),
          index: z.int(),
          at: z.iso.datetime(),
          kind: z.string(),
          sessionId: z.string().optional(),
          bytes: z.string(),
        })
        .meta({ id: 'LedgerEntry' }),
    ),
    nextCursor: z.string().optional(),
  })
  .meta({ id: 'LedgerEntryList' });

/** Checks a {@link LedgerProofPath}: parameters of a path arrive as text. */
export const ledgerProofPathSchema: z.ZodType<LedgerProofPath> = z.object({ log: logName, index });

/** Checks a {@link LedgerProof}. */
export const ledgerProofSchema: z.ZodType<LedgerProof> = z
  .object({
    log: z.string(),
    index: z.int(),
    bytes: z.string(),
    checkpoint: z.string(),
    path: z.array(z.string()),
    publicKey: z.string(),
    content: z
      .object({
        state: z.enum(['none', 'open', 'sealed', 'expired', 'damaged']),
        fields: z.record(z.string(), z.unknown()).optional(),
      })
      .meta({ id: 'LedgerContent' }),
  })
  .meta({ id: 'LedgerProof' });
