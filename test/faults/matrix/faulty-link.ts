import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** What a link does to whoever uses it. */
export type LinkState =
  | { readonly kind: 'up' }
  /** Refuses connections, and cuts those that there are. */
  | { readonly kind: 'down' }
  /** Takes everything and passes nothing on: the other side looks dead. */
  | { readonly kind: 'silent' }
  | { readonly kind: 'slow'; readonly delayMs: number };

/** A TCP connection to a service that breaks when told to. The kernel here has no netem, so a process stands between. */
export class FaultyLink implements AsyncDisposable {
  readonly #server: Server;
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  #state: LinkState = { kind: 'up' };
  #bytesLost = 0;
  #targetPort: number;

  private constructor(server: Server, targetPort: number) {
    this.#server = server;
    this.#targetPort = targetPort;
  }

  /** @param targetPort Where the service listens on 127.0.0.1. */
  static async open(targetPort: number): Promise<FaultyLink> {
    const server = createServer({ allowHalfOpen: true });
    const link = new FaultyLink(server, targetPort);
    server.on('connection', (socket) => link.#accept(socket));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return link;
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('The link is closed');
    return address.port;
  }

  /** Where it leads to. */
  get targetPort(): number {
    return this.#targetPort;
  }

  /** Bytes that were taken and never passed on. */
  get bytesLost(): number {
    return this.#bytesLost;
  }

  set(state: LinkState): void {
    this.#state = state;
    if (state.kind === 'down') this.#cut();
  }

  /** Leads elsewhere from now on; connections that there are end. */
  retarget(port: number): void {
    this.#targetPort = port;
    this.#cut();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#cut();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #cut(): void {
    for (const sockets of this.#pairs) for (const socket of sockets) socket.destroy();
  }

  #accept(client: Socket): void {
    client.on('error', () => client.destroy());
    if (this.#state.kind === 'down') {
      client.resetAndDestroy();
      return;
    }
    const service = connect(this.#targetPort, '127.0.0.1');
    const pair = [client, service] as const;
    this.#pairs.add(pair);
    for (const [from, to] of [pair, [service, client]] as const) {
      from.setNoDelay(true);
      from.on('data', (bytes: Buffer) => this.#pass(from, to, bytes));
      from.on('end', () => void this.#afterDelay(() => to.end()));
      from.on('error', () => from.destroy());
      from.on('close', () => {
        to.destroy();
        this.#pairs.delete(pair);
      });
    }
  }

  #pass(from: Socket, to: Socket, bytes: Buffer): void {
    const write = (): void => {
      if (to.destroyed) return;
      if (!to.write(bytes)) {
        from.pause();
        to.once('drain', () => from.resume());
      }
    };
    if (!this.#afterDelay(write)) this.#bytesLost += bytes.length;
  }

  /** @returns Whether it is done at all. */
  #afterDelay(act: () => void): boolean {
    switch (this.#state.kind) {
      case 'up':
        act();
        return true;
      case 'slow':
        setTimeout(act, this.#state.delayMs);
        return true;
      case 'down':
      case 'silent':
        return false;
    }
  }
}
