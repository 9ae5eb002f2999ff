import { setTimeout as delay } from 'node:timers/promises';
import { logGatewayStopping } from '../telemetry/events.ts';
import type { Log } from '../telemetry/log.ts';

/** How a gateway is told to stop. */
export interface StopSignals {
  /** By SIGTERM: what runs may come to its end. */
  readonly draining: AbortSignal;
  /** By SIGINT, or SIGTERM once more: what runs ends now. */
  readonly ending: AbortSignal;
}

/** Waits for the signals that stop this process. */
export function watchStopSignals(log: Log): StopSignals {
  const draining = new AbortController();
  const ending = new AbortController();
  const stop = (signal: 'SIGTERM' | 'SIGINT'): void => {
    if (ending.signal.aborted) return;
    logGatewayStopping(log, signal);
    if (signal === 'SIGINT' || draining.signal.aborted) ending.abort();
    draining.abort();
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  return { draining: draining.signal, ending: ending.signal };
}

/** Waits for `work`, but not for longer than this and not once `ending` aborts. */
export async function waitAtMost(
  ms: number,
  ending: AbortSignal,
  work: Promise<unknown> = new Promise(() => undefined),
): Promise<void> {
  const over = new AbortController();
  const signal = AbortSignal.any([ending, over.signal]);
  await Promise.race([work, delay(ms, undefined, { signal }).catch(() => undefined)]);
  over.abort();
}
