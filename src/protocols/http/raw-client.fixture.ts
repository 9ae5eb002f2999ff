import { connect, type Socket } from 'node:net';
import { TOKEN } from '../ssh/session.fixture.ts';

/** A client that writes what a test gives it, byte for byte. */
export interface RawClient extends Disposable {
  readonly socket: Socket;
  write(text: string | Buffer): void;
  /** Resolves with all that came, once it holds the text. Rejects if the connection ends without. */
  until(text: string): Promise<string>;
  /** Resolves with all that came, once the gateway has closed. */
  ended(): Promise<string>;
}

export function connectRaw(port: number): RawClient {
  const socket = connect({ port, host: '127.0.0.1' });
  let received = '';
  let hasEnded = false;
  const waiting = new Set<() => void>();
  const changed = (): void => {
    for (const look of waiting) look();
  };
  socket.on('data', (bytes) => {
    received += bytes.toString('latin1');
    changed();
  });
  socket.on('error', () => {});
  socket.on('close', () => {
    hasEnded = true;
    changed();
  });
  socket.on('end', () => socket.end());
  const waitFor = (isDone: () => boolean): Promise<string> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (!isDone() && !hasEnded) return;
        waiting.delete(look);
        if (isDone()) resolve(received);
        else reject(new Error(`the connection has ended, behind: ${received}`));
      };
      waiting.add(look);
      look();
    });
  return {
    socket,
    write: (text) => void socket.write(text),
    until: (text) => waitFor(() => received.includes(text)),
    ended: () => waitFor(() => hasEnded),
    [Symbol.dispose]: () => void socket.destroy(),
  };
}

/** The head of a request for `api.sallyport` by somebody who may. */
export function formatRequest(line: string, ...fields: readonly string[]): string {
  const all = ['Host: api.sallyport', `Authorization: Bearer ${TOKEN}`, ...fields];
  return [`${line} HTTP/1.1`, ...all, '', ''].join('\r\n');
}
