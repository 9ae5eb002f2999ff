import { ProtocolError } from '../protocol-error.ts';
import { type ClosePayload, decodeClosePayload } from './close-payload.ts';
import { applyMask, MASK_BYTES } from './mask.ts';
import { type MessageKind, Opcode } from './opcode.ts';

const CONTROL_PAYLOAD_BYTES_MAX = 125;
/** Longest head: two bytes, a length of eight, a mask. */
const HEAD_BYTES_MAX: number = 2 + 8 + MASK_BYTES;

const FINAL = 0x80;
const RESERVED = 0x70;
const OPCODE = 0x0f;
const CONTROL = 0x08;
const MASKED = 0x80;

/** Told of what a peer sends. Buffers are valid during the call only. */
export interface FrameListener {
  /** The next piece of a message; empty only if it is the last. How it was cut means nothing. */
  data(kind: MessageKind, piece: Buffer, isLast: boolean): void;
  ping(payload: Buffer): void;
  pong(payload: Buffer): void;
  /** The last that is told: what follows is passed over. */
  close(close: ClosePayload): void;
}

interface FrameHead {
  readonly opcode: number;
  readonly isFinal: boolean;
  readonly payloadBytes: number;
  readonly maskKey: Buffer | undefined;
}

/**
 * Takes the frames of one direction apart (RFC 6455 section 5), without extensions. Keeps no more than
 * a head or one control frame. Whether text is UTF-8 shows once it is whole: see `message-assembler.ts`.
 */
export class FrameDecoder {
  readonly #sender: 'client' | 'server';
  readonly #listener: FrameListener;
  /** Of the head at hand. */
  readonly #headBytes: Buffer = Buffer.alloc(HEAD_BYTES_MAX);
  #headLength = 0;
  /** Of the frame whose payload is at hand. */
  #head: FrameHead | undefined;
  #taken = 0;
  #control: Buffer = Buffer.alloc(0);
  /** Of the message that has not ended. */
  #kind: MessageKind | undefined;
  #hasClosed = false;

  /** @param sender Whose frames these are: a client masks all of them, a server none. */
  constructor(sender: 'client' | 'server', listener: FrameListener) {
    this.#sender = sender;
    this.#listener = listener;
  }

  /** Whether the peer has said that it closes. */
  get hasClosed(): boolean {
    return this.#hasClosed;
  }

  /** @throws {ProtocolError} If the bytes are no frames. The decoder is of no use after that. */
  push(bytes: Buffer): void {
    let at = 0;
    while (at < bytes.length && !this.#hasClosed) {
      if (this.#head === undefined) this.#takeHeadByte(bytes[at++] ?? 0);
      else at += this.#takePayload(this.#head, bytes.subarray(at));
    }
  }

  #takeHeadByte(byte: number): void {
    this.#headBytes[this.#headLength++] = byte;
    const head = decodeHead(this.#headBytes.subarray(0, this.#headLength), this.#sender);
    if (head === undefined) return;
    this.#headLength = 0;
    this.#startFrame(head);
    if (head.payloadBytes === 0) this.#takePayload(head, Buffer.alloc(0));
  }

  #startFrame(head: FrameHead): void {
    this.#head = head;
    this.#taken = 0;
    if ((head.opcode & CONTROL) !== 0) {
      this.#control = Buffer.alloc(head.payloadBytes);
      return;
    }
    const continues = head.opcode === Opcode.continuation;
    if (continues !== (this.#kind !== undefined)) {
      throw violation('continues no message, or starts one within another');
    }
    if (!continues) this.#kind = head.opcode === Opcode.text ? 'text' : 'binary';
  }

  /** Returns how many of the bytes belong to the frame. */
  #takePayload(head: FrameHead, bytes: Buffer): number {
    const received = bytes.subarray(0, head.payloadBytes - this.#taken);
    const piece =
      head.maskKey === undefined ? received : applyMask(received, head.maskKey, this.#taken);
    const isControl = (head.opcode & CONTROL) !== 0;
    if (isControl) piece.copy(this.#control, this.#taken);
    this.#taken += piece.length;
    const isWhole = this.#taken === head.payloadBytes;
    if (isWhole) this.#head = undefined;
    if (!isControl) this.#tellData(piece, isWhole && head.isFinal);
    else if (isWhole) this.#tellControl(head.opcode);
    return received.length;
  }

  #tellData(piece: Buffer, isLast: boolean): void {
    const kind = this.#kind;
    if (kind === undefined) throw violation('belongs to no message');
    if (isLast) this.#kind = undefined;
    if (piece.length > 0 || isLast) this.#listener.data(kind, piece, isLast);
  }

  #tellControl(opcode: number): void {
    if (opcode === Opcode.ping) return this.#listener.ping(this.#control);
    if (opcode === Opcode.pong) return this.#listener.pong(this.#control);
    const close = decodeClosePayload(this.#control);
    this.#hasClosed = true;
    this.#listener.close(close);
  }
}

/** Undefined if more bytes belong to the head. */
function decodeHead(bytes: Buffer, sender: 'client' | 'server'): FrameHead | undefined {
  const [first = 0, second] = bytes;
  checkFirstByte(first);
  if (second === undefined) return undefined;
  const isMasked = (second & MASKED) !== 0;
  if (isMasked !== (sender === 'client')) throw violation(`of a ${sender} is masked the wrong way`);
  const shortLength = second & ~MASKED;
  if ((first & CONTROL) !== 0 && shortLength > CONTROL_PAYLOAD_BYTES_MAX) {
    throw violation('of control is too long');
  }
  const lengthBytes = shortLength === 127 ? 8 : shortLength === 126 ? 2 : 0;
  const maskAt = 2 + lengthBytes;
  const end = maskAt + (isMasked ? MASK_BYTES : 0);
  if (bytes.length < end) return undefined;
  return {
    opcode: first & OPCODE,
    isFinal: (first & FINAL) !== 0,
    payloadBytes: lengthBytes === 0 ? shortLength : decodeLength(bytes.subarray(2, maskAt)),
    maskKey: isMasked ? Buffer.from(bytes.subarray(maskAt, end)) : undefined,
  };
}

function checkFirstByte(first: number): void {
  const opcode = first & OPCODE;
  if ((first & RESERVED) !== 0) throw violation('uses an extension');
  if (opcode > Opcode.pong || (opcode > Opcode.binary && opcode < Opcode.close)) {
    throw violation('is of no known kind');
  }
  const isControl = (opcode & CONTROL) !== 0;
  if (isControl && (first & FINAL) === 0) throw violation('of control is a fragment');
}

/** A length has to be in its shortest form, so that there is one way to write it. */
function decodeLength(bytes: Buffer): number {
  const length = bytes.length === 2 ? bytes.readUInt16BE(0) : Number(bytes.readBigUInt64BE(0));
  const least = bytes.length === 2 ? 126 : 0x1_0000;
  if (length < least || !Number.isSafeInteger(length)) throw violation('has no length');
  return length;
}

function violation(reason: string): ProtocolError {
  return new ProtocolError('WebSocket frame', reason);
}
