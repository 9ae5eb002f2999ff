import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { listLogs } from '../audit/list-logs.ts';
import { CliError, EXIT } from './cli-error.ts';

/**
 * A ledger directory, or the data directory that holds one.
 *
 * @throws {CliError} If there is no such directory.
 */
export function findLedger(directory: string): string {
  const inside = join(directory, 'ledger');
  if (existsSync(inside)) return inside;
  if (existsSync(directory)) return directory;
  throw new CliError(
    EXIT.failure,
    `There is no directory ${directory}`,
    "Name the gateway's data directory, or a copy of its ledger directory.",
  );
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
