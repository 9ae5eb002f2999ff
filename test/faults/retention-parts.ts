import path from 'node:path';
import type { Ledger } from '../../src/audit/ledger.ts';
import type { RetentionParts } from '../../src/audit/retention/retention-keeper.ts';
import type { DayKeyFiles } from '../../src/encryption/day-key-files.ts';
import { openTestKeys } from '../../src/encryption/day-keys.fixture.ts';

/** A gateway's ledger, of whose entries and contents some are old. */
export interface RetentionWorld {
  readonly dataDirectory: string;
  readonly ledger: Ledger;
  readonly contentKeys: DayKeyFiles;
  readonly nowMs: () => number;
  /** By the same clock. */
  readonly startedAtMs: number;
}

/** What keeps and erases there, without witnesses: what is sealed is signed, and that is enough. */
export function retentionParts(world: RetentionWorld): Omit<RetentionParts, 'settings'> {
  const { dataDirectory, ledger, contentKeys, nowMs, startedAtMs } = world;
  return {
    ledgerDirectory: path.join(dataDirectory, 'ledger'),
    recordingsDirectory: path.join(dataDirectory, 'recordings'),
    ledger,
    contentKeys,
    recordingKeys: openTestKeys(dataDirectory, 'recordings'),
    waitForWitnesses: async () => {
      await ledger.checkpoints.write();
      return true;
    },
    nowMs,
    uptimeMs: () => nowMs() - startedAtMs,
  };
}
