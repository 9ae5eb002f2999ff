import type { ControlPlane } from '../control-plane/start-control-plane.ts';
import type { CarriedStreams } from '../gateway/peers/carried-streams.ts';
import type { GatewayProcess } from './gateway-process.ts';
import { waitAtMost } from './stop-signals.ts';
import type { WorkerPool } from './worker-pool.ts';

/** What comes to its end. */
export interface DrainedParts {
  readonly own: GatewayProcess;
  /** Undefined where the first process serves sessions itself. */
  readonly pool: WorkerPool | undefined;
  /** For sessions of other gateways, through connectors that are attached to this one. */
  readonly carried: CarriedStreams;
  /** Undefined where it is not served. */
  readonly controlPlane: Pick<ControlPlane, 'drain'> | undefined;
}

/** Milliseconds for requests to the control plane; its streams of events begin anew elsewhere. */
const CONTROL_PLANE_MS_MAX = 2_000;

/**
 * Lets a gateway come to its end: new connections are served until others have had time to turn away, those that
 * there are for as long as the configuration says. The control plane is the last: an operation that waits for a
 * review can still get it here.
 */
export async function drainGateway(
  { own, pool, carried, controlPlane }: DrainedParts,
  ending: AbortSignal,
): Promise<void> {
  const { announceMs, timeoutMs } = own.configuration.drain;
  void own.beat.drain();
  await waitAtMost(announceMs, ending);
  if (ending.aborted) return;
  const ended = Promise.all([pool?.drain() ?? own.dataPlane.drain(), carried.untilNone()]);
  await waitAtMost(timeoutMs, ending, ended);
  if (ending.aborted) return;
  await waitAtMost(CONTROL_PLANE_MS_MAX, ending, controlPlane?.drain() ?? Promise.resolve());
}
