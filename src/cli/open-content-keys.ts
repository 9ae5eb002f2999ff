import { DayKeyFiles } from '../encryption/day-key-files.ts';
import { findOwnMasterKey } from '../encryption/read-master-key.ts';

/**
 * The keys of what the ledger's entries keep apart. Undefined where only the ledger was copied: then it
 * stays sealed.
 *
 * @param directory The gateway's data directory, or another one.
 */
export async function openContentKeys(directory: string): Promise<DayKeyFiles | undefined> {
  const masterKey = await findOwnMasterKey(directory);
  return masterKey && new DayKeyFiles({ dataDirectory: directory, purpose: 'content', masterKey });
}
