import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readEntries } from '../../src/audit/read-entries.ts';
import { openContentKeys } from '../../src/cli/open-content-keys.ts';
import { DayKeyFiles } from '../../src/encryption/day-key-files.ts';
import { findOwnMasterKey } from '../../src/encryption/read-master-key.ts';
import { readRecording } from '../../src/recording/read-recording.ts';
import type { BytePatterns } from './byte-patterns.ts';

/** What was looked through. */
export interface SearchedEvidence {
  readonly entries: number;
  readonly recordings: number;
}

/** Looks through the ledger and the recordings of a gateway as somebody sees them who may open them. */
export async function searchEvidence(
  dataDirectory: string,
  patterns: BytePatterns,
  found: Set<string>,
): Promise<SearchedEvidence> {
  const contentKeys = await openContentKeys(dataDirectory);
  const masterKey = await findOwnMasterKey(dataDirectory);
  assert(contentKeys && masterKey, 'the gateway has keys of its own');
  let entries = 0;
  for await (const { entry } of readEntries(join(dataDirectory, 'ledger'), {}, contentKeys)) {
    patterns.find(Buffer.from(JSON.stringify(entry)), found);
    entries += 1;
  }
  const keys = new DayKeyFiles({ dataDirectory, purpose: 'recordings', masterKey });
  let recordings = 0;
  for (const file of await listRecordings(dataDirectory)) {
    for await (const { bytes } of readRecording(file, { keys })) patterns.find(bytes, found);
    recordings += 1;
  }
  return { entries, recordings };
}

async function listRecordings(dataDirectory: string): Promise<readonly string[]> {
  const directory = join(dataDirectory, 'recordings');
  const entries = await readdir(directory, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.rec'))
    .map((entry) => join(entry.parentPath, entry.name));
}
