import { join } from 'node:path';
import type { Archive } from '../archive/archive.ts';
import { LedgerReader } from '../audit/ledger-reader.ts';
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
}

/** Reads what lies in the data directory, and what an archive has of it. */
export function openOwnReading(own: GatewayProcess, archive: Archive | undefined): OwnReading {
  const { services } = own;
  const { dataDirectory } = own.configuration.gateway;
  const { sessions } = services.store;
  const recordings = {
    dataDirectory,
    keys: services.recordingKeys,
    restore: archive && ((name: string) => archive.restore(name)),
  };
  return {
    ...openLedgerReading(dataDirectory, services.contentKeys),
    findDisclosures: openDisclosures(own),
    ledgerFiles: new LedgerReader(join(dataDirectory, 'ledger'), services.contentKeys),
    follow: (session, signal) => followRecording(recordings, session, { sessions, signal }),
    playback: (session) => playRecording(recordings, session),
    rawTrack: (session) => findRawTrack(recordings, session),
  };
}
