import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

/** What a server answers to `/a`, byte by byte. */
export interface Lie {
  /** In latin1. */
  readonly bytes: string;
  /** Whether it closes the connection behind them. */
  readonly closes: boolean;
}

/** A server that says what it is told to `/a`, and the truth to everything else. */
export interface LyingServer extends AsyncDisposable {
  readonly port: number;
  lie: Lie;
  /** Requests since the last call: path, and the number of the connection that each came on. */
  take(): readonly (readonly [path: string, connection: number])[];
}

const TRUTH = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\ntruth';

/** Starts it on a free port of 127.0.0.1. It reads requests without bodies only. */
export async function startLyingServer(): Promise<LyingServer> {
  const seen: (readonly [string, number])[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    const connection = (connections += 1);
    let text = '';
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    socket.setEncoding('latin1').on('data', (piece: string) => {
      text += piece;
      for (;;) {
        const end = text.indexOf('\r\n\r\n');
        if (end === -1) return;
        const path = text.split(' ', 2)[1] ?? '';
        text = text.slice(end + 4);
        seen.push([path, connection]);
        socket.write(path === '/a' ? self.lie.bytes : TRUTH, 'latin1');
        if (path === '/a' && self.lie.closes) socket.end();
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const self: LyingServer = {
    port: (server.address() as AddressInfo).port,
    lie: { bytes: TRUTH, closes: false },
    take: () => seen.splice(0),
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
  return self;
}
