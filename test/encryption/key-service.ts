import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a service answers. */
export interface ServiceAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** A service on 127.0.0.1 that speaks JSON over HTTP. */
export interface KeyService extends AsyncDisposable {
  readonly url: string;
}

/** Starts one. */
export async function startKeyService(
  answer: (request: IncomingMessage, body: Readonly<Record<string, unknown>>) => ServiceAnswer,
): Promise<KeyService> {
  const server = createServer((request, response) => {
    void readJson(request).then((body) => {
      const { status, body: said } = answer(request, body);
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(said));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose](): Promise<void> {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function readJson(request: IncomingMessage): Promise<Readonly<Record<string, unknown>>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks).toString('utf8')) as Readonly<Record<string, unknown>>;
}
