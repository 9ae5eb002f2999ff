import { ProtocolError } from '../protocol-error.ts';
import { type ControlFrame, decodeControlFrame } from './control-frame.ts';
import type { HeaderInflater } from './header-compression.ts';

const HEAD_BYTES = 8;
const CONTROL = 0x80;
const FINAL = 0x01;

/** Of a control frame with its head; headers are the longest, and Kubernetes sends few. */
const CONTROL_BYTES_MAX: number = 16 * 1024;

/** Told of what a peer sends. Buffers are valid during the call only. */
export interface SpdyListener {
  control(frame: ControlFrame): void;
  /** The next bytes of a stream, maybe none. @param isLast Whether the sender sends nothing more on it. */
  data(streamId: number, piece: Buffer, isLast: boolean): void;
}

/** The data frame at hand. */
interface DataFrame {
  readonly streamId: number;
  readonly isLast: boolean;
}

/** Takes the frames of one direction of SPDY/3.1 apart. Keeps at most one control frame. */
export class SpdyFrameDecoder {
  readonly #inflater: HeaderInflater;
  readonly #listener: SpdyListener;
  /** Of a head, or of a control frame. */
  #kept: Buffer = Buffer.alloc(0);
  #data: DataFrame | undefined;
  /** Of the data frame at hand, that have not come. */
  #missing = 0;

  constructor(inflater: HeaderInflater, listener: SpdyListener) {
    this.#inflater = inflater;
    this.#listener = listener;
  }

  /** @throws {ProtocolError} If the bytes are no frames. The decoder is of no use after that. */
  push(bytes: Buffer): void {
    let rest = bytes;
    while (rest.length > 0) {
      rest = this.#data === undefined ? this.#collect(rest) : this.#takeData(this.#data, rest);
    }
  }

  #takeData(frame: DataFrame, bytes: Buffer): Buffer {
    const piece = bytes.subarray(0, this.#missing);
    this.#missing -= piece.length;
    const isWhole = this.#missing === 0;
    if (isWhole) this.#data = undefined;
    this.#listener.data(frame.streamId, piece, isWhole && frame.isLast);
    return bytes.subarray(piece.length);
  }

  /** Collects up to the end of a head or of a control frame; returns what is behind it. */
  #collect(bytes: Buffer): Buffer {
    const wantedBytes = this.#kept.length < HEAD_BYTES ? HEAD_BYTES : frameBytes(this.#kept);
    const taken = bytes.subarray(0, wantedBytes - this.#kept.length);
    this.#kept = Buffer.concat([this.#kept, taken]);
    if (this.#kept.length === wantedBytes) this.#finish(this.#kept);
    return bytes.subarray(taken.length);
  }

  #finish(kept: Buffer): void {
    if ((kept.readUInt8(0) & CONTROL) === 0) return this.#startData(kept);
    if (kept.length < frameBytes(kept)) {
      if (frameBytes(kept) > CONTROL_BYTES_MAX) {
        throw violation(`has more than ${CONTROL_BYTES_MAX} bytes`);
      }
      return;
    }
    this.#kept = Buffer.alloc(0);
    this.#listener.control(decodeControlFrame(kept, this.#inflater));
  }

  #startData(head: Buffer): void {
    this.#kept = Buffer.alloc(0);
    const streamId = head.readUInt32BE(0);
    if (streamId === 0) throw violation('is of no stream');
    this.#data = { streamId, isLast: (head.readUInt8(4) & FINAL) !== 0 };
    this.#missing = head.readUIntBE(5, 3);
    if (this.#missing === 0) this.#takeData(this.#data, Buffer.alloc(0));
  }
}

/** The longest piece of data that a frame holds. */
export const DATA_BYTES_MAX = 0xff_ffff;

/** Encodes the head of a data frame; `dataBytes` have to follow, {@link DATA_BYTES_MAX} at most. */
export function encodeDataHead(streamId: number, dataBytes: number, isLast: boolean): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt32BE(streamId, 0);
  head.writeUInt8(isLast ? FINAL : 0, 4);
  head.writeUIntBE(dataBytes, 5, 3);
  return head;
}

function frameBytes(head: Buffer): number {
  return HEAD_BYTES + head.readUIntBE(5, 3);
}

function violation(reason: string): ProtocolError {
  return new ProtocolError('SPDY frame', reason);
}
