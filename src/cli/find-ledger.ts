import { existsSync } from 'node:fs';
import { join } from 'node:path';
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
