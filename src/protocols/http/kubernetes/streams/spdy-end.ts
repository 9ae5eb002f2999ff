import { ProtocolError } from '../../../../wire/protocol-error.ts';
import { type ControlFrame, encodeControlFrame } from '../../../../wire/spdy/control-frame.ts';
import {
  DATA_BYTES_MAX,
  encodeDataHead,
  SpdyFrameDecoder,
  type SpdyListener,
} from '../../../../wire/spdy/frame-decoder.ts';
import { HeaderDeflater, HeaderInflater } from '../../../../wire/spdy/header-compression.ts';
import { RAW_DEFLATE } from './raw-deflate.ts';

/** Client or target of a connection over SPDY/3.1: its frames as they come, and those that go to it. */
export class SpdyEnd {
  readonly #decoder: SpdyFrameDecoder;
  /** Fields are compressed with the memory of those that went before. */
  readonly #deflater = new HeaderDeflater(RAW_DEFLATE);
  readonly #write: (frame: Buffer) => void;

  /** @param write Takes one whole frame at a time. */
  constructor(listener: SpdyListener, write: (frame: Buffer) => void) {
    this.#decoder = new SpdyFrameDecoder(new HeaderInflater(RAW_DEFLATE), listener);
    this.#write = write;
  }

  /** Reads on. @throws {ProtocolError} If it is not what was agreed on. Nothing more can be read then. */
  push(bytes: Buffer): void {
    this.#decoder.push(bytes);
  }

  tell(frame: ControlFrame): void {
    this.#write(encodeControlFrame(frame, this.#deflater));
  }

  /** In as many frames as it takes. @param isLast Whether nothing more follows on the stream. */
  send(streamId: number, bytes: Buffer, isLast = false): void {
    for (let start = 0; start < bytes.length; start += DATA_BYTES_MAX) {
      const end = start + DATA_BYTES_MAX;
      const piece = bytes.subarray(start, end);
      const head = encodeDataHead(streamId, piece.length, isLast && end >= bytes.length);
      this.#write(Buffer.concat([head, piece]));
    }
    if (isLast && bytes.length === 0) this.end(streamId);
  }

  /** Says that nothing more follows on a stream. */
  end(streamId: number): void {
    this.#write(encodeDataHead(streamId, 0, true));
  }
}

/** What no peer does who speaks these streams. */
export function violation(reason: string): ProtocolError {
  return new ProtocolError('SPDY frame', reason);
}
