import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';

const NUMBERED = /INSERT INTO executed VALUES \((\d+)\)/g;
/** Characters of a message that may be cut by the end of a read. */
const OVERLAP = 64;

/** Takes what an export sends by syslog, and remembers the numbers of the statements in it. */
export class SyslogSink implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly numbers: ReadonlySet<number>;

  private constructor(server: Server, numbers: Set<number>) {
    this.#server = server;
    this.numbers = numbers;
    server.on('connection', (socket) => {
      this.#sockets.add(socket);
      let rest = '';
      socket.setEncoding('utf8').on('data', (text: string) => {
        const whole = rest + text;
        for (const [, number] of whole.matchAll(NUMBERED)) numbers.add(Number(number));
        rest = whole.slice(-OVERLAP);
      });
      socket.on('error', () => socket.destroy());
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  static async open(): Promise<SyslogSink> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new SyslogSink(server, new Set());
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('The sink is closed');
    return address.port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
