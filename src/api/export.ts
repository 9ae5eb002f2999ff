import { z } from 'zod';

/** How the ledger's entries get to a sink, from the logs of the gateway that is asked. */
export interface ExportView {
  readonly name: string;
  readonly kind: string;
  readonly state: 'working' | 'failing';
  /** What failed. */
  readonly problem?: string | undefined;
  /** ISO 8601. */
  readonly failingSince?: string | undefined;
  /** Entries since the gateway started. */
  readonly delivered: number;
  /** Entries that the sink will never take. */
  readonly refused: number;
  /** Entries that were expired before it was their turn. */
  readonly missing: number;
  /** Milliseconds since the oldest entry that may not have been delivered. */
  readonly lagMs?: number | undefined;
  readonly logs: readonly ExportedLog[];
}

export interface ExportedLog {
  readonly log: string;
  /** The sink has had all entries before this number. */
  readonly next: number;
}

export interface ExportList {
  readonly exports: readonly ExportView[];
}

/** A path that names a sink. */
export interface ExportPath {
  readonly name: string;
}

/** Has everything from an instant on sent again. */
export interface ReplaySubmission {
  /** ISO 8601. */
  readonly from: string;
}

/** Where each log is read on. */
export interface ReplayStarted {
  readonly logs: readonly ExportedLog[];
}

const count = z.int().min(0);

const exportedLogSchema: z.ZodType<ExportedLog> = z
  .object({ log: z.string(), next: count })
  .meta({ id: 'ExportedLog' });

/** Checks an {@link ExportView}. */
export const exportSchema: z.ZodType<ExportView> = z
  .object({
    name: z.string(),
    kind: z.string(),
    state: z.enum(['working', 'failing']),
    problem: z.string().optional(),
    failingSince: z.iso.datetime().optional(),
    delivered: count,
    refused: count,
    missing: count,
    lagMs: count.optional(),
    logs: z.array(exportedLogSchema),
  })
  .meta({ id: 'Export' });

/** Checks an {@link ExportList}. */
export const exportListSchema: z.ZodType<ExportList> = z
  .object({ exports: z.array(exportSchema) })
  .meta({ id: 'ExportList' });

/** Checks an {@link ExportPath}. */
export const exportPathSchema: z.ZodType<ExportPath> = z.object({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/),
});

/** Checks a {@link ReplaySubmission}. */
export const replaySubmissionSchema: z.ZodType<ReplaySubmission> = z
  .object({ from: z.iso.datetime() })
  .meta({ id: 'ReplaySubmission' });

/** Checks a {@link ReplayStarted}. */
export const replayStartedSchema: z.ZodType<ReplayStarted> = z
  .object({ logs: z.array(exportedLogSchema) })
  .meta({ id: 'ReplayStarted' });
