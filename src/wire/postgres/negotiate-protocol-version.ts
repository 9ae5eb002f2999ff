import { ByteReader } from '../byte-reader.ts';
import { BackendType, finishMessage, startMessage } from './message-framing.ts';

/** The server's answer to a minor version or an extension that it does not know. */
export interface NegotiateProtocolVersion {
  readonly type: 'NegotiateProtocolVersion';
  readonly majorVersion: number;
  /** Newest minor version that the server speaks. */
  readonly minorVersion: number;
  /** Extensions (`_pq_.…`) that the server does not know. */
  readonly unknownOptions: readonly string[];
}

/**
 * Decodes the body of a `NegotiateProtocolVersion` (`v`) message.
 *
 * The manual calls the first field a minor version; servers send the major one in its upper half.
 */
export function decodeNegotiateProtocolVersion(body: Buffer): NegotiateProtocolVersion {
  const reader = new ByteReader(body, 'NegotiateProtocolVersion');
  const majorVersion = reader.uint16();
  const minorVersion = reader.uint16();
  const count = reader.uint32();
  const unknownOptions: string[] = [];
  for (let index = 0; index < count; index++) unknownOptions.push(reader.cString());
  reader.expectEnd();
  return { type: 'NegotiateProtocolVersion', majorVersion, minorVersion, unknownOptions };
}

/** Encodes a whole `NegotiateProtocolVersion` (`v`) message of protocol 3. */
export function encodeNegotiateProtocolVersion(
  minorVersion: number,
  unknownOptions: Iterable<string>,
): Buffer {
  const options = [...unknownOptions];
  const writer = startMessage(BackendType.NegotiateProtocolVersion);
  writer.uint16(3).uint16(minorVersion).uint32(options.length);
  for (const option of options) writer.cString(option);
  return finishMessage(writer);
}
