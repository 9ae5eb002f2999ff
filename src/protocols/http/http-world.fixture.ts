import { createServer, type Server, type Socket } from 'node:net';
import type { BodyMasking } from '../../masking/bodies/body-masking.ts';
import {
  type Behaviour,
  createFakeDoor,
  createFakeLog,
  type FakeLog,
} from '../ssh/session.fixture.ts';
import type { HttpRequest, HttpResponse, PendingExchange, ResponseListener } from './exchange.ts';
import type { ReviewStanding } from './exchange-context.ts';
import { HttpProtocol } from './http-protocol.ts';
import type { HttpService } from './http-service.ts';
import { HttpSessions } from './http-sessions.ts';
import { PlainDescriber } from './plain-describer.ts';
import { createPlainDialect } from './plain-dialect.ts';

export { TOKEN } from '../ssh/session.fixture.ts';

/** A target that is played: what it is sent, and what it answers. */
export interface FakeTarget {
  readonly requests: HttpRequest[];
  /** Requests that were given up. */
  aborted: number;
  answer: (request: HttpRequest, listener: ResponseListener) => void;
}

export interface HttpWorldOptions {
  readonly answer: FakeTarget['answer'];
  readonly behaviour?: Behaviour;
  readonly service?: Partial<HttpService>;
  readonly masking?: () => BodyMasking | undefined;
  /** Certificate and key, PEM. Default: no TLS. */
  readonly certificate?: { readonly certificatePem: string; readonly keyPem: string };
  readonly findReview?: (id: string, principalId: string) => Promise<ReviewStanding | undefined>;
}

/** A listener with one target, `api.sallyport`, on an ephemeral port. */
export interface HttpWorld extends AsyncDisposable {
  readonly port: number;
  readonly log: FakeLog;
  readonly target: FakeTarget;
  readonly sessions: HttpSessions;
  /** What the gateway itself failed with. */
  readonly failures: unknown[];
  readonly protocolErrors: Error[];
  readonly stopping: AbortController;
  readonly draining: AbortController;
}

export async function openHttpWorld(options: HttpWorldOptions): Promise<HttpWorld> {
  const log = createFakeLog();
  const failures: unknown[] = [];
  const protocolErrors: Error[] = [];
  const target: FakeTarget = { requests: [], aborted: 0, answer: options.answer };
  const service: HttpService = {
    name: 'api',
    dialect: createPlainDialect(new PlainDescriber()),
    pathPrefix: '',
    pathParameters: false,
    reviewPatienceMs: 0,
    masking: () => options.masking?.(),
    detectors: () => undefined,
    openUpstream: () => ({
      send: (request, listener) => send(target, request, listener),
      close() {},
    }),
    ...options.service,
  };
  const sessions = new HttpSessions({ nowMs: Date.now, onActivity() {} });
  const draining = new AbortController();
  const tlsOptions = {
    cert: options.certificate?.certificatePem,
    key: options.certificate?.keyPem,
  };
  const protocol = new HttpProtocol({
    tlsMode: options.certificate === undefined ? 'disabled' : 'required',
    tlsOptions: () => tlsOptions,
    clientAuthorities: false,
    findService: (authority) => (authority.startsWith('api.sallyport') ? service : undefined),
    services: {
      sessions,
      onUpstreamError() {},
      onFailure: (error) => failures.push(error),
      onActivity() {},
      findReview: options.findReview ?? (() => Promise.resolve(undefined)),
      siteSignIn: undefined,
      nowMs: Date.now,
    },
    draining: draining.signal,
    onProtocolError: (error) => protocolErrors.push(error),
  });
  const stopping = new AbortController();
  const door = createFakeDoor(log, options.behaviour ?? {});
  const sockets = new Set<Socket>();
  const served: Promise<unknown>[] = [];
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    served.push(protocol.serve(socket, door, stopping.signal));
  });
  const port = await listen(server);
  return {
    ...{ port, log, target, sessions, failures, protocolErrors, stopping, draining },
    async [Symbol.asyncDispose]() {
      sessions[Symbol.dispose]();
      for (const socket of sockets) socket.destroy();
      server.close();
      await Promise.allSettled(served);
    },
  };
}

function send(
  target: FakeTarget,
  request: HttpRequest,
  listener: ResponseListener,
): PendingExchange {
  target.requests.push(request);
  target.answer(request, listener);
  return {
    abort() {
      target.aborted += 1;
    },
  };
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('Cannot listen');
  return address.port;
}

/** Answers at once. */
export function respondWith(response: HttpResponse): FakeTarget['answer'] {
  return (_request, listener) => listener.onResponse(response);
}
