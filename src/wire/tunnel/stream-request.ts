import { decodeField, encodeField, JsonReader, type JsonValue } from './json-reader.ts';

/** What a stream carries. */
export type StreamKind =
  /** Bytes of a TCP connection to the target, with which the gateway does all else. */
  | 'bytes'
  /** Messages of PostgreSQL from ReadyForQuery on: the connector has logged in. */
  | 'postgres'
  /** Nothing: the connector cancels what runs on a connection that it logged in. */
  | 'postgres-cancel'
  /** Frames, each the payload of a packet of SSH: the connector has logged in, and minds the keys. */
  | 'ssh'
  /** HTTP/1.1 or HTTP/2; the connector puts its credential into each request. */
  | 'http';

/** All kinds, in the order in which they are shown. */
export const STREAM_KINDS: readonly StreamKind[] = [
  'bytes',
  'postgres',
  'postgres-cancel',
  'ssh',
  'http',
];

/** What a gateway says when it opens a stream. It never says where a target is: the connector knows. */
export interface StreamRequest {
  /** A name in the connector's own configuration. */
  readonly target: string;
  readonly kind: StreamKind;
  /** The session whose bytes these will be; `gateway` for what the gateway itself asks of a target. */
  readonly sessionId: string;
  readonly principalId: string;
  /** What a login of this kind needs; checked by the one who logs in. */
  readonly login?: JsonValue;
}

/** UTF-16 code units of a target's name, as in configurations. */
const TARGET_LENGTH_MAX = 63;
/** UTF-16 code units of ids. An id of a principal is an issuer and a subject. */
const ID_LENGTH_MAX = 1_256;
/** Characters of the encoded request: well below what HTTP/2 allows for a head, with room for startup parameters. */
export const REQUEST_LENGTH_MAX: number = 24 * 1024;

/** As the field {@link REQUEST_FIELD} carries it. */
export function encodeStreamRequest(request: StreamRequest): string {
  const { target, kind, sessionId, principalId, login } = request;
  return encodeField({
    target,
    kind,
    sessionId,
    principalId,
    ...(login !== undefined && { login }),
  });
}

/** @throws {ProtocolError} If it is anything but a whole request with nothing added. */
export function decodeStreamRequest(field: string): StreamRequest {
  const name = 'StreamRequest';
  const reader = new JsonReader(decodeField(field, name, REQUEST_LENGTH_MAX), name);
  const target = reader.string('target', TARGET_LENGTH_MAX);
  const kind = reader.word('kind', STREAM_KINDS);
  const sessionId = reader.string('sessionId', ID_LENGTH_MAX);
  const principalId = reader.string('principalId', ID_LENGTH_MAX);
  const login = reader.anything('login');
  reader.expectEnd();
  return { target, kind, sessionId, principalId, ...(login !== undefined && { login }) };
}
