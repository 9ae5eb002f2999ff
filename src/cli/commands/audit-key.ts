import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { requestKeyChange } from '../../audit/change-key.ts';
import { logPaths } from '../../audit/ledger-layout.ts';
import { CliError, EXIT } from '../cli-error.ts';
import type { CliHost } from '../command-context.ts';

/** `sallyport audit change-key` */
export async function runAuditChangeKey(
  { terminal }: CliHost,
  dataDirectory: string,
  wanted: readonly string[],
): Promise<void> {
  const files = await readdir(path.join(dataDirectory, 'keys')).catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw error;
  });
  const logs = files.flatMap((file) => /^ledger-(.+)\.key$/.exec(file)?.[1] ?? []);
  const unknown = wanted.find((log) => !logs.includes(log));
  if (logs.length === 0 || unknown !== undefined) {
    throw new CliError(
      EXIT.failure,
      unknown === undefined
        ? `No log is written in ${dataDirectory}`
        : `No log ${unknown} is written in ${dataDirectory}`,
      "Name the gateway's data directory, and logs whose keys lie there.",
    );
  }
  for (const log of wanted.length > 0 ? wanted : logs) {
    await requestKeyChange(logPaths(dataDirectory, log));
    terminal.print(`${log}: the gateway changes its key at its next checkpoint, or at its start.`);
  }
  terminal.say('Give the new keys (ledger/keys/<log>.pub) to witnesses and to those who verify.');
}
