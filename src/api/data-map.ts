import { z } from 'zod';

/** One column that a data map speaks of. */
export interface MappedColumn {
  /** `schema.relation.column`, as the target's file has it; may hold `*`. */
  readonly column: string;
  /** A data class, or `none`: looked at, and nothing there to mask. */
  readonly className: string;
  /** The class's own when absent. */
  readonly mask?: string | undefined;
  /** Of a column with JSON. */
  readonly paths: readonly { readonly path: string; readonly className: string }[];
}

/** What the columns of a target hold. */
export interface DataMapView {
  readonly columns: readonly MappedColumn[];
  /** Which column tells whose row it is. */
  readonly patientKeys: readonly { readonly relation: string; readonly column: string }[];
}

/** Asks what the columns of a target seem to hold. */
export interface DiscoverSubmission {
  /** The target's own when absent. */
  readonly database?: string | undefined;
  /** Rows of each relation that are looked at. Default 1 000. */
  readonly samples?: number | undefined;
}

/** What the columns of a target seem to hold, without any value. What is decided already is left out. */
export interface DataMapProposal {
  readonly columns: readonly ProposedColumn[];
  /** Of which too little can be said. */
  readonly undecided: readonly ProposedColumn[];
  readonly patientKeys: readonly ProposedPatientKey[];
  /** Relations of which only names and types were looked at. */
  readonly unsampled: readonly string[];
}

export interface ProposedColumn {
  readonly schema: string;
  readonly relation: string;
  readonly column: string;
  /** A data class, or `none`. */
  readonly className: string;
  /** From 0 to 1. */
  readonly confidence: number;
  readonly reason: string;
  readonly paths?: readonly { readonly path: string; readonly className: string }[] | undefined;
}

export interface ProposedPatientKey {
  readonly schema: string;
  readonly relation: string;
  readonly column: string;
}

/** Entries to add to a target's data map. What is decided there stays as it is. */
export interface DataMapConfirmation {
  readonly columns: readonly ConfirmedColumn[];
  readonly patientKeys: readonly ProposedPatientKey[];
}

export type ConfirmedColumn = Omit<ProposedColumn, 'confidence' | 'reason'>;

/** What was written. */
export interface DataMapChange {
  /** Relative to the configuration directory. */
  readonly file: string;
  readonly columnsAdded: number;
  readonly patientKeysAdded: number;
  /** Hex SHA-256 of the configuration in force afterwards. */
  readonly configurationSha256: string;
}

/** PostgreSQL's own limit is 63 bytes. */
const name = z.string().min(1).max(63);
const className = z.string().regex(/^[a-z][a-z0-9-]{0,62}$/);
const COLUMNS_MAX = 5_000;
const PATHS_MAX = 200;

const paths = z.array(z.object({ path: z.string(), className: z.string() }));

/** Checks a {@link DataMapView}. */
export const dataMapSchema: z.ZodType<DataMapView> = z
  .object({
    columns: z.array(
      z.object({
        column: z.string(),
        className: z.string(),
        mask: z.string().optional(),
        paths,
      }),
    ),
    patientKeys: z.array(z.object({ relation: z.string(), column: z.string() })),
  })
  .meta({ id: 'DataMap' });

const proposedColumn = z
  .object({
    schema: z.string(),
    relation: z.string(),
    column: z.string(),
    className: z.string(),
    confidence: z.number(),
    reason: z.string(),
    paths: paths.optional(),
  })
  .meta({ id: 'ProposedColumn' });

/** Checks a {@link DiscoverSubmission}. */
export const discoverSubmissionSchema: z.ZodType<DiscoverSubmission> = z
  .strictObject({ database: name.optional(), samples: z.int().min(0).max(10_000).optional() })
  .meta({ id: 'DiscoverSubmission' });

/** Checks a {@link DataMapProposal}. */
export const dataMapProposalSchema: z.ZodType<DataMapProposal> = z
  .object({
    columns: z.array(proposedColumn),
    undecided: z.array(proposedColumn),
    patientKeys: z.array(
      z.object({ schema: z.string(), relation: z.string(), column: z.string() }),
    ),
    unsampled: z.array(z.string()),
  })
  .meta({ id: 'DataMapProposal' });

/** Checks a {@link DataMapConfirmation}. */
export const dataMapConfirmationSchema: z.ZodType<DataMapConfirmation> = z
  .strictObject({
    columns: z
      .array(
        z.strictObject({
          schema: name,
          relation: name,
          column: name,
          className,
          paths: z
            .array(z.strictObject({ path: z.string().min(1).max(500), className }))
            .max(PATHS_MAX)
            .optional(),
        }),
      )
      .max(COLUMNS_MAX),
    patientKeys: z
      .array(z.strictObject({ schema: name, relation: name, column: name }))
      .max(COLUMNS_MAX),
  })
  .meta({ id: 'DataMapConfirmation' });

/** Checks a {@link DataMapChange}. */
export const dataMapChangeSchema: z.ZodType<DataMapChange> = z
  .object({
    file: z.string(),
    columnsAdded: z.int(),
    patientKeysAdded: z.int(),
    configurationSha256: z.string(),
  })
  .meta({ id: 'DataMapChange' });
