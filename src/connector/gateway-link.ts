import type { Address } from '../configuration/fields.ts';
import { logGatewayUnreachable, logTunnel } from '../telemetry/events.ts';
import type { Log } from '../telemetry/log.ts';
import type { GatewayMessage } from '../wire/tunnel/control-message.ts';
import { ConnectorTunnel, type ConnectorTunnelOptions } from './connector-tunnel.ts';
import { type DialedGateway, type DialOptions, dialGateway } from './dial-gateway.ts';

/** Milliseconds between attempts, at first and at most. A tunnel that was lost is wanted back at once. */
const RETRY_MS = 100;
const RETRY_MAX_MS = 500;
/** Milliseconds until a process that is said to be there, and was not met, is looked for again. */
const LOOK_AGAIN_MS = 5_000;
/** Milliseconds until a gateway has to say who it is. */
const WELCOME_TIMEOUT_MS = 10_000;

export interface GatewayLinkParts {
  readonly address: Address;
  /** Who we are at this moment. */
  readonly dial: () => Pick<DialOptions, 'authorityPem' | 'identity' | 'application'>;
  readonly tunnel: Omit<ConnectorTunnelOptions, 'onMessage' | 'onLiveness' | 'onEnd'>;
  /** What is said beside the welcome. */
  readonly onMessage: (
    tunnel: ConnectorTunnel,
    message: Exclude<GatewayMessage, { readonly kind: 'welcome' }>,
  ) => void;
  /** A tunnel is open, or one is lost. */
  readonly onChange: () => void;
  readonly log: Log;
}

/** Keeps a tunnel to each process of the gateways behind one address. */
export class GatewayLink implements Disposable {
  readonly #parts: GatewayLinkParts;
  readonly #tunnels = new Set<ConnectorTunnel>();
  /** Processes that were said to be behind the address. */
  #processes: readonly string[] = [];
  readonly #stopping = new AbortController();
  /** Wakes what waits to dial. */
  #wake: () => void = () => undefined;

  constructor(parts: GatewayLinkParts) {
    this.#parts = parts;
    void this.#run();
  }

  /** Those that do. */
  get tunnels(): readonly ConnectorTunnel[] {
    return [...this.#tunnels].filter(({ isAlive }) => isAlive);
  }

  /** All, those too that only carry what was opened before. */
  get streamCount(): number {
    return [...this.#tunnels].reduce((sum, { streamCount }) => sum + streamCount, 0);
  }

  /** Takes no new streams; tunnels end with their last one. */
  leave(): void {
    this.#stopping.abort();
    for (const tunnel of this.#tunnels) tunnel.leave();
  }

  [Symbol.dispose](): void {
    this.#stopping.abort();
    for (const tunnel of this.#tunnels) tunnel.end();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    let delayMs = 0;
    while (!signal.aborted) {
      const isMissing = this.tunnels.length === 0;
      const opened = this.#isCovered() ? 'covered' : await this.#open();
      if (opened === 'opened') delayMs = 0;
      else if (opened === 'covered') delayMs = Number.POSITIVE_INFINITY;
      else if (!isMissing) delayMs = LOOK_AGAIN_MS;
      else delayMs = Math.min(RETRY_MAX_MS, Math.max(RETRY_MS, delayMs * 2));
      if (!signal.aborted) await this.#sleep(delayMs);
    }
  }

  /** Whether each process is met by a tunnel that does. */
  #isCovered(): boolean {
    const met = new Set(this.tunnels.map(({ process }) => process));
    return met.size > 0 && this.#processes.every((process) => met.has(process));
  }

  async #open(): Promise<'opened' | 'met' | 'failed'> {
    const { address, dial, log } = this.#parts;
    const { signal } = this.#stopping;
    let dialed: DialedGateway;
    try {
      dialed = await dialGateway({ ...dial(), address }, signal);
    } catch (error) {
      if (!signal.aborted) {
        const code = (error as NodeJS.ErrnoException).code ?? (error as Error).name;
        logGatewayUnreachable(log, { gateway: `${address.host}:${address.port}`, code });
      }
      return 'failed';
    }
    const { tunnel, welcome } = this.#serve(dialed);
    const message = await welcome;
    if (message === undefined) return 'failed';
    const twin = this.tunnels.find(({ process }) => process === message.process);
    this.#processes = message.processes;
    if (twin !== undefined) {
      tunnel.end();
      return 'met';
    }
    tunnel.process = message.process;
    // What does not answer any more is not offered again; what it carries may still come back.
    for (const other of this.#tunnels) {
      if (other.process === message.process && other !== tunnel) other.leave();
    }
    this.#tunnels.add(tunnel);
    logTunnel(log, { gateway: message.process, state: 'open' });
    this.#parts.onChange();
    return 'opened';
  }

  #serve(dialed: DialedGateway): {
    readonly tunnel: ConnectorTunnel;
    readonly welcome: Promise<(GatewayMessage & { readonly kind: 'welcome' }) | undefined>;
  } {
    const { promise, resolve } = Promise.withResolvers<
      (GatewayMessage & { readonly kind: 'welcome' }) | undefined
    >();
    const giveUp = (): void => resolve(undefined);
    const timer = setTimeout(giveUp, WELCOME_TIMEOUT_MS);
    const { signal } = this.#stopping;
    signal.addEventListener('abort', giveUp);
    const tunnel = new ConnectorTunnel(dialed, {
      ...this.#parts.tunnel,
      onMessage: (of, message) => {
        if (message.kind === 'welcome') {
          resolve(message);
          if (of.process === message.process) this.#hearOf(message.processes);
        } else this.#parts.onMessage(of, message);
      },
      onLiveness: (of) => this.#change(of, of.isAlive ? 'open' : 'suspect'),
      onEnd: (of) => {
        giveUp();
        this.#tunnels.delete(of);
        this.#change(of, 'ended');
      },
    });
    void promise.then((message) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', giveUp);
      if (message === undefined) tunnel.end();
    });
    return { tunnel, welcome: promise };
  }

  /** Other processes are there than when the tunnel began. */
  #hearOf(processes: readonly string[]): void {
    this.#processes = processes;
    this.#wake();
  }

  #change({ process }: ConnectorTunnel, state: 'open' | 'suspect' | 'ended'): void {
    if (process !== undefined) logTunnel(this.#parts.log, { gateway: process, state });
    this.#parts.onChange();
    this.#wake();
  }

  async #sleep(delayMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    const timer = Number.isFinite(delayMs) ? setTimeout(resolve, delayMs) : undefined;
    const { signal } = this.#stopping;
    const wake = (): void => resolve();
    signal.addEventListener('abort', wake);
    await promise;
    signal.removeEventListener('abort', wake);
    clearTimeout(timer);
  }
}
