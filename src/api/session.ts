import { z } from 'zod';
import { type LedgerCoverage, ledgerCoverageSchema } from './ledger-coverage.ts';

/** A session as people look it up. Instants are ISO 8601. */
export interface SessionView {
  readonly id: string;
  readonly principalId: string;
  readonly principalName: string;
  readonly target: string;
  /** "" where the target has none. */
  readonly database: string;
  /** The user on an SSH target; "" on others. */
  readonly account: string;
  readonly clientAddress: string;
  readonly applicationName: string;
  readonly startedAt: string;
  readonly recorded: boolean;
  /** Absent while the session runs. */
  readonly end?:
    | {
        readonly endedAt: string;
        readonly reason: string;
        readonly operations: number;
        readonly refused: number;
        readonly rows: number;
        readonly bytesSent: number;
        readonly bytesShown: number;
        /** Hex. */
        readonly recordingSha256?: string | undefined;
      }
    | undefined;
  /** With a search: statements that match, the first few. */
  readonly matches?: readonly SessionMatch[] | undefined;
}

/** A statement that a search found. */
export interface SessionMatch {
  /** ISO 8601. */
  readonly at: string;
  readonly text: string;
}

export interface SessionList {
  /** Newest first. */
  readonly sessions: readonly SessionView[];
  /** Of a search: where statements were looked for. */
  readonly coverage?: LedgerCoverage | undefined;
  /** Absent on the last page. A page may hold fewer sessions than asked for and yet not be the last. */
  readonly nextCursor?: string | undefined;
}

/** What a list of sessions is narrowed down by. */
export interface SessionQuery {
  readonly mine?: boolean | undefined;
  readonly principal?: string | undefined;
  readonly target?: string | undefined;
  /** ISO 8601. */
  readonly since?: string | undefined;
  readonly state?: 'live' | 'ended' | undefined;
  /** Words that a statement of the session has to hold, all of them. */
  readonly q?: string | undefined;
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

/** Sessions on one page. */
const PAGE_MAX = 500;

const sessionObject = z.object({
  id: z.string(),
  principalId: z.string(),
  principalName: z.string(),
  target: z.string(),
  database: z.string(),
  account: z.string(),
  clientAddress: z.string(),
  applicationName: z.string(),
  startedAt: z.iso.datetime(),
  recorded: z.boolean(),
  end: z
    .object({
      endedAt: z.iso.datetime(),
      reason: z.string(),
      operations: z.int(),
      refused: z.int(),
      rows: z.int(),
      bytesSent: z.int(),
      bytesShown: z.int(),
      recordingSha256: z.string().optional(),
    })
    .optional(),
  matches: z.array(z.object({ at: z.iso.datetime(), text: z.string() })).optional(),
});

/** Checks a {@link SessionView}; unknown fields are dropped. */
export const sessionViewSchema: z.ZodType<SessionView> = sessionObject.meta({ id: 'Session' });

/** Checks a {@link SessionList}. */
export const sessionListSchema: z.ZodType<SessionList> = z
  .object({
    sessions: z.array(sessionViewSchema),
    coverage: ledgerCoverageSchema.optional(),
    nextCursor: z.string().optional(),
  })
  .meta({ id: 'SessionList' });

/** Query parameters: they arrive as text. An unknown one is an error, so that no filter is lost. */
export const sessionQuerySchema: z.ZodType<SessionQuery> = z.strictObject({
  mine: z.stringbool().optional(),
  principal: z.string().min(1).max(512).optional(),
  target: z.string().min(1).max(128).optional(),
  since: z.iso.datetime({ offset: true }).optional(),
  state: z.enum(['live', 'ended']).optional(),
  q: z.string().trim().min(2).max(200).optional(),
  limit: z.coerce.number().int().min(1).max(PAGE_MAX).optional(),
  cursor: z.string().min(1).max(256).optional(),
});
