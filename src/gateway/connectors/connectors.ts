import { UpstreamError, type UpstreamErrorCode } from '../../protocols/upstream-error.ts';
import type { OpenedStream, OpenStream } from '../../upstream/open-stream.ts';
import { ProtocolError } from '../../wire/protocol-error.ts';
import type { StreamRequest } from '../../wire/tunnel/stream-request.ts';
import { StreamNotOpenedError, type Tunnel } from './tunnel.ts';

/** Milliseconds that a stream waits for a connector that is just not there: it comes back within that, or is gone. */
const RETURN_WAIT_MS = 3_000;

/** What of a refusal those who ask for a target are told. */
const CODES: Readonly<Record<StreamNotOpenedError['code'], UpstreamErrorCode>> = {
  malformed: 'ERR_UPSTREAM_UNREACHABLE',
  'target-unknown': 'ERR_UPSTREAM_UNREACHABLE',
  'kind-not-served': 'ERR_UPSTREAM_UNREACHABLE',
  'login-not-accepted': 'ERR_UPSTREAM_LOGIN',
  'target-unreachable': 'ERR_UPSTREAM_UNREACHABLE',
  'login-failed': 'ERR_UPSTREAM_LOGIN',
  'too-many-streams': 'ERR_UPSTREAM_UNREACHABLE',
  leaving: 'ERR_UPSTREAM_UNREACHABLE',
  failed: 'ERR_UPSTREAM_UNREACHABLE',
  lost: 'ERR_UPSTREAM_UNREACHABLE',
};

/** The tunnels that end in this process, and the streams through them. */
export class Connectors {
  readonly #tunnels = new Set<Tunnel>();
  /** Streams that wait for a tunnel; each is told when there may be one. */
  readonly #waiting = new Set<() => void>();

  /** The tunnels that are there. */
  get tunnels(): readonly Tunnel[] {
    return [...this.#tunnels];
  }

  add(tunnel: Tunnel): void {
    this.#tunnels.add(tunnel);
    this.noteChange();
  }

  delete(tunnel: Tunnel): void {
    this.#tunnels.delete(tunnel);
  }

  /** A tunnel may take streams again that did not. */
  noteChange(): void {
    for (const tell of this.#waiting) tell();
  }

  /** Opens a stream through the connector with the fewest; where one cannot, through the next. */
  readonly openStream: OpenStream = async (names, request, signal) => {
    const tried = new Set<Tunnel>();
    let refusal: StreamNotOpenedError | undefined;
    const waitUntil = AbortSignal.timeout(RETURN_WAIT_MS);
    for (;;) {
      const tunnel = this.#choose(names, tried);
      if (tunnel === undefined) {
        if (refusal !== undefined && refusal.code !== 'lost' && refusal.code !== 'leaving') break;
        if (!(await this.#waitForTunnel(names, tried, AbortSignal.any([waitUntil, signal])))) break;
        continue;
      }
      tried.add(tunnel);
      const opened = await tryOpen(tunnel, request, signal);
      if (!(opened instanceof StreamNotOpenedError)) return opened;
      refusal = opened;
      // It may answer again before another is there.
      if (opened.code === 'lost' && !tunnel.isOpen) tried.delete(tunnel);
    }
    signal.throwIfAborted();
    throw describeRefusal(names, refusal);
  };

  #choose(names: readonly string[], tried: ReadonlySet<Tunnel>): Tunnel | undefined {
    let best: Tunnel | undefined;
    for (const tunnel of this.#tunnels) {
      if (!names.includes(tunnel.peer.name) || tried.has(tunnel) || !tunnel.isOpen) continue;
      if (best === undefined || tunnel.streamCount < best.streamCount) best = tunnel;
    }
    return best;
  }

  /** @returns Whether there is one. */
  async #waitForTunnel(
    names: readonly string[],
    tried: ReadonlySet<Tunnel>,
    signal: AbortSignal,
  ): Promise<boolean> {
    while (!signal.aborted) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting.add(resolve);
      signal.addEventListener('abort', () => resolve(), { once: true });
      await promise;
      this.#waiting.delete(resolve);
      if (this.#choose(names, tried) !== undefined) return true;
    }
    return false;
  }
}

async function tryOpen(
  tunnel: Tunnel,
  request: StreamRequest,
  signal: AbortSignal,
): Promise<OpenedStream | StreamNotOpenedError> {
  try {
    return await tunnel.open(request, signal);
  } catch (error) {
    if (error instanceof StreamNotOpenedError) return error;
    if (!(error instanceof ProtocolError)) throw error;
    // It does not speak as a connector does: nothing of what it carries can be relied on.
    tunnel.end('sent what nobody understands');
    return new StreamNotOpenedError('failed', 'answers what nobody understands', { cause: error });
  }
}

function describeRefusal(
  names: readonly string[],
  refusal: StreamNotOpenedError | undefined,
): UpstreamError {
  const through = `connector ${names.join(' or ')}`;
  if (refusal === undefined) {
    return new UpstreamError('ERR_UPSTREAM_UNREACHABLE', `${through} is not connected`);
  }
  // The code only: the message is the connector's.
  const reason = `${through} says ${refusal.code}`;
  return new UpstreamError(CODES[refusal.code], reason, { cause: refusal });
}
