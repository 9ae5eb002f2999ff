import path from 'node:path';
import { CHECKOUT } from '../tools/source-file.ts';
import { describeMachine } from './describe-machine.ts';
import { measureSsh, type SshEffort } from './measure-ssh.ts';
import { writeReport } from './write-report.ts';

const REPORT = path.join(CHECKOUT, 'docs', 'ssh-performance.md');
const COMMAND = 'npm run bench -- --ssh --write';

/** About ten minutes. */
const FULL: SshEffort = { rounds: 5, transferBytes: 500e6, keystrokes: 2000, shells: 500 };
/** One, to see whether something is badly off. */
const QUICK: SshEffort = { rounds: 1, transferBytes: 100e6, keystrokes: 300, shells: 20 };

/** `npm run bench -- --ssh`: compares SSH to a host directly, through a jump host, and through the gateway. */
export async function benchSsh(
  options: { readonly isQuick: boolean; readonly isWritten: boolean },
  say: (line: string) => void,
): Promise<void> {
  const effort = options.isQuick ? QUICK : FULL;
  const table = await measureSsh(effort, say);
  const text = [
    table,
    '',
    ...describeMachine().map((line) => `- ${line}`),
    `- ${effort.rounds} rounds of ${effort.transferBytes / 1e6} MB each way and ${effort.keystrokes} keystrokes; median of the rounds ` +
      '(lowest–highest) and ratio within a round to the first column that has the figure',
    `- ${effort.shells} shells with terminals open at once, measured once`,
  ].join('\n');
  console.log(text);
  if (options.isWritten) await writeReport(REPORT, text, COMMAND);
}
