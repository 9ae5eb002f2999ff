import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { FieldList } from '../../../wire/http/field-list.ts';
import type { UpstreamError } from '../../upstream-error.ts';
import type {
  BodySink,
  BodySource,
  HttpRequest,
  HttpResponse,
  PendingExchange,
  RawStream,
} from '../exchange.ts';
import { WholeBody } from '../whole-body.ts';
import { dial } from './dial.ts';
import { Unanswered } from './unanswered.ts';
import { UpstreamPool, type UpstreamPoolOptions } from './upstream-pool.ts';

/** A server of which a test says every byte. */
export interface RawServer extends AsyncDisposable {
  readonly port: number;
  /** Connections so far. */
  readonly connections: readonly Socket[];
  /** What came on each connection. */
  received(index: number): string;
}

/** @param onData Called with a connection, all that came on it so far, and its index. */
export async function startRawServer(
  onData: (socket: Socket, received: string, index: number) => void,
  host: string = '127.0.0.1',
): Promise<RawServer> {
  const connections: Socket[] = [];
  const texts: string[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const index = connections.push(socket) - 1;
    texts.push('');
    socket.on('error', () => undefined);
    socket.on('end', () => socket.end());
    socket.on('data', (chunk) => {
      const text = `${texts[index]}${chunk.toString('latin1')}`;
      texts[index] = text;
      onData(socket, text, index);
    });
  });
  const port = await listen(server, host);
  return {
    port,
    connections,
    received: (index) => texts[index] ?? '',
    async [Symbol.asyncDispose]() {
      for (const socket of connections) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export async function listen(server: Server, host: string = '127.0.0.1'): Promise<number> {
  server.listen(0, host);
  await once(server, 'listening');
  const address = server.address();
  assert(address !== null && typeof address === 'object');
  return address.port;
}

/** A server that answers each request without a body with the next response; the last is for all others. */
export async function startScriptedServer(...responses: readonly string[]): Promise<RawServer> {
  let answered = 0;
  const perConnection = new Map<number, number>();
  return startRawServer((socket, received, index) => {
    const requests = received.split('\r\n\r\n').length - 1;
    for (let done = perConnection.get(index) ?? 0; done < requests; done += 1) {
      perConnection.set(index, done + 1);
      socket.write(responses[Math.min(answered, responses.length - 1)] ?? '', 'latin1');
      answered += 1;
    }
  });
}

export const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

/** A pool of plain connections to a port of this machine. */
export function openPool(port: number, changes: Partial<UpstreamPoolOptions> = {}): UpstreamPool {
  const place = {
    host: '127.0.0.1',
    port,
    tls: { mode: 'disable' },
    connectTimeoutMs: 5_000,
  } as const;
  return new UpstreamPool({
    connect: (applications) => dial(place, applications),
    unanswered: new Unanswered(async () => true),
    applications: ['http/1.1'],
    scheme: 'http',
    timeouts: { headTimeoutMs: 20_000, idleTimeoutMs: 20_000 },
    connectionsMax: 8,
    waitingMax: 100,
    waitTimeoutMs: 20_000,
    onUnexpectedError(error) {
      throw error;
    },
    ...changes,
  });
}

/** What became of a request. */
export interface Outcome {
  readonly status?: number;
  readonly fields?: FieldList;
  readonly body?: string;
  readonly trailers?: FieldList | undefined;
  readonly stream?: RawStream;
  /** Of the request, or of a body that broke off. */
  readonly error?: Error;
}

export interface Asked extends Partial<Omit<HttpRequest, 'body' | 'fields'>> {
  readonly body?: BodySource | string;
  readonly fields?: readonly (readonly [string, string])[];
  readonly owner?: string;
  /** Gets what aborts the request, once it is on its way. */
  readonly onPending?: (pending: PendingExchange) => void;
  /** Instead of reading the body to its end. */
  readonly onResponse?: (response: HttpResponse) => void;
}

/** Sends a request and reads the response whole. Never rejects; does not settle if nothing ever happens. */
export function ask(pool: Pick<UpstreamPool, 'send'>, asked: Asked = {}): Promise<Outcome> {
  const { body = '', fields = [], owner = 'session', onPending, onResponse, ...head } = asked;
  const source = typeof body === 'string' ? new WholeBody(Buffer.from(body)) : body;
  const request: HttpRequest = {
    method: 'GET',
    scheme: 'http',
    authority: 'target',
    path: '/',
    query: '',
    version: '1.1',
    upgrade: undefined,
    bodyBytes: source.length ?? -1,
    ...head,
    fields: FieldList.of(fields),
    body: source,
  };
  return new Promise((resolve) => {
    const pending = pool.send(owner, request, {
      onResponse: (response) => {
        if (onResponse === undefined) readAll(response, resolve);
        else onResponse(response);
      },
      onUpgrade: ({ status, fields: answered }, stream) =>
        resolve({ status, fields: answered, stream }),
      onError: (error: UpstreamError) => resolve({ error }),
    });
    onPending?.(pending);
  });
}

/** The body as text of latin1. */
export function readAll(
  { status, fields, body }: HttpResponse,
  done: (outcome: Outcome) => void,
): void {
  let text = '';
  body.start({
    onData(bytes) {
      text += bytes.toString('latin1');
      // What was lent is somebody else's now.
      bytes.fill(0);
    },
    onEnd: (trailers) => done({ status, fields, body: text, trailers }),
    onError: (error) => done({ status, fields, body: text, error }),
  });
}

/** A body that comes a piece a turn. */
export class SteppedBody implements BodySource {
  readonly length: number | undefined;
  staysOpen = false;
  isDestroyed = false;
  delivered = 0;
  readonly whenPaused: Promise<void>;
  readonly #pieces: readonly string[];
  readonly #trailers: FieldList | undefined;
  readonly #notePaused: () => void;
  #sink: BodySink | undefined;
  #isPaused = false;

  constructor(pieces: readonly string[], length: number | undefined, trailers?: FieldList) {
    this.#pieces = pieces;
    this.length = length;
    this.#trailers = trailers;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.whenPaused = promise;
    this.#notePaused = resolve;
  }

  start(sink: BodySink): void {
    this.#sink = sink;
    setImmediate(() => this.#step());
  }

  pause(): void {
    this.#isPaused = true;
    this.#notePaused();
  }

  resume(): void {
    this.#isPaused = false;
    setImmediate(() => this.#step());
  }

  destroy(): void {
    this.isDestroyed = true;
  }

  #step(): void {
    if (this.#isPaused || this.isDestroyed) return;
    const piece = this.#pieces[this.delivered];
    if (piece === undefined) {
      if (!this.staysOpen) this.#sink?.onEnd(this.#trailers);
      return;
    }
    this.delivered += 1;
    this.#sink?.onData(Buffer.from(piece));
    setImmediate(() => this.#step());
  }
}
