import { readFile } from 'node:fs/promises';
import { CliError, EXIT } from './cli-error.ts';

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'you may not read it',
  EISDIR: 'it is a directory',
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EPERM: 'you may not read it',
};

/**
 * Reads a file that somebody named in a command.
 *
 * @throws {CliError} That names the file and says what is in the way.
 */
export async function readNamedFile(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'no answer';
    const reason = REASONS[code] ?? code;
    throw new CliError(EXIT.failure, `Cannot read ${path}: ${reason}`, undefined, { cause });
  }
}

/** The same of a text. @throws {CliError} */
export async function readNamedText(path: string): Promise<string> {
  return (await readNamedFile(path)).toString('utf8');
}
