import { DayKeyFiles } from './day-key-files.ts';
import { LocalMasterKey } from './local-master-key.ts';

/** Keys of contents under a data directory of a test. The same directory, the same keys. */
export function openTestKeys(dataDirectory: string): DayKeyFiles {
  const masterKey = new LocalMasterKey(Buffer.alloc(32, 1), 'a test');
  return new DayKeyFiles({ dataDirectory, purpose: 'content', masterKey });
}
