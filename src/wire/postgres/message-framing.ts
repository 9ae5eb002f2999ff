import { ByteWriter } from '../byte-writer.ts';
import { ProtocolError } from '../protocol-error.ts';

/** A type byte, and a 32-bit length that counts itself but not the type byte. */
export const MESSAGE_HEADER_BYTES = 5;

/** Longest body the server accepts in any message (`PQ_LARGE_MESSAGE_LIMIT` in libpq.h). */
export const MESSAGE_BYTES_MAX: number = 0x3fff_fffe;

/** `MAX_STARTUP_PACKET_LENGTH` in pqcomm.h; does not count the length field. */
export const STARTUP_PACKET_BYTES_MAX = 10_000;

/** Type bytes of messages from the client, by the manual's names. */
export const FrontendType = {
  Bind: 0x42, // B
  Close: 0x43, // C
  CopyData: 0x64, // d
  CopyDone: 0x63, // c
  CopyFail: 0x66, // f
  Describe: 0x44, // D
  Execute: 0x45, // E
  Flush: 0x48, // H
  FunctionCall: 0x46, // F
  Parse: 0x50, // P
  /** PasswordMessage, SASLInitialResponse, SASLResponse and GSSResponse share one type. */
  PasswordMessage: 0x70, // p
  Query: 0x51, // Q
  Sync: 0x53, // S
  Terminate: 0x58, // X
} as const;

/** Type bytes of messages from the server, by the manual's names. */
export const BackendType = {
  Authentication: 0x52, // R
  BackendKeyData: 0x4b, // K
  BindComplete: 0x32, // 2
  CloseComplete: 0x33, // 3
  CommandComplete: 0x43, // C
  CopyBothResponse: 0x57, // W
  CopyData: 0x64, // d
  CopyDone: 0x63, // c
  CopyInResponse: 0x47, // G
  CopyOutResponse: 0x48, // H
  DataRow: 0x44, // D
  EmptyQueryResponse: 0x49, // I
  ErrorResponse: 0x45, // E
  FunctionCallResponse: 0x56, // V
  NegotiateProtocolVersion: 0x76, // v
  NoData: 0x6e, // n
  NoticeResponse: 0x4e, // N
  NotificationResponse: 0x41, // A
  ParameterDescription: 0x74, // t
  ParameterStatus: 0x53, // S
  ParseComplete: 0x31, // 1
  PortalSuspended: 0x73, // s
  ReadyForQuery: 0x5a, // Z
  RowDescription: 0x54, // T
} as const;

/**
 * Bytes of the message that starts at `offset`, its type byte included; 0 while fewer than
 * {@link MESSAGE_HEADER_BYTES} have arrived. The message may go beyond `end`: compare.
 *
 * @param bytesMax Longest body allowed, in bytes; the header does not count.
 * @throws {ProtocolError} If the length is impossible or above `bytesMax`. Nothing was allocated.
 */
export function frameLength(
  buffer: Buffer,
  offset: number,
  end: number,
  bytesMax: number = MESSAGE_BYTES_MAX,
): number {
  if (end - offset < MESSAGE_HEADER_BYTES) return 0;
  const length = buffer.readInt32BE(offset + 1);
  if (length < 4) throw new ProtocolError('message', `length ${length} is less than 4`);
  if (length - 4 > bytesMax) {
    throw new ProtocolError('message', `body of ${length - 4} bytes, at most ${bytesMax} allowed`);
  }
  return length + 1;
}

/**
 * Bytes of the startup packet at `offset`, which has a length but no type byte; 0 while fewer than 4
 * bytes have arrived.
 *
 * @throws {ProtocolError} If the length is one that the server would refuse.
 */
export function startupFrameLength(buffer: Buffer, offset: number, end: number): number {
  if (end - offset < 4) return 0;
  const length = buffer.readInt32BE(offset);
  if (length < 8 || length - 4 > STARTUP_PACKET_BYTES_MAX) {
    throw new ProtocolError('startup packet', `length ${length} is out of range`);
  }
  return length;
}

/** Begins a message; write its fields, then call {@link finishMessage}. */
export function startMessage(type: number): ByteWriter {
  return new ByteWriter().byte(type).int32(0);
}

/** Fills in the length. Returns the whole message, header included. */
export function finishMessage(writer: ByteWriter): Buffer {
  return writer.setInt32(1, writer.length - 1).toBuffer();
}
