import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type SignInLimits, SignInPlaces } from '../../identity/sign-in-places.ts';
import { ADD_CHECKPOINT_BYTES_MAX } from './add-checkpoint.ts';
import type { Witness } from './witness.ts';

/** Where to listen, and who hears of failures. */
export interface ServeWitnessOptions {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  readonly onError: (error: Error) => void;
}

/** A witness that takes requests. */
export interface ServedWitness extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
}

/** Logs ask each ten seconds; nobody else has a reason to keep a connection, and nobody has all of them. */
const CONNECTIONS: SignInLimits = { max: 256, perOriginMax: 64 };
const REQUEST_MS_MAX = 10_000;

/**
 * Serves `POST /add-checkpoint`, and `GET /latest/<origin>`: the last checkpoint of a log that was cosigned. Neither
 * needs a password: what a log may have cosigned, its signature says.
 */
export async function serveWitness(
  witness: Witness,
  { host, port, onError }: ServeWitnessOptions,
): Promise<ServedWitness> {
  const server = createServer({ requestTimeout: REQUEST_MS_MAX }, (request, response) => {
    void answer(witness, request, response).catch((error: Error) => {
      onError(error);
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  });
  const places = new SignInPlaces(CONNECTIONS);
  server.on('connection', (socket) => {
    const giveBack = places.take(socket.remoteAddress ?? 'unknown');
    if (giveBack === undefined) socket.destroy();
    else socket.once('close', giveBack);
  });
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address() as AddressInfo;
  return {
    host: address.address,
    port: address.port,
    [Symbol.asyncDispose]: () => close(server),
  };
}

async function answer(
  witness: Witness,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = request.url ?? '';
  if (url === '/add-checkpoint') {
    if (request.method !== 'POST') return end(response, 405, 'POST only\n');
    const body = await readBody(request);
    if (body === undefined) return end(response, 413, 'request is too long\n');
    const { status, contentType, body: text } = await witness.addCheckpoint(body);
    response.setHeader('content-type', contentType);
    return end(response, status, text);
  }
  const origin = request.method === 'GET' ? readOrigin(url) : undefined;
  const latest = origin === undefined ? undefined : await witness.findLatest(origin);
  if (latest === undefined) return end(response, 404, 'not found\n');
  response.setHeader('content-type', 'text/plain; charset=utf-8');
  return end(response, 200, latest);
}

function readOrigin(url: string): string | undefined {
  const encoded = /^\/latest\/([^/?#]+)$/.exec(url)?.[1];
  if (encoded === undefined) return undefined;
  try {
    return decodeURIComponent(encoded);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > ADD_CHECKPOINT_BYTES_MAX) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function end(response: ServerResponse, status: number, body: string): void {
  response.statusCode = status;
  response.end(body);
}

async function close(server: Server): Promise<void> {
  server.close();
  server.closeAllConnections();
  await once(server, 'close');
}
