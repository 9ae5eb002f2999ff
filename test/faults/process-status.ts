import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

const STABLE_MS = 500;

/** Resident memory of a process, in KiB, as the kernel counts it. */
export function readResidentKib(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]);
}

/** File descriptors that a process has open. */
export function countOpenFiles(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

/** Waits until `isTrue`, looking often; returns whether it became so within `timeoutMs`. */
export async function becomes(isTrue: () => boolean, timeoutMs: number): Promise<boolean> {
  const until = performance.now() + timeoutMs;
  while (!isTrue()) {
    if (performance.now() > until) return false;
    await delay(20);
  }
  return true;
}

/** Samples a process's memory until stopped. */
export class MemorySampler {
  readonly #timer: NodeJS.Timeout;
  readonly samplesKib: number[] = [];

  constructor(pid: number, intervalMs: number) {
    this.#timer = setInterval(() => this.samplesKib.push(readResidentKib(pid)), intervalMs);
  }

  get peakKib(): number {
    return Math.max(...this.samplesKib);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

/** Waits until a process's memory has stopped growing, for what is done in the background. */
export async function settledResidentKib(pid: number): Promise<number> {
  let before = readResidentKib(pid);
  for (;;) {
    await delay(STABLE_MS);
    const now = readResidentKib(pid);
    if (Math.abs(now - before) < before / 200) return now;
    before = now;
  }
}
