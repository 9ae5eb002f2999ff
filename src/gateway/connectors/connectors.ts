import { UpstreamError, type UpstreamErrorCode } from '../../protocols/upstream-error.ts';
import type { OpenedStream, OpenStream } from '../../upstream/open-stream.ts';
import { ProtocolError } from '../../wire/protocol-error.ts';
import type { StreamRequest } from '../../wire/tunnel/stream-request.ts';
import { StreamNotOpenedError, type Tunnel } from './tunnel.ts';

/** Milliseconds that a stream waits for a connector that is just not there: it comes back within that, or is gone. */
const RETURN_WAIT_MS = 3_000;

/** Milliseconds for which a connector that did not reach a target comes after those that may. */
const UNREACHED_MS = 30_000;

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
  /** By target, when it was not reached last. */
  readonly #unreached = new WeakMap<Tunnel, Map<string, number>>();
  readonly #nowMs: () => number;

  /** @param nowMs A clock that only goes forward. */
  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs;
  }

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

  /** Opens a stream through the connector with the fewest, of those that reached the target last; where one cannot, through the next. */
  readonly openStream: OpenStream = async (names, request, signal) => {
    const tried = new Set<Tunnel>();
    let refusal: StreamNotOpenedError | undefined;
    const waitUntil = AbortSignal.timeout(RETURN_WAIT_MS);
    for (;;) {
      const tunnel = this.#choose(names, request.target, tried);
      if (tunnel === undefined) {
        if (refusal !== undefined && refusal.code !== 'lost' && refusal.code !== 'leaving') break;
        const isOver = AbortSignal.any([waitUntil, signal]);
        if (!(await this.#waitForTunnel(names, request.target, tried, isOver))) break;
        continue;
      }
      tried.add(tunnel);
      const opened = await this.#tryOpen(tunnel, request, signal);
      if (!(opened instanceof StreamNotOpenedError)) return opened;
      refusal = opened;
      // It may answer again before another is there.
      if (opened.code === 'lost' && !tunnel.isOpen) tried.delete(tunnel);
    }
    signal.throwIfAborted();
    throw describeRefusal(names, refusal);
  };

  #choose(
    names: readonly string[],
    target: string,
    tried: ReadonlySet<Tunnel>,
  ): Tunnel | undefined {
    const open = [...this.#tunnels].filter(
      (tunnel) => names.includes(tunnel.peer.name) && !tried.has(tunnel) && tunnel.isOpen,
    );
    const reaching = open.filter((tunnel) => !this.#didNotReach(tunnel, target));
    let best: Tunnel | undefined;
    for (const tunnel of reaching.length > 0 ? reaching : open) {
      if (best === undefined || tunnel.streamCount < best.streamCount) best = tunnel;
    }
    return best;
  }

  #didNotReach(tunnel: Tunnel, target: string): boolean {
    const atMs = this.#unreached.get(tunnel)?.get(target);
    return atMs !== undefined && this.#nowMs() - atMs < UNREACHED_MS;
  }

  #noteReached(tunnel: Tunnel, target: string, isReached: boolean): void {
    const unreached = this.#unreached.get(tunnel) ?? new Map<string, number>();
    if (isReached) unreached.delete(target);
    else unreached.set(target, this.#nowMs());
    this.#unreached.set(tunnel, unreached);
  }

  async #tryOpen(
    tunnel: Tunnel,
    request: StreamRequest,
    signal: AbortSignal,
  ): Promise<OpenedStream | StreamNotOpenedError> {
    try {
      const opened = await tryOpen(tunnel, request, signal);
      const isRefused = opened instanceof StreamNotOpenedError;
      if (!isRefused || opened.code === 'target-unreachable')
        this.#noteReached(tunnel, request.target, !isRefused);
      return opened;
    } catch (error) {
      // It took longer than whoever asked would wait: a network that drops what is sent says nothing.
      this.#noteReached(tunnel, request.target, false);
      throw error;
    }
  }

  /** @returns Whether there is one. */
  async #waitForTunnel(
    names: readonly string[],
    target: string,
    tried: ReadonlySet<Tunnel>,
    signal: AbortSignal,
  ): Promise<boolean> {
    while (!signal.aborted) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting.add(resolve);
      signal.addEventListener('abort', () => resolve(), { once: true });
      await promise;
      this.#waiting.delete(resolve);
      if (this.#choose(names, target, tried) !== undefined) return true;
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
