import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKPOINTS_FILE, REGISTRY_FILE } from '../audit/ledger-layout.ts';
import { listLogs } from '../audit/list-logs.ts';
import { parseSegmentFileName } from '../audit/segment-format.ts';
import { CliError, EXIT } from './cli-error.ts';

/**
 * A ledger directory, or the data directory that holds one.
 *
 * @throws {CliError} If there is none: what never was a ledger is not called a damaged one.
 */
export function findLedger(directory: string): string {
  const found = [join(directory, 'ledger'), directory].find(isLedger);
  if (found !== undefined) return found;
  throw new CliError(
    EXIT.failure,
    existsSync(directory)
      ? `There is no ledger in ${directory}`
      : `There is no directory ${directory}`,
    "Name the gateway's data directory, or a copy of its ledger directory.",
  );
}

/** Whether anything in it is of a ledger. */
function isLedger(directory: string): boolean {
  return namesIn(directory).some(
    (name) =>
      name === REGISTRY_FILE ||
      namesIn(join(directory, name)).some(
        (file) => file === CHECKPOINTS_FILE || parseSegmentFileName(file) !== undefined,
      ),
  );
}

/** Nothing where there is no directory. */
function namesIn(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw error;
  }
}

/**
 * One log of a ledger.
 *
 * @throws {CliError} If there is none of this name.
 */
export async function findLog(directory: string, name: string): Promise<string> {
  const ledger = findLedger(directory);
  const names = await listLogs(ledger);
  if (names.includes(name)) return join(ledger, name);
  throw new CliError(
    EXIT.failure,
    `There is no log ${name} in ${directory}`,
    names.length === 0 ? undefined : `There are: ${names.join(', ')}.`,
  );
}
