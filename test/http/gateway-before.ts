import { type HttpEnvironment, startHttpEnvironment, TARGET_HOST } from './environment.ts';
import { decodeResponses, exchangeRaw } from './raw-exchange.ts';

/** A server that speaks HTTP/1.1 without TLS. */
type PlainServer = AsyncDisposable & { readonly port: number };

/** A server of the test with a gateway before it, and somebody who has signed in. */
export interface GatewayBefore<Server> extends AsyncDisposable {
  readonly server: Server;
  readonly gateway: HttpEnvironment;
  /** What requests name, with the port. */
  readonly host: string;
  /** Of one sign-in: each is a session of its own. */
  readonly authorization: string;
  /** Lines that every request of HTTP/1.1 needs. */
  readonly fields: string;
}

/** Starts a gateway before a server, which ends with it. */
export async function startGatewayBefore<Server extends PlainServer>(
  server: Server,
): Promise<GatewayBefore<Server>> {
  await using started = new AsyncDisposableStack();
  started.use(server);
  const gateway = started.use(
    await startHttpEnvironment({
      upstreamPort: server.port,
      target: [[['tls'], { mode: 'disable' }]],
    }),
  );
  const host = `${TARGET_HOST}:${gateway.address.port}`;
  const authorization = `Bearer ${gateway.tokenOf('ana')}`;
  const fields = `Host: ${host}\r\nAuthorization: ${authorization}\r\n`;
  const cleanUp = started.move();
  return {
    ...{ server, gateway, host, authorization, fields },
    [Symbol.asyncDispose]: () => cleanUp.disposeAsync(),
  };
}

/** Asks for `/last` on a connection of its own. Returns the status of the answer. */
export async function askLast({ gateway, fields }: GatewayBefore<unknown>): Promise<number> {
  const request = `GET /last HTTP/1.1\r\nConnection: close\r\n${fields}\r\n`;
  const [response] = decodeResponses(await exchangeRaw(gateway, Buffer.from(request)));
  return response?.status ?? 0;
}
