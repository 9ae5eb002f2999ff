import assert from 'node:assert/strict';
import { type ClosePayload, encodeClosePayload } from './close-payload.ts';
import { applyMask, MASK_BYTES } from './mask.ts';
import { type MessageKind, Opcode } from './opcode.ts';

const FINAL = 0x80;
const MASKED = 0x80;

/** Makes the key of one frame: four bytes that nobody can foretell. */
export type MakeMaskKey = () => Buffer;

/** Writes the frames of one direction. */
export class FrameEncoder {
  readonly #makeMaskKey: MakeMaskKey | undefined;
  #isInMessage = false;

  /** @param makeMaskKey Given for a client, which has to mask what it sends. */
  constructor(makeMaskKey: MakeMaskKey | undefined) {
    this.#makeMaskKey = makeMaskKey;
  }

  /** The next piece of a message, as a frame of its own. One message ends before the next starts. */
  data(kind: MessageKind, piece: Buffer, isLast: boolean): Buffer {
    const opcode = this.#isInMessage ? Opcode.continuation : Opcode[kind];
    this.#isInMessage = !isLast;
    return this.#frame(opcode, piece, isLast);
  }

  /** May stand between the pieces of a message. @param payload 125 bytes at most. */
  ping(payload: Buffer): Buffer {
    return this.#frame(Opcode.ping, payload, true);
  }

  /** The answer to a ping of the same payload. */
  pong(payload: Buffer): Buffer {
    return this.#frame(Opcode.pong, payload, true);
  }

  /** The last frame of a direction. */
  close(close: ClosePayload): Buffer {
    return this.#frame(Opcode.close, encodeClosePayload(close), true);
  }

  #frame(opcode: number, payload: Buffer, isFinal: boolean): Buffer {
    assert(opcode <= Opcode.binary || payload.length <= 125, 'control frame is too long');
    const key = this.#makeMaskKey?.();
    const head = encodeHead(opcode | (isFinal ? FINAL : 0), payload.length, key !== undefined);
    if (key === undefined) return Buffer.concat([head, payload]);
    assert.equal(key.length, MASK_BYTES);
    return Buffer.concat([head, key, applyMask(payload, key, 0)]);
  }
}

function encodeHead(first: number, payloadBytes: number, isMasked: boolean): Buffer {
  const masked = isMasked ? MASKED : 0;
  if (payloadBytes < 126) return Buffer.of(first, masked | payloadBytes);
  if (payloadBytes < 0x1_0000) {
    const head = Buffer.of(first, masked | 126, 0, 0);
    head.writeUInt16BE(payloadBytes, 2);
    return head;
  }
  const head = Buffer.alloc(10);
  head.set([first, masked | 127]);
  head.writeBigUInt64BE(BigInt(payloadBytes), 2);
  return head;
}
