import { statSync } from 'node:fs';
import { join } from 'node:path';
import { type RecordingsReport, verifyRecordings } from '../../audit/verify-recordings.ts';
import { CliError, EXIT } from '../cli-error.ts';
import type { CliHost, JsonOption } from '../command-context.ts';
import { findLedger } from '../find-ledger.ts';
import type { Terminal } from '../terminal.ts';
import { escapeLine } from '../terminal-text.ts';

/** `sallyport sessions verify`: exits 1 if a recording is not as the ledger says. */
export async function runSessionsVerify(
  { terminal }: CliHost,
  directory: string,
  id: string | undefined,
  { json }: JsonOption,
): Promise<number> {
  const recordings = findRecordings(directory);
  if (recordings === undefined) {
    throw new CliError(EXIT.failure, `There are no recordings in ${directory}`);
  }
  const options = id === undefined ? {} : { session: id };
  const report = await verifyRecordings(findLedger(directory), recordings, options);
  const { compared, removed, problems } = report;
  if (id !== undefined && compared + removed + problems.length === 0) {
    throw new CliError(EXIT.failure, `The ledger has no recording of a session ${id}`);
  }
  if (json === true) terminal.printJson(report);
  else printRecordings(terminal, report);
  return report.ok ? EXIT.ok : EXIT.failure;
}

/**
 * Where recordings lie in a data directory or a copy of one; undefined if there are none.
 *
 * @throws If that cannot be seen: another account's are not called none.
 */
export function findRecordings(directory: string): string | undefined {
  const recordings = join(directory, 'recordings');
  return statSync(recordings, { throwIfNoEntry: false }) === undefined ? undefined : recordings;
}

/** Says how recordings compare with the ledger. */
export function printRecordings(
  terminal: Terminal,
  { ok, compared, removed, problems }: RecordingsReport,
): void {
  for (const { session, path, problem } of problems) {
    terminal.print(terminal.style('red', escapeLine(`${path}: ${problem} (session ${session})`)));
  }
  if (removed > 0) {
    terminal.say(`Note: ${count(removed)} not here any more; the ledger says why.`);
  }
  terminal.print(
    ok
      ? `${count(compared)} as the ledger says.`
      : `${count(problems.length)} NOT as the ledger says; ${compared} as it says.`,
  );
}

function count(recordings: number): string {
  return recordings === 1 ? '1 recording is' : `${recordings} recordings are`;
}
