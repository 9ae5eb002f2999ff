import { setImmediate as yieldToOthers } from 'node:timers/promises';
import type { EntrySource, LogPlace } from '../audit/entry-source.ts';
import type { ExportSettings } from '../configuration/export-settings.ts';
import { logUnexpectedError } from '../telemetry/events.ts';
import type { Log } from '../telemetry/log.ts';
import { createRecord, type ExportRecord, type MaskStatement } from './export-record.ts';
import type { SessionContexts } from './session-contexts.ts';

/** Entries of a log that are delivered together. */
export interface Batch {
  /** Those that the sink wants. */
  readonly records: readonly ExportRecord[];
  /** Of the last entry that was read; undefined if there was none. */
  readonly last: LogPlace | undefined;
  /** Milliseconds since the Unix epoch; of the same entry. */
  readonly lastAtMs: number | undefined;
  /** Entries in between that are not in the log's files any more. */
  readonly missing: number;
}

/** What reading takes. */
export interface BatchParts {
  readonly source: EntrySource;
  readonly settings: Pick<ExportSettings, 'statements' | 'statementBytesMax' | 'kinds'>;
  readonly maskStatement: MaskStatement;
  readonly log: Log;
}

/** Memory that an export holds grows with these. */
const BATCH_ENTRIES_MAX = 250;
const BATCH_BYTES_MAX = 1024 * 1024;
/** Entries after which others get their turn: sessions may be served by the same process. */
const SLICE_ENTRIES = 16;

/** Reads what stands in a log behind a place, as far as it fits into a batch. */
export async function readBatch(
  { source, settings, maskStatement, log }: BatchParts,
  ledgerLog: string,
  { place, contexts }: { readonly place: LogPlace | undefined; readonly contexts: SessionContexts },
): Promise<Batch> {
  const records: ExportRecord[] = [];
  const options = { ...settings, maskStatement: neverRejecting(maskStatement, log) };
  let last = place;
  let lastAtMs: number | undefined;
  let missing = 0;
  let bytes = 0;
  let count = 0;
  for await (const entry of source.readOn(ledgerLog, place)) {
    // What was gone before a sink was configured is nothing that it has missed.
    if (last !== undefined) missing += Math.max(0, entry.place.seq - last.seq - 1);
    const session = await contexts.of(entry.entry);
    if (isWanted(entry.entry.kind, settings.kinds)) {
      records.push(await createRecord(entry, session, options));
    }
    last = entry.place;
    lastAtMs = Date.parse(entry.entry.at);
    bytes += entry.bytes;
    count += 1;
    if (count >= BATCH_ENTRIES_MAX || bytes >= BATCH_BYTES_MAX) break;
    if (count % SLICE_ENTRIES === 0) await yieldToOthers();
  }
  return { records, last: count === 0 ? undefined : last, lastAtMs, missing };
}

function isWanted(kind: string, kinds: readonly string[]): boolean {
  return kinds.length === 0 || kinds.some((each) => kind === each || kind.startsWith(`${each}.`));
}

/** A statement that cannot be masked is left out; it must not hold up what comes behind it. */
function neverRejecting(maskStatement: MaskStatement, log: Log): MaskStatement {
  return async (statement) => {
    try {
      return await maskStatement(statement);
    } catch (error) {
      logUnexpectedError(log, 'export', error);
      return undefined;
    }
  };
}
