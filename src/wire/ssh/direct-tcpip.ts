import { SshReader } from './ssh-reader.ts';
import { SshWriter } from './ssh-writer.ts';

/** A connection to be carried by a channel, and where it came from. */
export interface DirectTcpip {
  /** As asked for: a name, an IPv4 or IPv6 address, or anything else. */
  readonly host: string;
  readonly port: number;
  readonly originHost: string;
  readonly originPort: number;
}

/**
 * Decodes what a CHANNEL_OPEN of type `direct-tcpip` or `forwarded-tcpip` ends with (RFC 4254
 * section 7); `host` of the latter is the address that was listened on.
 */
export function decodeDirectTcpip(typeData: Buffer): DirectTcpip {
  const reader = new SshReader(typeData, 'direct-tcpip');
  const host = reader.text();
  const port = reader.uint32();
  const originHost = reader.text();
  const originPort = reader.uint32();
  reader.expectEnd();
  return { host, port, originHost, originPort };
}

/** Encodes the type data of `direct-tcpip` or `forwarded-tcpip`. */
export function encodeDirectTcpip(connection: DirectTcpip): Buffer {
  const writer = new SshWriter().text(connection.host).uint32(connection.port);
  return writer.text(connection.originHost).uint32(connection.originPort).toBuffer();
}
