import { z } from 'zod';

/** One file of a configuration. */
export interface ConfigurationFile {
  /** Relative, with forward slashes. */
  readonly path: string;
  /** Base64. */
  readonly content: string;
}

/** A configuration for all gateways on the store. */
export interface ConfigurationSubmission {
  readonly files: readonly ConfigurationFile[];
  /** Applied only if this is the newest version now. */
  readonly expectedVersion?: number | undefined;
  /** Only says what would change. */
  readonly dryRun?: boolean | undefined;
}

/** The configuration that gateways on the store take. */
export interface SharedConfiguration {
  /** 0: there is none yet. */
  readonly version: number;
  /** Hex, over names and contents of the files; absent if there is none. */
  readonly sha256?: string | undefined;
  /** Id of the principal who applied it. */
  readonly appliedBy?: string | undefined;
  /** ISO 8601. */
  readonly appliedAt?: string | undefined;
  /** Hex digests by name. */
  readonly files: readonly { readonly path: string; readonly sha256: string }[];
}

/** What became of a submission. */
export interface ConfigurationOutcome {
  readonly outcome: 'applied' | 'unchanged' | 'planned';
  /** The newest version; of a plan, the one that it would replace. */
  readonly version: number;
  /** Of what was submitted. */
  readonly sha256: string;
  readonly changes: readonly {
    readonly path: string;
    readonly change: 'added' | 'changed' | 'removed';
  }[];
}

/** Files of one configuration, and base64 of the largest. */
const FILES_MAX = 10_000;
const CONTENT_LENGTH_MAX = 24 * 1024 * 1024;
const PATH_LENGTH_MAX = 200;
/** Bytes of a submission. */
export const CONFIGURATION_BYTES_MAX: number = 24 * 1024 * 1024;

/** Checks a {@link ConfigurationSubmission}. */
export const configurationSubmissionSchema: z.ZodType<ConfigurationSubmission> = z
  .strictObject({
    files: z
      .array(
        z.strictObject({
          path: z.string().min(1).max(PATH_LENGTH_MAX),
          content: z.base64().max(CONTENT_LENGTH_MAX),
        }),
      )
      .min(1)
      .max(FILES_MAX),
    expectedVersion: z.int().min(0).optional(),
    dryRun: z.boolean().optional(),
  })
  .meta({ id: 'ConfigurationSubmission' });

/** Checks a {@link SharedConfiguration}. */
export const sharedConfigurationSchema: z.ZodType<SharedConfiguration> = z
  .object({
    version: z.int().min(0),
    sha256: z.string().optional(),
    appliedBy: z.string().optional(),
    appliedAt: z.iso.datetime().optional(),
    files: z.array(z.object({ path: z.string(), sha256: z.string() })),
  })
  .meta({ id: 'SharedConfiguration' });

/** Checks a {@link ConfigurationOutcome}. */
export const configurationOutcomeSchema: z.ZodType<ConfigurationOutcome> = z
  .object({
    outcome: z.enum(['applied', 'unchanged', 'planned']),
    version: z.int().min(0),
    sha256: z.string(),
    changes: z.array(
      z.object({ path: z.string(), change: z.enum(['added', 'changed', 'removed']) }),
    ),
  })
  .meta({ id: 'ConfigurationOutcome' });
