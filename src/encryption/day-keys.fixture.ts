import { DayKeyFiles, type KeyPurpose } from './day-key-files.ts';
import { LocalMasterKey } from './local-master-key.ts';

/** Day keys under a data directory of a test. The same directory, the same keys. */
export function openTestKeys(dataDirectory: string, purpose: KeyPurpose = 'content'): DayKeyFiles {
  const masterKey = new LocalMasterKey(Buffer.alloc(32, 1), 'a test');
  return new DayKeyFiles({ dataDirectory, purpose, masterKey });
}
