import { readFileSync, readlinkSync } from 'node:fs';

/**
 * When a process started, in the kernel's clock ticks: with the process id it names a process for
 * good, although ids are used again. Undefined when there is no such process, or no /proc.
 *
 * @see proc_pid_stat(5), field 22
 */
export function findProcessStart(pid: number): string | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // The second field is the program's name in parentheses, and may hold spaces and parentheses.
  const afterName = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const state = afterName[0];
  return state === 'Z' || state === 'X' ? undefined : afterName[19];
}

/** Whether a process exists and its working directory is `directory`. */
export function runsIn(pid: number, directory: string): boolean {
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === directory;
  } catch {
    return false;
  }
}

/** Whether a process runs. A zombie, which only waits for its parent to notice, does not. */
export function isAlive(pid: number): boolean {
  if (process.platform === 'linux') return findProcessStart(pid) !== undefined;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
