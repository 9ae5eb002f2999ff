import { FrontendType, MESSAGE_HEADER_BYTES } from '../../wire/postgres/message-framing.ts';

/** The row limit at the end of an Execute. */
const ROWS_MAX_BYTES = 4;
/** What a Describe says that it is about. */
const PORTAL = 0x50;

/** An Execute with a Describe of its portal before it, whose name is not decoded for that. */
export function describeFirst(execute: Buffer): Buffer {
  const name = execute.subarray(MESSAGE_HEADER_BYTES, execute.length - ROWS_MAX_BYTES);
  const header = Buffer.from([FrontendType.Describe, 0, 0, 0, 0, PORTAL]);
  header.writeInt32BE(header.length - 1 + name.length, 1);
  return Buffer.concat([header, name, execute]);
}
