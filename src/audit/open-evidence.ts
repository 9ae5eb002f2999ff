import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { codeOf, LedgerError } from './ledger-error.ts';

/**
 * Opens a file that somebody else may have put there. A pipe or a device would be read for ever, or never answer.
 *
 * @throws {LedgerError} `ERR_LEDGER_CORRUPT` if it is no file.
 */
export async function openEvidence(filePath: string): Promise<FileHandle> {
  const file = await open(filePath, constants.O_RDONLY | constants.O_NONBLOCK);
  if ((await file.stat()).isFile()) return file;
  await file.close();
  throw new LedgerError('ERR_LEDGER_CORRUPT', `Cannot read ${filePath}: it is no file`);
}

/** Why a file cannot be read, in few words; undefined if that is not what failed. */
export function complainOfFile(error: unknown): string | undefined {
  if (error instanceof LedgerError) return error.message.replace(/^Cannot read .*?: /, '');
  return error instanceof Error ? codeOf(error) : undefined;
}
