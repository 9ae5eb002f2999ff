import { layOutLog } from '../../audit/lay-out-log.ts';
import type { CliHost } from '../command-context.ts';
import { findLog } from '../find-ledger.ts';
import { formatCount } from '../format-count.ts';
import { escapeLine } from '../terminal-text.ts';

/** `sallyport audit tiles` */
export async function runAuditTiles(
  { terminal }: CliHost,
  directory: string,
  log: string,
  output: string,
): Promise<void> {
  const { size, bundlesLeftOut } = await layOutLog(await findLog(directory, log), output);
  terminal.say(`In ${escapeLine(output)}: ${formatCount(size, 'entry', 'entries')}.`);
  if (bundlesLeftOut > 0) {
    const bundles = formatCount(bundlesLeftOut, 'bundle');
    terminal.say(`Left out, as entries have expired: ${bundles}.`);
  }
}
