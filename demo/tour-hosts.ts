import { spawn } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { ReportsHost } from './reports-host.ts';
import type { SallyportCommand } from './sallyport-command.ts';
import { expect, type Step, waitFor } from './tour-step.ts';

/** Who takes part in the steps on hosts. */
export interface HostSteps {
  readonly host: ReportsHost;
  /** Where ana's sign-in left what OpenSSH needs. */
  readonly anaHome: string;
  /** Where files that ana gets are put. */
  readonly directory: string;
  readonly petra: SallyportCommand;
}

interface ProgramOutcome {
  readonly output: string;
  readonly errors: string;
  readonly code: number | null;
}

const PROGRAM_TIMEOUT_MS = 60_000;

/** SSH, with the client that everybody has. */
export function hostSteps(parts: HostSteps): readonly Step[] {
  return [
    {
      title: 'ana looks at the reports with plain ssh, and accepts no unknown key',
      run: () => lookAtReports(parts),
    },
    { title: 'rm -rf / is refused before the host hears of it', run: () => deleteAll(parts) },
    {
      title: 'systemctl stop waits; petra approves it, and it runs',
      run: () => stopService(parts),
    },
    {
      title: 'sftp gives ana the reports, masked, and no other file',
      run: () => fetchReport(parts),
    },
  ];
}

async function lookAtReports(parts: HostSteps): Promise<string> {
  const { output, errors, code } = await ssh(parts, 'ssh', ['ls', parts.host.directory]);
  expect(code === 0 && output.trim() === '2026-05.csv', 'a list of files', output + errors);
  return output.trim();
}

async function deleteAll(parts: HostSteps): Promise<string> {
  const { output, errors, code } = await ssh(parts, 'ssh', ['rm -rf /']);
  expect(code !== 0 && errors.includes('Whole directories'), 'a refusal', output + errors);
  return errors.trim();
}

async function stopService(parts: HostSteps): Promise<string> {
  const stopped = ssh(parts, 'ssh', ['systemctl stop billing']);
  const id = await waitFor(async () => {
    const { output } = await parts.petra.run('reviews', 'list', '--kind', 'operation', '--json');
    return /"id":\s*"(req_[\w-]+)"/.exec(output)?.[1];
  });
  const verdict = await parts.petra.run('reviews', 'approve', id);
  expect(verdict.code === 0, 'an approval', verdict.output + verdict.errors);
  const { output, errors, code } = await stopped;
  expect(code === 0 && output.includes('stop billing'), 'its output', output + errors);
  return `request ${id} was approved: ${output.trim()}`;
}

async function fetchReport(parts: HostSteps): Promise<string> {
  const { host, directory } = parts;
  const got = join(directory, 'report.csv');
  const batch = `get ${host.directory}/2026-05.csv ${got}\nget /etc/passwd ${got}.passwd\n`;
  const { output, errors, code } = await ssh(parts, 'sftp', [], batch);
  expect(code !== 0 && /\/etc\/passwd/.test(errors), 'a refusal of the second', output + errors);
  const [, row = ''] = (await readFile(got, 'utf8')).split('\n');
  expect(/^ps1_\w+,\[redacted\],\*{7}6712,Cardiology,1840\.00$/.test(row), 'a masked row', row);
  return row;
}

/** Runs a client of OpenSSH as ana, with what `sallyport login` wrote and nothing else. */
async function ssh(
  { anaHome }: HostSteps,
  program: 'ssh' | 'sftp',
  words: readonly string[],
  input = '',
): Promise<ProgramOutcome> {
  const folder = join(anaHome, 'sallyport/ssh');
  const [gateway = ''] = await readdir(folder);
  const options = [
    '-F',
    join(folder, gateway, 'config'),
    ...(program === 'sftp' ? ['-b', '-'] : []),
  ];
  const child = spawn(program, [...options, 'reports.sallyport', ...words], {
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: PROGRAM_TIMEOUT_MS,
  });
  child.stdin.end(input);
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  const [output, errors, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { output, errors, code };
}
