import type { z } from 'zod';

import { duration, section } from './fields.ts';

/** The section `drain` of `sallyport.yaml`: how a gateway stops that is told to by SIGTERM. */
export interface DrainSettings {
  /** Milliseconds for which it says that it is not ready, and goes on taking connections: balancers turn away meanwhile. */
  readonly announceMs: number;
  /** Milliseconds after that for sessions to end by themselves; what runs then is ended. */
  readonly timeoutMs: number;
}

/** As in the file: what is not said depends on whether there may be other gateways. */
interface DrainFields {
  readonly announce?: number | undefined;
  readonly timeout: number;
}

/** Nobody turns away from a gateway that is the only one. */
const ANNOUNCE_MS_AMONG_OTHERS = 5_000;

export function drainSchema(): z.ZodType<DrainFields> {
  return section({
    announce: duration('0s', '5m').optional(),
    timeout: duration('0s', '7d').prefault('30s'),
  }).prefault({});
}

/** @param isShared Whether other gateways may use the same store. */
export function completeDrain(
  { announce, timeout }: DrainFields,
  isShared: boolean,
): DrainSettings {
  return { announceMs: announce ?? (isShared ? ANNOUNCE_MS_AMONG_OTHERS : 0), timeoutMs: timeout };
}
