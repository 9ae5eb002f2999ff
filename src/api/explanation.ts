import { z } from 'zod';

/** Asks what would become of a text of SQL if the asker sent it to a target. */
export interface ExplainRequest {
  readonly sql: string;
  /** The target's own database when absent. */
  readonly database?: string | undefined;
}

/** What would become of a text of SQL. Nothing of it was run. */
export interface Explanation {
  readonly target: string;
  readonly database: string;
  /** Schemas that names were looked up in: those of a session that has just begun. */
  readonly searchPath: readonly string[];
  /** `run`: it would reach the target, as `sent` says. */
  readonly outcome: 'run' | 'review' | 'refused';
  /** Why it would not run, as the client would be told. */
  readonly refusal?: ExplainedRefusal | undefined;
  /** In the order of the text. */
  readonly statements: readonly ExplainedStatement[];
  /** The text that would reach the target, with its keys left out. Absent when policy denies it. */
  readonly sent?: string | undefined;
  /** Classified columns that the text reads or writes. Absent when policy denies it, or without a data map. */
  readonly columns?: readonly ExplainedColumn[] | undefined;
  /** Classes of those columns that the asker sees as they are, and the policies that permit it. */
  readonly shown?: readonly ShownClass[] | undefined;
}

export interface ExplainedRefusal {
  readonly reason: string;
  readonly hint?: string | undefined;
}

export interface ExplainedStatement {
  readonly text: string;
  /** The decision on all of its operations together. */
  readonly decision: ExplainedDecision;
  readonly operations: readonly ExplainedOperation[];
  /** In the order of the result; absent where they are not known. */
  readonly outputs?: readonly ExplainedOutput[] | undefined;
}

/** One thing that a statement does, as policies are asked about it. */
export interface ExplainedOperation {
  readonly action: string;
  readonly decision: ExplainedDecision;
  /** The context of the policies, by the names of the schema. */
  readonly facts: Readonly<Record<string, boolean | number | string | readonly string[]>>;
}

export interface ExplainedDecision {
  readonly kind: 'allow' | 'review' | 'deny';
  /** By `@id`. Of a deny: the forbid that decided; none when no permit covers it. */
  readonly policies: readonly string[];
  readonly reason?: string | undefined;
  /** Groups of which somebody has to agree, for a review. */
  readonly groups?: readonly string[] | undefined;
}

/** A column of a result. */
export interface ExplainedOutput {
  /** `schema.relation.column`; empty for an expression. */
  readonly column: string;
  /** Classes of which it shows masks. */
  readonly masked: readonly string[];
  /** What the detectors do with it on its way to the client. */
  readonly inspect: 'none' | 'text' | 'json' | 'unknown';
}

/** A classified column, as the asker sees it. */
export interface ExplainedColumn {
  /** `schema.relation.column`. */
  readonly column: string;
  readonly classes: readonly string[];
  /** Name of the mask, such as `last4` or `year`. */
  readonly mask: string;
  /** `raw`: as it is. `masked`: by `mask`. `inspected`: looked through by the detectors where it is a plain column of a result, redacted everywhere else. */
  readonly seen: 'raw' | 'masked' | 'inspected';
  /** Why it is classified. */
  readonly because: string;
}

export interface ShownClass {
  readonly className: string;
  readonly policies: readonly string[];
}

/** Characters of a text that is explained. */
const SQL_LENGTH_MAX = 60_000;
const IDENTIFIER_LENGTH_MAX = 63;

/** Checks an {@link ExplainRequest}. */
export const explainRequestSchema: z.ZodType<ExplainRequest> = z.strictObject({
  sql: z
    .string()
    .max(SQL_LENGTH_MAX)
    // The server would read no further than a NUL, and half a character is none.
    .refine((text) => !text.includes('\0') && text.isWellFormed()),
  database: z.string().min(1).max(IDENTIFIER_LENGTH_MAX).optional(),
});

const names = z.array(z.string());

const decisionSchema = z.object({
  kind: z.enum(['allow', 'review', 'deny']),
  policies: names,
  reason: z.string().optional(),
  groups: names.optional(),
});

const statementSchema = z.object({
  text: z.string(),
  decision: decisionSchema,
  operations: z.array(
    z.object({
      action: z.string(),
      decision: decisionSchema,
      facts: z.record(z.string(), z.union([z.boolean(), z.number(), z.string(), names])),
    }),
  ),
  outputs: z
    .array(
      z.object({
        column: z.string(),
        masked: names,
        inspect: z.enum(['none', 'text', 'json', 'unknown']),
      }),
    )
    .optional(),
});

/** Checks an {@link Explanation}; unknown fields are dropped. */
export const explanationSchema: z.ZodType<Explanation> = z
  .object({
    target: z.string(),
    database: z.string(),
    searchPath: names,
    outcome: z.enum(['run', 'review', 'refused']),
    refusal: z.object({ reason: z.string(), hint: z.string().optional() }).optional(),
    statements: z.array(statementSchema),
    sent: z.string().optional(),
    columns: z
      .array(
        z.object({
          column: z.string(),
          classes: names,
          mask: z.string(),
          seen: z.enum(['raw', 'masked', 'inspected']),
          because: z.string(),
        }),
      )
      .optional(),
    shown: z.array(z.object({ className: z.string(), policies: names })).optional(),
  })
  .meta({ id: 'Explanation' });
