import { readFileSync } from 'node:fs';

/** Linux reports processor time in hundredths of a second on every architecture we run on. */
const TICKS_PER_SECOND = 100;

/** Processor time that a process and those it started have used so far, user and system, in microseconds. */
export function readCpuMicroseconds(pid: number): number {
  return sumFamily(pid, (member) =>
    parseCpuMicroseconds(readFileSync(`/proc/${member}/stat`, 'latin1')),
  );
}

/** Processor time of a process's first thread, to the nanosecond: in microseconds. */
export function readThreadMicroseconds(pid: number): number {
  const [nanoseconds] = readFileSync(`/proc/${pid}/schedstat`, 'latin1').split(' ');
  return Number(nanoseconds) / 1e3;
}

/** Adds up a figure of a process and of those that it started. Of these, some may end while they are looked at. */
function sumFamily(pid: number, read: (pid: number) => number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1');
  return children
    .split(' ')
    .filter(Boolean)
    .reduce((total, child) => total + ignoreEnded(() => sumFamily(Number(child), read)), read(pid));
}

function ignoreEnded(read: () => number): number {
  try {
    return read();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ESRCH') return 0;
    throw error;
  }
}

/**
 * Finds user and system time in the text of `/proc/<pid>/stat`.
 *
 * @see proc(5): fields 14 and 15. The name before them is in parentheses and may contain any.
 */
export function parseCpuMicroseconds(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  return (ticks / TICKS_PER_SECOND) * 1e6;
}

/** Memory of a process and those it started that is in RAM now, in bytes. What they share counts once for each. */
export function readResidentBytes(pid: number): number {
  return sumFamily(pid, (member) => {
    const status = readFileSync(`/proc/${member}/status`, 'latin1');
    // One that has ended, and of which its parent has not heard, has none.
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
  });
}

/** Samples a process's resident memory while `work` runs, and keeps the highest value, in bytes. */
export async function peakResidentBytes(pid: number, work: () => Promise<void>): Promise<number> {
  let peak = readResidentBytes(pid);
  const timer = setInterval(() => {
    peak = Math.max(peak, readResidentBytes(pid));
  }, SAMPLE_MS);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  return Math.max(peak, readResidentBytes(pid));
}

const SAMPLE_MS = 100;
