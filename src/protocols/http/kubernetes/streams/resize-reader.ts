import { ProtocolError } from '../../../../wire/protocol-error.ts';
import type { TerminalSize } from '../../../ssh/channel-handler.ts';

const SIZE_BYTES_MAX = 256;
const CLOSE_BRACE = 0x7d;
const CELLS_MAX = 0xffff;

/** Reads sizes of terminals, each an object of JSON, as they come in pieces. */
export class ResizeReader {
  #kept: Buffer = Buffer.alloc(0);

  /** @throws {ProtocolError} If something else comes: whoever draws the screen would know another size. */
  push(bytes: Buffer): readonly TerminalSize[] {
    let rest = Buffer.concat([this.#kept, bytes]);
    const sizes: TerminalSize[] = [];
    for (;;) {
      const end = rest.indexOf(CLOSE_BRACE) + 1;
      if (end === 0) break;
      sizes.push(decode(rest.subarray(0, end)));
      rest = rest.subarray(end);
    }
    if (rest.length > SIZE_BYTES_MAX) throw violation();
    this.#kept = Buffer.from(rest);
    return sizes;
  }
}

/** Writes a size as kubectl does. */
export function encodeResize({ columns, rows }: TerminalSize): Buffer {
  return Buffer.from(`${JSON.stringify({ Width: columns, Height: rows })}\n`);
}

function decode(bytes: Buffer): TerminalSize {
  const match = SIZE.exec(bytes.toString('latin1'));
  const [columns = 0, rows = 0] = (match?.slice(1) ?? []).map(Number);
  if (match === null || columns > CELLS_MAX || rows > CELLS_MAX) throw violation();
  return { columns, rows };
}

const SIZE = /^\s*\{\s*"Width"\s*:\s*(\d{1,5})\s*,\s*"Height"\s*:\s*(\d{1,5})\s*\}$/;

function violation(): ProtocolError {
  return new ProtocolError('size of a terminal', 'is none');
}
