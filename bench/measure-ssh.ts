import { formatTable } from './format-table.ts';
import { readCpuMicroseconds, readResidentBytes } from './process-usage.ts';
import { Results } from './results.ts';
import { percentile } from './spread.ts';
import { type SshContestant, startSshContestants } from './ssh-contestants.ts';
import { SshShell } from './ssh-shell.ts';
import { transferDown, transferUp } from './ssh-transfer.ts';

/** In the order of the table, and how many digits mean something. */
const MEASURES = {
  'download: MB/s': 0,
  'upload: MB/s': 0,
  'processor per download: s/GB': 2,
  'keystroke to its echo: p50 µs': 0,
  'keystroke to its echo: p99 µs': 0,
  'memory idle: MB': 0,
  'memory with all shells open: MB': 0,
  'memory per shell: KB': 0,
} as const;

type SshMeasure = keyof typeof MEASURES;

/** How much of SSH to measure. */
export interface SshEffort {
  readonly rounds: number;
  readonly transferBytes: number;
  readonly keystrokes: number;
  /** Shells with a terminal that are open at once. */
  readonly shells: number;
}

/** Sign-ins at a time. */
const PARALLEL = 8;

/** Compares ways to the same host: direct, a jump host of OpenSSH, and the gateway. Returns a table. */
export async function measureSsh(effort: SshEffort, say: (line: string) => void): Promise<string> {
  say('Starting a host and a gateway ...');
  await using started = await startSshContestants();
  const { direct, jumpHost, gateway } = started;
  const contestants = [jumpHost, gateway, direct];
  const results = new Results<SshMeasure>();
  for (let round = 1; round <= effort.rounds; round++) {
    for (const contestant of contestants) {
      say(`SSH, round ${round} of ${effort.rounds}: ${contestant.name}`);
      await measureRound(contestant, effort, results);
    }
  }
  say(`${effort.shells} shells`);
  await measureShells(gateway, effort.shells, results);
  return formatTable(
    contestants.map(({ name }) => name),
    results,
    MEASURES,
  );
}

async function measureRound(
  contestant: SshContestant,
  { transferBytes, keystrokes }: SshEffort,
  results: Results<SshMeasure>,
): Promise<void> {
  const { name, pid } = contestant;
  const cpuBefore = pid === undefined ? 0 : readCpuMicroseconds(pid);
  results.add(name, 'download: MB/s', await transferDown(contestant, transferBytes));
  if (pid !== undefined) {
    const cpuSeconds = (readCpuMicroseconds(pid) - cpuBefore) / 1e6;
    results.add(name, 'processor per download: s/GB', cpuSeconds / (transferBytes / 1e9));
  }
  results.add(name, 'upload: MB/s', await transferUp(contestant, transferBytes));
  await using shell = await SshShell.open(contestant);
  const times = await shell.type(keystrokes);
  results.add(name, 'keystroke to its echo: p50 µs', percentile(times, 0.5));
  results.add(name, 'keystroke to its echo: p99 µs', percentile(times, 0.99));
}

async function measureShells(
  contestant: SshContestant,
  count: number,
  results: Results<SshMeasure>,
): Promise<void> {
  const { name, pid } = contestant;
  if (pid === undefined) return;
  await using open = new AsyncDisposableStack();
  const before = readResidentBytes(pid);
  results.add(name, 'memory idle: MB', before / 1e6);
  let left = count;
  const work = async (): Promise<void> => {
    while (left-- > 0) open.use(await SshShell.open(contestant));
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
  const after = readResidentBytes(pid);
  results.add(name, 'memory with all shells open: MB', after / 1e6);
  results.add(name, 'memory per shell: KB', (after - before) / count / 1e3);
}
