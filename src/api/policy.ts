import { z } from 'zod';
import { type LedgerCoverage, ledgerCoverageSchema } from './ledger-coverage.ts';

/** A file of policies. */
export interface PolicyFileView {
  /** Relative to the configuration directory. */
  readonly path: string;
  readonly text: string;
}

/** The policies in force. */
export interface PolicySetView {
  /** Hex SHA-256. */
  readonly version: string;
  readonly files: readonly PolicyFileView[];
  readonly policies: readonly PolicyView[];
}

export interface PolicyView {
  readonly id: string;
  readonly effect: 'permit' | 'forbid';
  readonly file: string;
  readonly line: number;
  readonly reason?: string | undefined;
  /** Set for a forbid that people can lift. */
  readonly review?: { readonly groups: readonly string[]; readonly quorum: number } | undefined;
}

/** Policies to look at in place of those in force. */
export interface PolicyDraft {
  readonly files: readonly PolicyFileView[];
}

/** What is wrong with a draft. */
export interface PolicyValidation {
  readonly valid: boolean;
  readonly problems: readonly PolicyProblemView[];
}

/** One thing that is wrong, and where. */
export interface PolicyProblemView {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** Runs the tests of the configuration. Without files: on the policies in force. */
export interface PolicyTestSubmission {
  readonly files?: readonly PolicyFileView[] | undefined;
}

export interface PolicyTestReport {
  readonly problems: readonly PolicyProblemView[];
  readonly passed: number;
  readonly failed: number;
  readonly tests: readonly PolicyTestView[];
  /** Ids of policies that decided none of the tests. */
  readonly untested: readonly string[];
}

/** What one test found. */
export interface PolicyTestView {
  readonly name: string;
  readonly file: string;
  readonly line: number;
  readonly passed: boolean;
  readonly message: string;
}

/** Asks what policies would have decided on what was tried before. */
export interface PolicyReplaySubmission {
  /** Those in force when absent. */
  readonly files?: readonly PolicyFileView[] | undefined;
  /** Operations, the newest first. Default 500. */
  readonly last?: number | undefined;
  readonly target?: string | undefined;
}

/** What would have been decided otherwise. */
export interface PolicyReplay {
  readonly problems: readonly PolicyProblemView[];
  /** Operations that were decided again. */
  readonly replayed: number;
  /** Operations that could not be: their target or their principal's groups are not known. */
  readonly skipped: number;
  readonly unchanged: number;
  /** Newest first. */
  readonly changes: readonly PolicyReplayChange[];
  readonly coverage: LedgerCoverage;
}

export interface PolicyReplayChange {
  /** ISO 8601. */
  readonly at: string;
  readonly principal: string;
  readonly target: string;
  readonly sessionId?: string | undefined;
  readonly actions: readonly string[];
  /** Without its constants. */
  readonly text: string;
  readonly was: ReplayedDecision;
  readonly would: ReplayedDecision;
  readonly ledger: { readonly log: string; readonly index: number };
}

export interface ReplayedDecision {
  readonly kind: 'allow' | 'review' | 'deny';
  readonly policies: readonly string[];
  readonly reason?: string | undefined;
}

/** Characters of one file; of all of them `policy/` has a limit of its own. */
const TEXT_LENGTH_MAX = 262_144;
const FILES_MAX = 200;
const REPLAYED_MAX = 5_000;

const file = z.strictObject({
  path: z.string().regex(/^policies\/[A-Za-z0-9][A-Za-z0-9._-]{0,99}\.cedar$/),
  text: z.string().max(TEXT_LENGTH_MAX),
});
const files = z.array(file).max(FILES_MAX);

const problems = z.array(
  z
    .object({ file: z.string(), line: z.int(), column: z.int(), message: z.string() })
    .meta({ id: 'PolicyProblem' }),
);

/** Checks a {@link PolicySetView}. */
export const policySetSchema: z.ZodType<PolicySetView> = z
  .object({
    version: z.string(),
    files: z.array(z.object({ path: z.string(), text: z.string() })),
    policies: z.array(
      z
        .object({
          id: z.string(),
          effect: z.enum(['permit', 'forbid']),
          file: z.string(),
          line: z.int(),
          reason: z.string().optional(),
          review: z.object({ groups: z.array(z.string()), quorum: z.int() }).optional(),
        })
        .meta({ id: 'Policy' }),
    ),
  })
  .meta({ id: 'PolicySet' });

/** Checks a {@link PolicyDraft}. */
export const policyDraftSchema: z.ZodType<PolicyDraft> = z
  .strictObject({ files })
  .meta({ id: 'PolicyDraft' });

/** Checks a {@link PolicyValidation}. */
export const policyValidationSchema: z.ZodType<PolicyValidation> = z
  .object({ valid: z.boolean(), problems })
  .meta({ id: 'PolicyValidation' });

/** Checks a {@link PolicyTestSubmission}. */
export const policyTestSubmissionSchema: z.ZodType<PolicyTestSubmission> = z
  .strictObject({ files: files.optional() })
  .meta({ id: 'PolicyTestSubmission' });

/** Checks a {@link PolicyTestReport}. */
export const policyTestReportSchema: z.ZodType<PolicyTestReport> = z
  .object({
    problems,
    passed: z.int(),
    failed: z.int(),
    tests: z.array(
      z.object({
        name: z.string(),
        file: z.string(),
        line: z.int(),
        passed: z.boolean(),
        message: z.string(),
      }),
    ),
    untested: z.array(z.string()),
  })
  .meta({ id: 'PolicyTestReport' });

/** Checks a {@link PolicyReplaySubmission}. */
export const policyReplaySubmissionSchema: z.ZodType<PolicyReplaySubmission> = z
  .strictObject({
    files: files.optional(),
    last: z.int().min(1).max(REPLAYED_MAX).optional(),
    target: z.string().min(1).max(63).optional(),
  })
  .meta({ id: 'PolicyReplaySubmission' });

const replayedDecision = z
  .object({
    kind: z.enum(['allow', 'review', 'deny']),
    policies: z.array(z.string()),
    reason: z.string().optional(),
  })
  .meta({ id: 'ReplayedDecision' });

/** Checks a {@link PolicyReplay}. */
export const policyReplaySchema: z.ZodType<PolicyReplay> = z
  .object({
    problems,
    replayed: z.int(),
    skipped: z.int(),
    unchanged: z.int(),
    changes: z.array(
      z.object({
        at: z.iso.datetime(),
        principal: z.string(),
        target: z.string(),
        sessionId: z.string().optional(),
        actions: z.array(z.string()),
        text: z.string(),
        was: replayedDecision,
        would: replayedDecision,
        ledger: z.object({ log: z.string(), index: z.int() }),
      }),
    ),
    coverage: ledgerCoverageSchema,
  })
  .meta({ id: 'PolicyReplay' });
