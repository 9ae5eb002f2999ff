import { ByteReader } from '../byte-reader.ts';
import { ByteWriter } from '../byte-writer.ts';

/** The first message of a session: who the client says it is, and its settings. */
export interface StartupMessage {
  readonly type: 'StartupMessage';
  /** The 2 of protocol 3.2. May be higher than any version known. */
  readonly minorVersion: number;
  /** In the client's order, without protocol extensions. */
  readonly parameters: ReadonlyMap<string, string>;
  /** Parameters whose name starts with `_pq_.`: extensions, to be named in the reply if unknown. */
  readonly protocolOptions: ReadonlyMap<string, string>;
}

const PROTOCOL_OPTION_PREFIX = '_pq_.';

/**
 * Decodes what follows the version number in a `StartupMessage`.
 *
 * A name given twice is refused: server and gateway could each believe another one.
 *
 * @throws {ProtocolError} If the layout is wrong, a name repeats, or text is not UTF-8.
 */
export function decodeStartupParameters(body: Buffer, minorVersion: number): StartupMessage {
  const reader = new ByteReader(body, 'StartupMessage');
  const parameters = new Map<string, string>();
  const protocolOptions = new Map<string, string>();
  for (let name = reader.name(); name !== ''; name = reader.name()) {
    const group = name.startsWith(PROTOCOL_OPTION_PREFIX) ? protocolOptions : parameters;
    if (group.has(name)) throw reader.error('a parameter is given twice');
    group.set(name, reader.name());
  }
  reader.expectEnd();
  return { type: 'StartupMessage', minorVersion, parameters, protocolOptions };
}

/**
 * Encodes a `StartupMessage` of protocol 3.
 *
 * @see https://www.postgresql.org/docs/current/protocol-message-formats.html
 */
export function encodeStartupMessage(
  parameters: ReadonlyMap<string, string>,
  minorVersion = 0,
): Buffer {
  const writer = new ByteWriter().int32(0).uint16(3).uint16(minorVersion);
  for (const [name, value] of parameters) writer.cString(name).cString(value);
  writer.byte(0);
  return writer.setInt32(0, writer.length).toBuffer();
}
