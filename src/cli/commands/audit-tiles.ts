import path from 'node:path';
import { layOutLog } from '../../audit/lay-out-log.ts';
import { LOG_NAME } from '../../audit/segment-format.ts';
import { CliError, EXIT } from '../cli-error.ts';
import type { CliHost } from '../command-context.ts';
import { findLedger } from '../find-ledger.ts';
import { formatCount } from '../format-count.ts';
import { escapeLine } from '../terminal-text.ts';

/** `sallyport audit tiles` */
export async function runAuditTiles(
  { terminal }: CliHost,
  directory: string,
  log: string,
  output: string,
): Promise<void> {
  if (!LOG_NAME.test(log)) throw new CliError(EXIT.usage, `${log} is no log`, 'Such as gw-1.0.');
  const { size, bundlesLeftOut } = await layOutLog(path.join(findLedger(directory), log), output);
  terminal.say(`In ${escapeLine(output)}: ${formatCount(size, 'entry', 'entries')}.`);
  if (bundlesLeftOut > 0) {
    const bundles = formatCount(bundlesLeftOut, 'bundle');
    terminal.say(`Left out, as entries have expired: ${bundles}.`);
  }
}
