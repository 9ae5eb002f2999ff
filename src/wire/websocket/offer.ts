import { createHash } from 'node:crypto';
import type { FieldList } from '../http/field-list.ts';
import { trimBlanks } from '../http/list-value.ts';
import { ProtocolError } from '../protocol-error.ts';

/** RFC 6455 section 1.3. */
const ACCEPT_SUFFIX = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const VERSION = '13';

/** Sixteen bytes in base64, of which the last digit has four bits only. */
const KEY = /^[A-Za-z0-9+/]{21}[AQgw]==$/;

/** A token, as RFC 6455 has it, or one with a slash, as Kubernetes has: `SPDY/3.1+portforward.k8s.io`. */
const SUBPROTOCOL = /^[!#$%&'*+.^_`|~0-9A-Za-z/-]+$/;

/** What a client asks for when it would speak WebSocket. */
export interface WebSocketOffer {
  readonly key: string;
  /** Subprotocols that it speaks, as written, in the order of its liking. */
  readonly subprotocols: readonly string[];
}

/**
 * Decodes the fields of a request with `Upgrade: websocket` (RFC 6455 section 4.2.1). Extensions are
 * not read: we answer none.
 *
 * @throws {ProtocolError} If version or key are not as they have to be.
 */
export function decodeOffer(method: string, fields: FieldList): WebSocketOffer {
  const key = fields.get('sec-websocket-key') ?? '';
  const isKnown = method === 'GET' && fields.get('sec-websocket-version') === VERSION;
  if (!isKnown || !KEY.test(key)) {
    throw new ProtocolError('WebSocket handshake', 'is not of version 13, or has no key');
  }
  return { key, subprotocols: parseSubprotocols(fields) };
}

/**
 * Checks the fields of a response that has upgraded the connection to `websocket` (RFC 6455 section 4.1).
 *
 * @throws {ProtocolError} If the server did not accept this offer, or speaks what was not offered.
 */
export function checkAcceptance(offer: WebSocketOffer, fields: FieldList): void {
  if (fields.get('sec-websocket-accept') !== acceptOf(offer.key)) {
    throw new ProtocolError('WebSocket handshake', 'was not accepted by the server');
  }
  if (fields.has('sec-websocket-extensions')) {
    throw new ProtocolError('WebSocket handshake', 'got an extension that was not offered');
  }
  const subprotocol = fields.get('sec-websocket-protocol');
  if (subprotocol !== undefined && !offer.subprotocols.includes(subprotocol)) {
    throw new ProtocolError('WebSocket handshake', 'got a subprotocol that was not offered');
  }
}

function parseSubprotocols(fields: FieldList): readonly string[] {
  const value = fields.get('sec-websocket-protocol') ?? '';
  const names = value.split(',').map(trimBlanks).filter(Boolean);
  if (!names.every((name) => SUBPROTOCOL.test(name))) {
    throw new ProtocolError('WebSocket handshake', 'names a subprotocol that is none');
  }
  if (new Set(names.map((name) => name.toLowerCase())).size !== names.length) {
    throw new ProtocolError('WebSocket handshake', 'names a subprotocol twice');
  }
  return names;
}

/** Says that a server read the key, and does not answer from some store. SHA-1 is not for secrecy. */
function acceptOf(key: string): string {
  return createHash('sha1').update(`${key}${ACCEPT_SUFFIX}`).digest('base64');
}
