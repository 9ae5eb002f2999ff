import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { LedgerError } from '../audit/ledger-error.ts';
import { logPaths } from '../audit/ledger-layout.ts';
import { findUnknownVersion, parseSegmentFileName, VERSION_END } from '../audit/segment-format.ts';
import { belongsTo } from './log-owner.ts';

/**
 * Looks whether the logs of a gateway are in a format that can be gone on with. Changes nothing.
 *
 * @throws {LedgerError} `ERR_LEDGER_FORMAT` if one is not.
 */
export async function assertKnownFormats(dataDirectory: string, gateway: string): Promise<void> {
  const names = await namesIn(join(dataDirectory, 'ledger'));
  for (const logName of names.filter((name) => belongsTo(name, gateway))) {
    const { log } = logPaths(dataDirectory, logName);
    const segments = (await namesIn(log)).filter(
      (name) => parseSegmentFileName(name) !== undefined,
    );
    const last = segments.toSorted().at(-1);
    if (last !== undefined) await assertKnownFormat(join(log, last));
  }
}

async function assertKnownFormat(segmentPath: string): Promise<void> {
  await using file = await open(segmentPath);
  const start = Buffer.alloc(VERSION_END);
  const { bytesRead } = await file.read(start, 0, start.length, 0);
  const version = findUnknownVersion(start.subarray(0, bytesRead));
  if (version === undefined) return;
  throw new LedgerError(
    'ERR_LEDGER_FORMAT',
    `Cannot continue ${segmentPath}: has format version ${version}, which this version of Sallyport does not read`,
  );
}

/** Nothing where there is no directory yet. */
async function namesIn(directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}
