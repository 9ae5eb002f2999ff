import { isMissing } from './checkpoint-file.ts';
import { LedgerError } from './ledger-error.ts';
import { openEvidence } from './open-evidence.ts';

/** Of a file of keys, or of what a witness knows of a log. */
const TEXT_BYTES_MAX = 16 * 1024 * 1024;

/**
 * The text of a file, or undefined if there is none.
 *
 * @throws {LedgerError} `ERR_LEDGER_CORRUPT` if it is no file, or too long.
 */
export async function readTextIfPresent(filePath: string): Promise<string | undefined> {
  try {
    await using file = await openEvidence(filePath);
    const { size } = await file.stat();
    if (size <= TEXT_BYTES_MAX) return await file.readFile('utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  throw new LedgerError('ERR_LEDGER_CORRUPT', `Cannot read ${filePath}: it is too long`);
}
