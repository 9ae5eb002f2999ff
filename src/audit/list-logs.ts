import { readdir } from 'node:fs/promises';
import { KEYS_DIRECTORY } from './ledger-layout.ts';
import { LOG_NAME } from './segment-format.ts';

/** Names of the logs in a ledger directory (`<data>/ledger`), in order. */
export async function listLogs(ledgerDirectory: string): Promise<readonly string[]> {
  const entries = await readdir(ledgerDirectory, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory() && LOG_NAME.test(entry.name))
    .map(({ name }) => name)
    .filter((name) => name !== KEYS_DIRECTORY)
    .toSorted();
}
