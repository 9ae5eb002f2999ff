import type { ServerHttp2Stream } from 'node:http2';
import type { Duplex } from 'node:stream';
import type {
  ClientConnection,
  ClientConnectionOwner,
} from '../../protocols/http/client-connection.ts';
import type { ClientExchange } from '../../protocols/http/client-exchange.ts';
import { describeMessageError } from '../../protocols/http/describe-failure.ts';
import { checkMethod, describeRequest, findPlace } from '../../protocols/http/describe-request.ts';
import { encodeProblem, formatProblem } from '../../protocols/http/encode-problem.ts';
import type { HttpRequest, HttpUpstream } from '../../protocols/http/exchange.ts';
import { Http1Connection } from '../../protocols/http/http1/http1-connection.ts';
import { Http2Connection } from '../../protocols/http/http2/http2-connection.ts';
import { type Problem, ProblemError } from '../../protocols/http/problem.ts';
import type { HttpApplication } from '../../protocols/http/upstream/dial.ts';
import type { WebTarget } from '../../targets/target.ts';
import { FieldList } from '../../wire/http/field-list.ts';
import { HttpMessageError } from '../../wire/http/http-message-error.ts';
import { checkCaller } from './check-caller.ts';
import { joinRawStreams } from './join-raw-streams.ts';

/** A target, as one stream may use it. */
export interface JoinedSite {
  readonly target: WebTarget;
  /** Adds the credential. */
  readonly upstream: HttpUpstream;
  /** The gateway asks for itself. */
  readonly isOfGateway: boolean;
}

/** What a stream of requests is served with. */
export interface JoinSiteParts {
  readonly site: JoinedSite;
  readonly onOperation: () => void;
  readonly onUnexpectedError: (error: unknown) => void;
}

/**
 * Serves requests of a gateway: reads each as strictly as a client's, and sends it on, written anew, with the
 * credential of the target.
 */
export function joinSite(stream: Duplex, application: HttpApplication, parts: JoinSiteParts): void {
  const owner: ClientConnectionOwner = {
    onExchange: (exchange) => serveExchange(exchange, parts),
    onMessageError: () => undefined,
    describeMessageError(error) {
      const problem = describeMessageError(error);
      const fields = FieldList.of([['content-type', 'application/problem+json']]);
      return { status: problem.status, fields, body: Buffer.from(formatProblem(problem)) };
    },
    onFailure: parts.onUnexpectedError,
    onClose: () => stream.destroy(),
  };
  openConnection(stream, application, owner).start();
}

function openConnection(
  stream: Duplex,
  application: HttpApplication,
  owner: ClientConnectionOwner,
): ClientConnection {
  return application === 'h2'
    ? new Http2Connection(stream, owner)
    : new Http1Connection(stream as ServerHttp2Stream, 'https', owner);
}

function serveExchange(exchange: ClientExchange, parts: JoinSiteParts): void {
  exchange.owner = { onGone: () => undefined, onResponded: () => undefined };
  let request: HttpRequest;
  try {
    request = takeRequest(exchange, parts.site);
  } catch (error) {
    const problem = describeRefusal(error);
    if (problem === undefined) throw error;
    exchange.respond(encodeProblem(problem, exchange.request));
    return;
  }
  parts.onOperation();
  send(exchange, request, parts.site.upstream);
}

/**
 * The request as it goes to the target, which is named and addressed as the connector's own file says.
 *
 * @throws {ProblemError | HttpMessageError}
 */
function takeRequest(exchange: ClientExchange, { target, isOfGateway }: JoinedSite): HttpRequest {
  const { request, body } = exchange;
  checkMethod(request);
  if (request.authority !== target.name.toLowerCase()) throw new ProblemError(MISDIRECTED);
  const place = findPlace(request.target, target.kind === 'http' && target.pathParameters);
  const fields = checkCaller(request, target, isOfGateway);
  return { ...describeRequest(request, place, fields), body };
}

function send(exchange: ClientExchange, request: HttpRequest, upstream: HttpUpstream): void {
  let isGone = false;
  let giveUp = (): void => {
    isGone = true;
  };
  exchange.owner = { onGone: () => giveUp(), onResponded: () => undefined };
  exchange.sendContinue();
  const pending = upstream.send(request, {
    onResponse: (response) => exchange.respond(response),
    onUpgrade(response, target) {
      const fields = response.fields
        .without('connection', 'upgrade')
        .append('connection', 'upgrade')
        .append('upgrade', request.upgrade ?? '');
      joinRawStreams(exchange.upgrade(fields), target);
    },
    // The gateway takes it as if the target had broken off, and says so in its own words.
    onError: () => exchange.abort(),
  });
  // It may have left while it was sent.
  if (isGone) pending.abort();
  giveUp = () => pending.abort();
}

function describeRefusal(error: unknown): Problem | undefined {
  if (error instanceof ProblemError) return error.problem;
  return error instanceof HttpMessageError ? describeMessageError(error) : undefined;
}

const MISDIRECTED: Problem = {
  status: 421,
  title: 'Misdirected request',
  detail: 'The stream was opened to another target.',
};
