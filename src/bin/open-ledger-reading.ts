import { join } from 'node:path';
import type { TodayCounts } from '../api/overview.ts';
import type { SessionMatch } from '../api/session.ts';
import type { ContentKeys } from '../audit/content-opener.ts';
import { EntryTally } from '../audit/entry-tally.ts';
import { readSessionEntries } from '../audit/read-session-entries.ts';
import { searchStatements } from '../audit/search-statements.ts';
import type { ControlPlaneServices } from '../control-plane/services.ts';

/** Searches of one process at the same time: each reads hundreds of megabytes at worst. */
const SEARCHES_MAX = 2;
/** Milliseconds that an answer is kept: people look through its pages. */
const SEARCH_KEPT_MS = 30_000;

/** What is read of the logs of one gateway. */
export interface LedgerReading extends Pick<ControlPlaneServices, 'sessionEntries'> {
  /** Undefined while too many searches run. */
  searchStatements(
    text: string,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, readonly SessionMatch[]> | undefined>;
  /** Since midnight, UTC. */
  countToday(): Promise<Omit<TodayCounts, 'coverage'>>;
}

interface KeptSearch {
  readonly text: string;
  readonly untilMs: number;
  readonly matches: ReadonlyMap<string, readonly SessionMatch[]>;
}

/**
 * What is read of the ledger's files on this machine.
 *
 * @param dataDirectory The gateway's.
 * @param keys Open the contents of entries.
 */
export function openLedgerReading(dataDirectory: string, keys: ContentKeys): LedgerReading {
  const directory = join(dataDirectory, 'ledger');
  const tally = new EntryTally(directory);
  let running = 0;
  let kept: KeptSearch | undefined;
  return {
    sessionEntries: ({ gateway, id, startedAtMs }) =>
      readSessionEntries(directory, { logName: gateway, session: id, startedAtMs }, keys),
    countToday: async () => {
      const now = new Date();
      const sinceMs = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate());
      return { since: new Date(sinceMs).toISOString(), ...(await tally.read(sinceMs)) };
    },
    searchStatements: async (text, signal) => {
      if (kept?.text === text && Date.now() < kept.untilMs) return kept.matches;
      if (running >= SEARCHES_MAX) return undefined;
      running += 1;
      try {
        const matches = await searchStatements(directory, text, { keys, signal });
        kept = { text, matches, untilMs: Date.now() + SEARCH_KEPT_MS };
        return matches;
      } finally {
        running -= 1;
      }
    },
  };
}
