/** Stands where a protocol version would; 1234 is no major version. */
export const SSL_REQUEST_CODE: number = (1234 << 16) | 5679;

/** Asks the server for TLS. It answers with the single byte `S` or `N`, not with a message. */
export function encodeSslRequest(): Buffer {
  const packet = Buffer.alloc(8);
  packet.writeInt32BE(8, 0);
  packet.writeInt32BE(SSL_REQUEST_CODE, 4);
  return packet;
}
