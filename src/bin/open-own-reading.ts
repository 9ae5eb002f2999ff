import { join } from 'node:path';
import type { Archive } from '../archive/archive.ts';
import type { ContentKeys } from '../audit/content-opener.ts';
import { readLastOperations } from '../audit/last-operations.ts';
import { type LedgerPiece, readLedgerPieces } from '../audit/ledger-pieces.ts';
import { LedgerReader } from '../audit/ledger-reader.ts';
import { listLogs } from '../audit/list-logs.ts';
import type { StoredEntry } from '../audit/read-entries.ts';
import type {
  ControlPlaneServices,
  DisclosureQuestion,
  DisclosureSearch,
} from '../control-plane/services.ts';
import type { GatewayProcess } from './gateway-process.ts';
import { openDisclosures } from './open-disclosures.ts';
import { type LedgerReading, openLedgerReading } from './open-ledger-reading.ts';
import { findRawTrack, followRecording, playRecording } from './open-recordings.ts';

/** What a gateway reads of its own logs and recordings. */
export interface OwnReading
  extends LedgerReading,
    Pick<ControlPlaneServices, 'ledgerFiles' | 'follow' | 'playback' | 'rawTrack'> {
  findDisclosures(question: DisclosureQuestion): Promise<DisclosureSearch | undefined>;
  /** The newest operations of all its logs, newest first. */
  lastOperations(count: number): Promise<readonly StoredEntry[]>;
  /** All of its ledger, as files. */
  ledgerPieces(): AsyncIterable<LedgerPiece>;
}

/** Reads what lies in the data directory, and what an archive has of it. */
export function openOwnReading(own: GatewayProcess, archive: Archive | undefined): OwnReading {
  const { services } = own;
  const { dataDirectory } = own.configuration.gateway;
  const { sessions } = services;
  const recordings = {
    dataDirectory,
    keys: services.recordingKeys,
    restore: archive && ((name: string) => archive.restore(name)),
  };
  const ledgerDirectory = join(dataDirectory, 'ledger');
  return {
    ...openLedgerReading(dataDirectory, services.contentKeys),
    lastOperations: (count) => readOwnOperations(ledgerDirectory, services.contentKeys, count),
    ledgerPieces: () => readLedgerPieces(ledgerDirectory),
    findDisclosures: openDisclosures(own),
    ledgerFiles: new LedgerReader(ledgerDirectory, services.contentKeys),
    follow: (session, signal) => followRecording(recordings, session, { sessions, signal }),
    playback: (session) => playRecording(recordings, session),
    rawTrack: (session) => findRawTrack(recordings, session),
  };
}

async function readOwnOperations(
  ledgerDirectory: string,
  keys: ContentKeys,
  count: number,
): Promise<readonly StoredEntry[]> {
  const logs = await listLogs(ledgerDirectory);
  const found = await Promise.all(
    logs.map((log) => readLastOperations(ledgerDirectory, log, { count, keys })),
  );
  return takeNewest(found.flat(), count);
}

/** The newest of these, newest first. */
export function takeNewest(entries: readonly StoredEntry[], count: number): readonly StoredEntry[] {
  return entries.toSorted((one, other) => (one.entry.at < other.entry.at ? 1 : -1)).slice(0, count);
}
