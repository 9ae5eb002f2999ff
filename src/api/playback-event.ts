import { z } from 'zod';

/**
 * One thing that happened in a recorded session, in order. A recording is sent as one JSON object a
 * line. `atMs` counts from the session's start.
 *
 * Values are as they were shown, with all the control characters a hostile row can hold: whoever
 * prints them escapes them.
 */
export type PlaybackEvent =
  | {
      readonly kind: 'statement';
      readonly atMs: number;
      readonly text: string;
      /** Values of a prepared statement's parameters, where they could be decoded. */
      readonly parameters?: readonly (string | null)[] | undefined;
    }
  | { readonly kind: 'columns'; readonly atMs: number; readonly names: readonly string[] }
  | { readonly kind: 'row'; readonly atMs: number; readonly values: readonly (string | null)[] }
  /** A statement ended; `tag` is the protocol's, such as `SELECT 3`. */
  | { readonly kind: 'done'; readonly atMs: number; readonly tag: string }
  | {
      readonly kind: 'error' | 'notice';
      readonly atMs: number;
      readonly severity: string;
      readonly code: string;
      readonly message: string;
      readonly detail?: string | undefined;
      readonly hint?: string | undefined;
    }
  /** Bytes of COPY data, or anything else that is not rows. */
  | { readonly kind: 'data'; readonly atMs: number; readonly bytes: number }
  /** The recording's limit was reached; what came after is only counted. */
  | { readonly kind: 'cut'; readonly atMs: number };

const atMs = z.number().min(0);
const value = z.union([z.string(), z.null()]);

/** Checks one line of a recording. */
export const playbackEventSchema: z.ZodType<PlaybackEvent> = z
  .discriminatedUnion('kind', [
    z.object({
      kind: z.literal('statement'),
      atMs,
      text: z.string(),
      parameters: z.array(value).optional(),
    }),
    z.object({ kind: z.literal('columns'), atMs, names: z.array(z.string()) }),
    z.object({ kind: z.literal('row'), atMs, values: z.array(value) }),
    z.object({ kind: z.literal('done'), atMs, tag: z.string() }),
    z.object({
      kind: z.enum(['error', 'notice']),
      atMs,
      severity: z.string(),
      code: z.string(),
      message: z.string(),
      detail: z.string().optional(),
      hint: z.string().optional(),
    }),
    z.object({ kind: z.literal('data'), atMs, bytes: z.int().min(0) }),
    z.object({ kind: z.literal('cut'), atMs }),
  ])
  .meta({ id: 'PlaybackEvent' });

/** Where to begin. */
export interface RecordingQuery {
  /** Milliseconds since the session's start; default: 0. */
  readonly from?: number | undefined;
}

/** Checks the parameters of a recording: they arrive as text. */
export const recordingQuerySchema: z.ZodType<RecordingQuery> = z.strictObject({
  from: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).optional(),
});
