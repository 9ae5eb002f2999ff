import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProcessStart, isAlive } from './running-process.ts';
import { StoreError } from './store-error.ts';

export interface DirectoryClaim {
  release(): void;
}

/** Who has a directory, as its claim file says. */
interface Holder {
  readonly pid: number;
  /** From {@link findProcessStart}; null where that is unknown. */
  readonly startedTicks: string | null;
}

/**
 * Claims a directory for this process until it ends, however it ends: the claim of a process that is
 * gone counts for nothing.
 *
 * @throws {StoreError} If a running process has it.
 */
export function claimDirectory(directory: string): DirectoryClaim {
  const path = join(directory, 'claim.json');
  const own: Holder = { pid: process.pid, startedTicks: findProcessStart(process.pid) ?? null };
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      writeFileSync(path, JSON.stringify(own), { flag: 'wx', mode: 0o600 });
      return { release: () => rmSync(path, { force: true }) };
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
      const holder = readHolder(path);
      if (holder !== undefined && isRunning(holder)) {
        throw new StoreError(
          `Cannot open the store in ${directory}: process ${holder.pid} uses it; ` +
            'stop that gateway first, or give this one a data directory of its own',
        );
      }
      rmSync(path, { force: true });
    }
  }
  throw new StoreError(`Cannot open the store in ${directory}: another gateway is starting in it`);
}

function readHolder(path: string): Holder | undefined {
  try {
    const parsed: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (typeof parsed !== 'object' || parsed === null) return undefined;
    if (!('pid' in parsed) || typeof parsed.pid !== 'number') return undefined;
    const ticks = 'startedTicks' in parsed ? parsed.startedTicks : null;
    return { pid: parsed.pid, startedTicks: typeof ticks === 'string' ? ticks : null };
  } catch {
    // Cut short by a crash while it was written, or gone meanwhile: nobody's.
    return undefined;
  }
}

function isRunning({ pid, startedTicks }: Holder): boolean {
  if (startedTicks === null) return isAlive(pid);
  return findProcessStart(pid) === startedTicks;
}
