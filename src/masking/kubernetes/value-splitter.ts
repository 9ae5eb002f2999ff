import { JsonByte } from '../detectors/json-byte.ts';

const LINE_FEED = 0x0a;

/** Finds where the values of a stream of JSON end: objects that follow each other, as a watch has them. */
export class ValueSplitter {
  #depth = 0;
  #isInString = false;
  #isEscaped = false;

  /** Whether no value has begun that has not ended. */
  get isBetween(): boolean {
    return this.#depth === 0 && !this.#isInString;
  }

  /**
   * Reads on.
   *
   * @returns The offset behind the end of the first object or array that ends in the bytes, -1 if none does.
   */
  findEnd(bytes: Buffer, from: number): number {
    for (let offset = from; offset < bytes.length; offset++) {
      const byte = bytes[offset];
      if (this.#isInString) this.#readString(byte);
      else if (byte === JsonByte.quote) this.#isInString = true;
      else if (byte === JsonByte.openObject || byte === JsonByte.openArray) this.#depth += 1;
      else if (byte === JsonByte.closeObject || byte === JsonByte.closeArray) {
        this.#depth -= 1;
        if (this.#depth <= 0) {
          this.#depth = 0;
          return bytes[offset + 1] === LINE_FEED ? offset + 2 : offset + 1;
        }
      }
    }
    return -1;
  }

  #readString(byte: number | undefined): void {
    if (this.#isEscaped) this.#isEscaped = false;
    else if (byte === JsonByte.backslash) this.#isEscaped = true;
    else if (byte === JsonByte.quote) this.#isInString = false;
  }
}
