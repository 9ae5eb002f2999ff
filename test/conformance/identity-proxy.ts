import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { type IdentitySessionParts, serveIdentitySession } from './identity-session.ts';

/** A listener that clients take for the original server. */
export interface IdentityProxy extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** What broke sessions, each of which shows as a lost connection too. */
  readonly failures: readonly unknown[];
}

/** Listens on 127.0.0.1 and compares, for every client, each statement with its rewrite. */
export async function startIdentityProxy(parts: IdentitySessionParts): Promise<IdentityProxy> {
  const sockets = new Set<Socket>();
  const failures: unknown[] = [];
  const host = '127.0.0.1';
  const server = createServer((socket) => {
    socket.setNoDelay(true);
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    serveIdentitySession(socket, parts)
      .catch((failure: unknown) => {
        failures.push(failure);
      })
      .finally(() => socket.destroy());
  }).listen(0, host);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('Cannot listen: no port');
  return {
    host,
    port: address.port,
    failures,
    async [Symbol.asyncDispose]() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}
