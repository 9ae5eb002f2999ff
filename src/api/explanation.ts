import { z } from 'zod';

/** Asks what would become of something if the asker sent it to a target. */
export type ExplainRequest = ExplainText | ExplainExchange;

/** A text of SQL, or a command for a host. */
export interface ExplainText {
  readonly sql: string;
  /** The target's own database when absent. */
  readonly database?: string | undefined;
}

/** A request of HTTP. */
export interface ExplainExchange {
  readonly request: AskedRequest;
}

/** A request as its client would write it. */
export interface AskedRequest {
  readonly method: string;
  /** Path and query, or a URL by which clients reach the target. */
  readonly url: string;
  /** In their order; those that say who asks count for nothing. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  /** In base64, without content coding. */
  readonly body?: string | undefined;
  /** Media type of the answer. Default: the first that the field `Accept` names, else JSON. */
  readonly answerType?: string | undefined;
}

/** What would become of what was asked about. Nothing of it was run. */
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
  /** Of a request: what the asker would see of a whole answer. Absent when it is refused, or without a data map. */
  readonly answer?: ExplainedAnswer | undefined;
}

/** What becomes of the body of an answer with status 200. */
export interface ExplainedAnswer {
  /** Of the answer. */
  readonly mediaType: string;
  /** `inspected`: no entry of the data map is for it, and it is looked through. */
  readonly seen: 'raw' | 'masked' | 'inspected' | 'refused';
  /** Why none of it is shown. */
  readonly reason?: string | undefined;
  /** As the data map has it; absent where no entry is for the path. */
  readonly format?: string | undefined;
  /** What that entry names, beside what the format says by itself. */
  readonly fields: readonly ExplainedField[];
  /** Classes of the target that the asker does not see. */
  readonly hidden: readonly string[];
}

export interface ExplainedField {
  readonly path: string;
  readonly className: string;
  readonly seen: 'raw' | 'masked';
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
/** Of a request, which gateways do not take longer ones of. */
const TARGET_LENGTH_MAX = 8_192;
const FIELDS_MAX = 100;
/** Bytes of a body that is explained: as long as people can be asked about. */
const BODY_BYTES_MAX: number = 1024 * 1024;

/** Bytes of a question, a body of a request in base64 among it. */
export const EXPLAIN_BYTES_MAX: number = 2 * BODY_BYTES_MAX;

const textSchema: z.ZodType<ExplainText> = z.strictObject({
  sql: z
    .string()
    .max(SQL_LENGTH_MAX)
    // The server would read no further than a NUL, and half a character is none.
    .refine((text) => !text.includes('\0') && text.isWellFormed(), 'must be text without NUL'),
  database: z.string().min(1).max(IDENTIFIER_LENGTH_MAX).optional(),
});

const exchangeSchema: z.ZodType<ExplainExchange> = z.strictObject({
  request: z.strictObject({
    method: z.string().min(1).max(64),
    url: z.string().min(1).max(TARGET_LENGTH_MAX),
    fields: z
      .array(z.tuple([z.string().max(256), z.string().max(TARGET_LENGTH_MAX)]))
      .max(FIELDS_MAX),
    body: z
      .base64()
      .max(Math.ceil(BODY_BYTES_MAX / 3) * 4)
      .optional(),
    answerType: z.string().max(256).optional(),
  }),
});

/** Checks an {@link ExplainRequest}. */
export const explainRequestSchema: z.ZodType<ExplainRequest> = z.union([
  textSchema,
  exchangeSchema,
]);

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
    answer: z
      .object({
        mediaType: z.string(),
        seen: z.enum(['raw', 'masked', 'inspected', 'refused']),
        reason: z.string().optional(),
        format: z.string().optional(),
        fields: z.array(
          z.object({
            path: z.string(),
            className: z.string(),
            seen: z.enum(['raw', 'masked']),
          }),
        ),
        hidden: names,
      })
      .optional(),
  })
  .meta({ id: 'Explanation' });
