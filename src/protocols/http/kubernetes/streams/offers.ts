import { parseTokenList, trimBlanks } from '../../../../wire/http/list-value.ts';
import type { HttpRequest } from '../../exchange.ts';
import { ProblemError } from '../../problem.ts';
import { WebSocketHandler } from '../../websocket/websocket-handler.ts';

const STREAM_PROTOCOL = 'x-stream-protocol-version';
const SUBPROTOCOL = 'sec-websocket-protocol';

/** The handshake of any WebSocket. */
export const WEBSOCKET: WebSocketHandler = new WebSocketHandler();

/**
 * The handshake of a WebSocket with those of the subprotocols that are followed here.
 *
 * @throws {ProblemError} If none is.
 */
export function offerSubprotocols(request: HttpRequest, followed: readonly string[]): HttpRequest {
  const prepared = WEBSOCKET.prepare(request);
  const offered = (prepared.fields.get(SUBPROTOCOL) ?? '').split(',').map(trimBlanks);
  const kept = keepFollowed(offered, followed);
  return { ...prepared, fields: prepared.fields.with(SUBPROTOCOL, kept.join(', ')) };
}

/** The same of a request for SPDY, whose versions have a field of their own. @throws {ProblemError} If none is followed. */
export function offerProtocols(request: HttpRequest, followed: readonly string[]): HttpRequest {
  const offered = request.fields
    .all(STREAM_PROTOCOL)
    .flatMap((value) => parseTokenList(value, STREAM_PROTOCOL));
  const [first = '', ...others] = keepFollowed(offered, followed);
  const fields = request.fields.without(STREAM_PROTOCOL).append(STREAM_PROTOCOL, first);
  return {
    ...request,
    fields: others.reduce((list, version) => list.append(STREAM_PROTOCOL, version), fields),
  };
}

function keepFollowed(offered: readonly string[], followed: readonly string[]): readonly string[] {
  const kept = followed.filter((protocol) => offered.includes(protocol));
  if (kept.length > 0) return kept;
  throw new ProblemError({
    status: 400,
    title: 'No such protocol',
    detail: `The gateway follows ${followed.join(', ')} here, and the client offers none of them.`,
  });
}
