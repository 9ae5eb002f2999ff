import type { Server as HttpsServer } from 'node:https';
import { Readable } from 'node:stream';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import type { Route } from '../api/route.ts';
import { ROUTES } from '../api/routes.ts';
import { LedgerError } from '../audit/ledger-error.ts';
import { SealError } from '../audit/seal.ts';
import { PeerError } from '../gateway/peers/peer-error.ts';
import { stopAccepting } from '../gateway/stop-accepting.ts';
import { plainAddress } from '../identity/client-address.ts';
import { logApiRequest, logUnexpectedError } from '../telemetry/events.ts';
import { type Answer, answerProblem, answerTooMany, type StreamMessage } from './answer.ts';
import { addBrowserRoutes, sendConsole } from './browser/add-browser-routes.ts';
import { describeSlackRoute } from './channels/slack-route.ts';
import type { Handler } from './handler.ts';
import { createHandlers } from './handlers.ts';
import { type RawCall, serveRoute } from './serve-route.ts';
import type { ControlPlaneServices } from './services.ts';

export interface ControlPlaneOptions {
  readonly address: { readonly host: string /** 0 for any free one. */; readonly port: number };
  /** Of a socket that listens already, in place of the address. */
  readonly descriptor?: number | undefined;
  /** Aborts when clients had better connect elsewhere. */
  readonly draining?: AbortSignal;
  /** PEM. */
  readonly tls: ControlPlaneCertificate;
  readonly services: ControlPlaneServices;
}

export interface ControlPlaneCertificate {
  /** Certificate with its chain, PEM. */
  readonly cert: string | Buffer;
  /** PEM. */
  readonly key: string | Buffer;
}

/** The control plane's HTTPS server, while it listens. */
export interface ControlPlane extends AsyncDisposable {
  readonly address: { readonly host: string; readonly port: number };
  /** Replaces the certificate for connections to come. */
  replaceCertificate(tls: ControlPlaneCertificate): void;
  /** Stops listening; resolves once no request runs. */
  drain(): Promise<void>;
  /** Stops listening, ends running requests and waits for that. */
  close(): Promise<void>;
}

/** Bytes of a request's body: a form with one large token, or a text of SQL. */
const BODY_BYTES_MAX = 64 * 1024;
/** Bytes of a request's head. */
const HEADER_BYTES_MAX = 32 * 1024;
/** Milliseconds a client may take for the TLS handshake, for a request's head, and for all of it. */
const HANDSHAKE_TIMEOUT_MS = 10_000;
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 20_000;
/** Milliseconds without a byte either way. */
const CONNECTION_TIMEOUT_MS = 120_000;
const KEEP_ALIVE_TIMEOUT_MS = 10_000;
const CONNECTIONS_MAX = 2_000;

const ANY_PLACE = { host: '127.0.0.1', port: 0 };

const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000',
  'x-content-type-options': 'nosniff',
};

/** Serves the contract of `api/` over HTTPS. What is not in its route table is not served. */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { address, descriptor, draining, tls, services } = options;
  const server = fastify({
    https: {
      cert: tls.cert,
      key: tls.key,
      minVersion: 'TLSv1.2',
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
      maxHeaderSize: HEADER_BYTES_MAX,
      headersTimeout: HEADERS_TIMEOUT_MS,
    },
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_TIMEOUT_MS,
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    logger: false,
    exposeHeadRoutes: false,
    forceCloseConnections: true,
    trustProxy: false,
  });
  server.server.maxConnections = CONNECTIONS_MAX;
  server.addHook('onRequest', async (request, reply) => {
    reply.headers(SECURITY_HEADERS);
    if (draining?.aborted === true) reply.header('connection', 'close');
    const waitSeconds = services.limits.takeAddress(plainAddress(request.ip));
    if (waitSeconds === undefined) return;
    sendAnswer(reply, answerTooMany('too many requests from this address', waitSeconds));
    return reply;
  });
  server.setNotFoundHandler((request, reply) => {
    if (sendConsole(services, request, reply)) return;
    sendAnswer(reply, answerProblem('not-found', 'there is no such thing'));
  });
  server.setErrorHandler((error, _request, reply) =>
    sendAnswer(reply, describeError(services, error)),
  );

  await addRoutes(server, services);
  await server.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string' },
      (_request, body, done) => done(null, body.toString()),
    );
    scope.route(describeSlackRoute(services));
  });
  // With a descriptor, node:net looks at nothing else.
  const place = descriptor === undefined ? address : { ...ANY_PLACE, fd: descriptor };
  await server.listen(place);
  const bound = server.server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : address.port;
  return {
    address: { host: address.host, port },
    replaceCertificate: ({ cert, key }) => server.server.setSecureContext({ cert, key }),
    drain: () => {
      const closed = stopAccepting(server.server);
      server.server.closeIdleConnections();
      return closed;
    },
    close: () => server.close(),
    [Symbol.asyncDispose]: () => server.close(),
  };
}

