import { isUtf8 } from 'node:buffer';
import { FieldList } from '../http/field-list.ts';

/** How a call ends: `grpc-status`. Those that a gateway has reason to send. */
export const GrpcStatus = {
  invalidArgument: 3,
  deadlineExceeded: 4,
  permissionDenied: 7,
  resourceExhausted: 8,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  unauthenticated: 16,
} as const;

/** What follows a call, or is its head if there are no messages: status and message. */
export function encodeStatusFields(status: number, message: string): FieldList {
  return FieldList.of([
    ['grpc-status', String(status)],
    ['grpc-message', encodeStatusMessage(message)],
  ]);
}

/** Encodes a `grpc-message`: UTF-8, with all but printable US-ASCII escaped, and the percent sign. */
export function encodeStatusMessage(message: string): string {
  let encoded = '';
  for (const byte of Buffer.from(message)) {
    const isPlain = byte > 0x20 && byte < 0x7f && byte !== 0x25;
    encoded += isPlain
      ? String.fromCharCode(byte)
      : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  // Blanks within are sent as they are; at the ends a field would lose them.
  return encoded.replace(/(?<=.)%20(?=.)/g, ' ').replace(/^ | $/g, '%20');
}

/** Decodes a `grpc-message`; what is broken stays as it is, as the protocol asks. */
export function decodeStatusMessage(value: string): string {
  const unescaped = value.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  const bytes = Buffer.from(unescaped, 'latin1');
  return isUtf8(bytes) ? bytes.toString('utf8') : value;
}
