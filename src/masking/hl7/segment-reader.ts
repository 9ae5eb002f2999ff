import { ByteWriter } from '../../wire/byte-writer.ts';
import { ContentFormatError } from '../content-masker.ts';

/** Longest segment: documents come in them. */
const SEGMENT_BYTES_MAX = 16 * 1024 * 1024;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
/** What no text of HL7 v2 has: with such bytes, other character sets are switched on. */
const CONTROLS = /[\x00-\x08\x0b-\x1f\x7f]/;

/**
 * Cuts messages into segments. Each ends with a carriage return; many systems write a line feed, or both. All of one content have
 * to end as the first does: what reads only one of the signs would see other segments.
 */
export class SegmentReader {
  readonly #tell: (segment: string, lineBreak: string) => void;
  /** What has come of the segment at hand. */
  #kept = new ByteWriter();
  #endsWithReturn = false;
  #lineBreak: string | undefined;

  /** @param tell Told of each segment, its bytes as latin1; the last may have no end, and lines between messages are empty. */
  constructor(tell: (segment: string, lineBreak: string) => void) {
    this.#tell = tell;
  }

  /** @throws {ContentFormatError} If the bytes are no segments. */
  push(bytes: Buffer): void {
    let start = 0;
    if (this.#endsWithReturn && bytes.length > 0) {
      if (bytes[0] === LINE_FEED) start = 1;
      this.#keep(bytes.subarray(0, start));
      this.#take();
    }
    for (let at = start; at < bytes.length; at += 1) {
      const byte = bytes[at];
      if (byte !== LINE_FEED && byte !== CARRIAGE_RETURN) continue;
      // Whether a line feed follows has to be known.
      if (byte === CARRIAGE_RETURN && at + 1 === bytes.length) {
        this.#endsWithReturn = true;
        break;
      }
      if (byte === CARRIAGE_RETURN && bytes[at + 1] === LINE_FEED) at += 1;
      this.#keep(bytes.subarray(start, at + 1));
      this.#take();
      start = at + 1;
    }
    this.#keep(bytes.subarray(start));
  }

  end(): void {
    if (this.#kept.length > 0) this.#take();
  }

  #keep(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#kept.bytes(bytes);
    if (this.#kept.length > SEGMENT_BYTES_MAX) {
      throw new ContentFormatError('HL7 v2', `segment of more than ${SEGMENT_BYTES_MAX} bytes`);
    }
  }

  #take(): void {
    const line = this.#kept.toBuffer().toString('latin1');
    this.#kept = new ByteWriter();
    this.#endsWithReturn = false;
    const lineBreak = /(?:\r\n|\r|\n)$/.exec(line)?.[0] ?? '';
    const segment = line.slice(0, line.length - lineBreak.length);
    if (lineBreak !== '') this.#lineBreak ??= lineBreak;
    if (lineBreak !== '' && lineBreak !== this.#lineBreak) {
      throw new ContentFormatError('HL7 v2', 'segments that end in different ways');
    }
    if (CONTROLS.test(segment)) throw new ContentFormatError('HL7 v2', 'control characters');
    this.#tell(segment, lineBreak);
  }
}