/** A body type that a route does not take is refused before it is read. */
async function addRoutes(server: Server, services: ControlPlaneServices): Promise<void> {
  const handlers = createHandlers(services);
  const describe = (route: Route, handler: Handler) => ({
    method: route.method,
    url: route.path.replaceAll(/\{(\w+)\}/g, ':$1'),
    ...(route.bodyBytesMax !== undefined && { bodyLimit: route.bodyBytesMax }),
    handler: async (request: Request, reply: Reply) => {
      const startedMs = services.nowMs();
      const answer = await serveRoute(route, handler, readCall(request, reply), services);
      sendAnswer(reply, answer, route);
      logApiRequest(services.log, {
        method: route.method,
        route: route.path,
        status: reply.statusCode,
        durationMs: services.nowMs() - startedMs,
      });
      return reply;
    },
  });
  server.removeAllContentTypeParsers();
  server.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    (_request, body, done) => done(null, new URLSearchParams(body.toString())),
  );
  for (const route of ROUTES) {
    if (route.json === undefined) server.route(describe(route, handlers[route.id]));
  }
  addBrowserRoutes(server, services);
  await server.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) =>
      done(null, body.toString()),
    );
    for (const route of ROUTES) {
      if (route.json !== undefined) scope.route(describe(route, handlers[route.id]));
    }
  });
}

type Server = FastifyInstance<HttpsServer>;

/** What this file uses of a request and a reply, whatever server they belong to. */
type Request = Pick<FastifyRequest, 'raw' | 'params' | 'query' | 'body' | 'ip'>;
type Reply = Pick<FastifyReply, 'statusCode' | 'code' | 'header' | 'send'> & {
  readonly raw: Pick<FastifyReply['raw'], 'once'>;
};

function readCall(request: Request, reply: Reply): RawCall {
  const { raw, params, query, body } = request;
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  const header = (name: string): readonly string[] => raw.headersDistinct[name] ?? [];
  const clientAddress = plainAddress(request.ip);
  return {
    path: params,
    query,
    form: body instanceof URLSearchParams ? body : new URLSearchParams(),
    json: typeof body === 'string' ? body : undefined,
    idempotencyKeys: header('idempotency-key'),
    clientAddress,
    signal: gone.signal,
    credentials: {
      authorization: header('authorization'),
      cookie: header('cookie'),
      origin: header('origin'),
      host: header('host'),
      csrf: header('sallyport-csrf'),
      fetchSite: header('sec-fetch-site'),
      isSafe: raw.method === 'GET',
      clientAddress,
      signal: gone.signal,
    },
  };
}

/** Sends what the route's schema says and nothing else: fields that it does not name are dropped. */
function sendAnswer(reply: Reply, answer: Answer, route?: Route): void {
  switch (answer.kind) {
    case 'json': {
      const schema = answer.status < 400 ? route?.answer.schema : route?.problem;
      const body = schema === undefined ? answer.body : schema.parse(answer.body);
      const status = answer.status === 200 ? (route?.answer.status ?? 200) : answer.status;
      reply.code(status).header('content-type', 'application/json; charset=utf-8');
      if (answer.cookies !== undefined) reply.header('set-cookie', answer.cookies);
      reply.send(JSON.stringify(body));
      return;
    }
    case 'events': {
      const lines = Readable.from(toLines(answer.events, route));
      lines.once('close', answer.release);
      reply.code(200).header('content-type', 'application/x-ndjson; charset=utf-8').send(lines);
      return;
    }
    case 'stream': {
      const text = Readable.from(toEventStream(answer.messages, route));
      text.once('close', answer.release);
      reply
        .code(200)
        .header('content-type', 'text/event-stream; charset=utf-8')
        // A proxy in front that collects answers would hold events back.
        .header('x-accel-buffering', 'no')
        .send(text);
      return;
    }
    case 'problem': {
      const { problem, retryAfterSeconds } = answer;
      reply.code(problem.status).header('content-type', 'application/problem+json; charset=utf-8');
      if (problem.status === 401) reply.header('www-authenticate', 'Bearer realm="sallyport"');
      if (retryAfterSeconds !== undefined) reply.header('retry-after', retryAfterSeconds);
      reply.send(JSON.stringify(problem));
      return;
    }
  }
}

async function* toLines(events: AsyncIterable<unknown>, route?: Route): AsyncGenerator<string> {
  const schema = route?.answer.schema;
  for await (const event of events) yield `${JSON.stringify(schema?.parse(event))}\n`;
}

/** @see https://html.spec.whatwg.org/multipage/server-sent-events.html */
async function* toEventStream(
  messages: AsyncIterable<StreamMessage>,
  route?: Route,
): AsyncGenerator<string> {
  const schema = route?.answer.schema;
  // Something to read at once, so that the client knows that it is connected.
  yield ': connected\n\n';
  for await (const message of messages) {
    yield message.kind === 'heartbeat'
      ? ': \n\n'
      : `event: ${message.name}\ndata: ${JSON.stringify(schema?.parse(message.data))}\n\n`;
  }
}

const BRING_BACK =
  'The log of the gateway says which: bring the segment back from a copy. Until then no hold ends and nothing expires.';

/** What a client is told of a failure: never what failed inside. */
function describeError(services: ControlPlaneServices, error: unknown): Answer {
  const status =
    error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : undefined;
  if (status === 413) return answerProblem('too-large', 'the request is too large');
  if (status !== undefined && status >= 400 && status < 500) {
    return answerProblem('bad-request', 'the request is malformed');
  }
  logUnexpectedError(services.log, 'control-plane', error);
  if (error instanceof PeerError) {
    return answerProblem('unavailable', 'another gateway does not answer', 'Try again later.');
  }
  if (error instanceof SealError) {
    return answerProblem('unavailable', 'the ledger does not take entries', 'Try again later.');
  }
  if (error instanceof LedgerError && error.code === 'ERR_LEDGER_CORRUPT') {
    return answerProblem('unavailable', 'entries of the ledger are missing or damaged', BRING_BACK);
  }
  return answerProblem('internal', 'something went wrong; the gateway has logged it');
}
