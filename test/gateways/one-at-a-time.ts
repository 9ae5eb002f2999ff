import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A place before a listener that lets one connection through at a time, and breaks off whoever else comes meanwhile. */
export class OneAtATime implements Disposable {
  readonly #server: Server;
  readonly #portBehind: () => number;
  #open: readonly Socket[] = [];

  private constructor(portBehind: () => number) {
    this.#portBehind = portBehind;
    this.#server = createServer((socket) => this.#take(socket));
  }

  /** @param portBehind Of the listener, at each connection. */
  static async open(portBehind: () => number): Promise<OneAtATime> {
    const place = new OneAtATime(portBehind);
    place.#server.listen(0, '127.0.0.1');
    await once(place.#server, 'listening');
    return place;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  [Symbol.dispose](): void {
    this.#server.close();
    for (const socket of this.#open) socket.destroy();
  }

  #take(socket: Socket): void {
    socket.on('error', () => socket.destroy());
    if (this.#open.length > 0) {
      socket.destroy();
      return;
    }
    const behind = connect(this.#portBehind(), '127.0.0.1');
    this.#open = [socket, behind];
    behind.on('error', () => behind.destroy());
    behind.on('close', () => socket.destroy());
    socket.on('close', () => {
      behind.destroy();
      this.#open = [];
    });
    socket.pipe(behind).pipe(socket);
  }
}
