import { ByteReader } from '../byte-reader.ts';
import { CANCEL_REQUEST_CODE, type CancelRequest, decodeCancelRequest } from './cancel-request.ts';
import { GSSENC_REQUEST_CODE } from './gssenc-request.ts';
import { STARTUP_PACKET_BYTES_MAX } from './message-framing.ts';
import { SSL_REQUEST_CODE } from './ssl-request.ts';
import { decodeStartupParameters, type StartupMessage } from './startup-message.ts';

/** What a connection may begin with, before messages have a type byte. */
export type StartupPacket =
  | StartupMessage
  | CancelRequest
  | { readonly type: 'SSLRequest' }
  | { readonly type: 'GSSENCRequest' }
  /** A protocol version that has another layout than 3; the body was not looked at. */
  | { readonly type: 'UnsupportedVersion'; readonly majorVersion: number };

/**
 * Decodes one startup packet.
 *
 * @param body The packet without its 4-byte length.
 * @throws {ProtocolError} If the body is not what its code says.
 */
export function decodeStartupPacket(body: Buffer): StartupPacket {
  const reader = new ByteReader(body, 'startup packet');
  if (body.length > STARTUP_PACKET_BYTES_MAX) throw reader.error(`${body.length} bytes long`);
  const code = reader.uint32();
  const rest = reader.bytes(reader.remaining);
  switch (code) {
    case CANCEL_REQUEST_CODE:
      return decodeCancelRequest(rest);
    case SSL_REQUEST_CODE:
    case GSSENC_REQUEST_CODE: {
      const type = code === SSL_REQUEST_CODE ? 'SSLRequest' : 'GSSENCRequest';
      new ByteReader(rest, type).expectEnd();
      return { type };
    }
  }
  const majorVersion = code >>> 16;
  if (majorVersion !== 3) return { type: 'UnsupportedVersion', majorVersion };
  return decodeStartupParameters(rest, code & 0xffff);
}
