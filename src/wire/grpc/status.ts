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
function encodeStatusMessage(message: string): string {
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
