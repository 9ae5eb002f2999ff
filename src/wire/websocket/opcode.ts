/** What a frame is (RFC 6455 section 11.8). */
export const Opcode = {
  continuation: 0x0,
  text: 0x1,
  binary: 0x2,
  close: 0x8,
  ping: 0x9,
  pong: 0xa,
} as const;

/** What a message is. */
export type MessageKind = 'text' | 'binary';
