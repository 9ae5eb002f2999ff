import assert from 'node:assert/strict';
import { frameLength, MESSAGE_HEADER_BYTES } from '../../src/wire/postgres/message-framing.ts';

/** One message of a capture. */
export interface CapturedMessage {
  readonly type: number;
  readonly body: Buffer;
  /** Header and body. */
  readonly whole: Buffer;
}

/** Bytes from hexadecimal digits that are spaced so that a reader sees the fields. */
export function fromHex(hex: string): Buffer {
  const digits = hex.replaceAll(/\s/g, '');
  const bytes = Buffer.from(digits, 'hex');
  assert.equal(bytes.length * 2, digits.length, 'not hexadecimal');
  return bytes;
}

/** The messages of a capture, which must end with a whole one. */
export function splitMessages(hex: string): CapturedMessage[] {
  const bytes = fromHex(hex);
  const messages: CapturedMessage[] = [];
  let offset = 0;
  while (offset < bytes.length) {
    const length = frameLength(bytes, offset, bytes.length);
    assert(length > 0 && offset + length <= bytes.length, 'the capture ends inside a message');
    const whole = bytes.subarray(offset, offset + length);
    messages.push({ type: whole.readUInt8(0), body: whole.subarray(MESSAGE_HEADER_BYTES), whole });
    offset += length;
  }
  return messages;
}
