import { z } from 'zod';

/** A text in which values may be hidden from the reader: each stands as `•••`, or as its mask. */
export interface ShownText {
  readonly text: string;
  /** Where in `text` something is hidden, in UTF-16 code units, in order. */
  readonly hidden: readonly HiddenSpan[];
}

export interface HiddenSpan {
  readonly start: number;
  readonly end: number;
  /** Data class of what is hidden; absent when it is not known. */
  readonly className?: string | undefined;
}

/** A value of a prepared statement's parameter; or what goes with a request: its body, and a query of which the text hides something. */
export interface ShownParameter {
  /** Null for SQL's NULL. */
  readonly value: string | null;
  /** True when `value` is not what would be sent. */
  readonly hidden: boolean;
  readonly className?: string | undefined;
}

/** Facts, by the names of the policies' context. */
export type ShownFacts = Readonly<Record<string, boolean | number | string | readonly string[]>>;

/** What would run, as the reader may see it. */
export interface ShownOperation {
  /** Such as `postgres`. */
  readonly protocol: string;
  /** Before it runs, or at the COMMIT of what ran already. */
  readonly at: 'statement' | 'commit';
  /** As it was sent. */
  readonly original: ShownText;
  /** Laid out for reading: the same words in the same order. */
  readonly formatted: ShownText;
  /**
   * Hex, of the text as it was sent. Absent when something of it is hidden: who knows the digest
   * could guess what is.
   */
  readonly textSha256?: string | undefined;
  readonly parameters: readonly ShownParameter[];
  readonly actions: readonly string[];
  readonly facts: ShownFacts;
  /** `schema.name`. */
  readonly relations: readonly string[];
  readonly classesTouched: readonly string[];
  /** What the target's planner expects; a hint, never what decides. Null when it was not asked. */
  readonly estimatedRows: number | null;
  /** Absent for an operation that was held before this was kept. */
  readonly context?: ShownContext | undefined;
  /** What a transaction changed, for an operation held at COMMIT. */
  readonly changes?: readonly ShownChange[] | undefined;
}

/** What an operation means beside its text. An approval is for this too: where any of it is another, it does not count. */
export interface ShownContext {
  /** Schemas in which names are looked up, in order. Null where it is not certain. */
  readonly searchPath: readonly string[] | null;
  /** How values are written, such as `TimeZone`. */
  readonly formats: Readonly<Record<string, string>>;
  /** What was set in the session, in order. */
  readonly settings: readonly ShownText[];
  /** How many settings there were before those. */
  readonly earlierSettings: number;
  /** Whether some of them set with whose rights statements run. */
  readonly setsRole: boolean;
  /** False: something else may have been set, or undone. */
  readonly isCertain: boolean;
}

/** What became of one relation in a transaction that waits at COMMIT. */
export interface ShownChange {
  /** `schema.name`. */
  readonly relation: string;
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
  readonly columns: readonly string[];
  /** Some of the rows, masked as for the requester. */
  readonly samples: readonly ShownRowChange[];
}

/** Values in the order of `columns`. */
export interface ShownRowChange {
  /** Null for a row that was not there. */
  readonly before: readonly (string | null)[] | null;
  /** Null for a row that is gone. */
  readonly after: readonly (string | null)[] | null;
}

const span = z.object({
  start: z.int().min(0),
  end: z.int().min(0),
  className: z.string().optional(),
});

/** Checks a {@link ShownText}. */
export const shownTextSchema: z.ZodType<ShownText> = z
  .object({ text: z.string(), hidden: z.array(span) })
  .meta({ id: 'ShownText' });

const row = z.union([z.array(z.union([z.string(), z.null()])), z.null()]);
const count = z.int().min(0);

const changeSchema = z
  .object({
    relation: z.string(),
    inserted: count,
    updated: count,
    deleted: count,
    columns: z.array(z.string()),
    samples: z.array(z.object({ before: row, after: row })),
  })
  .meta({ id: 'ShownChange' });

const contextSchema = z
  .object({
    searchPath: z.union([z.array(z.string()), z.null()]),
    formats: z.record(z.string(), z.string()),
    settings: z.array(shownTextSchema),
    earlierSettings: count,
    setsRole: z.boolean(),
    isCertain: z.boolean(),
  })
  .meta({ id: 'ShownContext' });

/** Checks a {@link ShownFacts}. */
export const shownFactsSchema: z.ZodType<ShownFacts> = z.record(
  z.string(),
  z.union([z.boolean(), z.number(), z.string(), z.array(z.string())]),
);

/** Checks a {@link ShownOperation}; unknown fields are dropped. */
export const shownOperationSchema: z.ZodType<ShownOperation> = z
  .object({
    protocol: z.string(),
    at: z.enum(['statement', 'commit']),
    original: shownTextSchema,
    formatted: shownTextSchema,
    textSha256: z.string().optional(),
    parameters: z.array(
      z.object({
        value: z.union([z.string(), z.null()]),
        hidden: z.boolean(),
        className: z.string().optional(),
      }),
    ),
    actions: z.array(z.string()),
    facts: shownFactsSchema,
    relations: z.array(z.string()),
    classesTouched: z.array(z.string()),
    estimatedRows: z.union([z.number(), z.null()]),
    context: contextSchema.optional(),
    changes: z.array(changeSchema).optional(),
  })
  .meta({ id: 'ShownOperation' });
