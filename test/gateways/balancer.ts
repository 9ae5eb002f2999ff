import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** A place that connections go to while it says that it is ready. */
export interface Backend {
  /** On 127.0.0.1. */
  readonly port: number;
  /** Where `/readyz` is asked. */
  readonly healthPort: number;
}

/** Milliseconds between two looks. */
const LOOK_INTERVAL_MS = 100;

/** What stands before gateways: it passes each connection on to one that was ready when last asked, in turn. */
export class Balancer implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #backends = new Map<Backend, 'ready' | 'away'>();
  readonly #over = new AbortController();
  readonly #looking: Promise<void>;
  #turn = 0;

  private constructor(server: Server) {
    this.#server = server;
    this.#looking = this.#keepLooking();
  }

  static async open(): Promise<Balancer> {
    const server = createServer({ allowHalfOpen: true });
    const balancer = new Balancer(server);
    server.on('connection', (socket) => balancer.#accept(socket));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return balancer;
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('The balancer is closed');
    return address.port;
  }

  get readyCount(): number {
    return this.#ready().length;
  }

  add(backend: Backend): void {
    this.#backends.set(backend, 'away');
  }

  remove(backend: Backend): void {
    this.#backends.delete(backend);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort();
    await this.#looking;
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #ready(): readonly Backend[] {
    return [...this.#backends].filter(([, state]) => state === 'ready').map(([backend]) => backend);
  }

  async #keepLooking(): Promise<void> {
    const { signal } = this.#over;
    while (!signal.aborted) {
      await Promise.all(
        [...this.#backends.keys()].map(async (backend) => {
          const state = (await isReady(backend)) ? 'ready' : 'away';
          if (this.#backends.has(backend)) this.#backends.set(backend, state);
        }),
      );
      await delay(LOOK_INTERVAL_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  #accept(client: Socket): void {
    const ready = this.#ready();
    const backend = ready[this.#turn++ % ready.length];
    if (backend === undefined) {
      client.destroy();
      return;
    }
    const gateway = connect({ port: backend.port, host: '127.0.0.1', allowHalfOpen: true });
    for (const [from, to] of [
      [client, gateway],
      [gateway, client],
    ] as const) {
      this.#sockets.add(from);
      from.pipe(to);
      from.on('error', () => from.destroy());
      from.on('close', () => {
        this.#sockets.delete(from);
        to.destroy();
      });
    }
  }
}

async function isReady({ healthPort: port }: Backend): Promise<boolean> {
  try {
    const request = get({ port, host: '127.0.0.1', path: '/readyz', agent: false });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    response.resume();
    return response.statusCode === 200;
  } catch {
    return false;
  }
}
