const BPCHAR_OID = 1042;
const INT8_OID = 20;
const INT2_OID = 21;
const INT4_OID = 23;
const UUID_OID = 2950;
/** Binary format is the text itself: text, varchar, name, unknown. */
const TEXT_OIDS: ReadonlySet<number> = new Set([19, 25, 705, 1043, BPCHAR_OID]);
const UUID_TEXT = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/iu;
const UUID_TEXT_BYTES = 36;
const UUID_BYTES = 16;
const SPACE = 0x20;
const HYPHEN = 0x2d;
const ZERO = 0x30;
const UPPER_BITS = 0x1_0000_0000;
/** Room for the longest form that is written: a UUID. */
const SCRATCH_BYTES = 40;

/**
 * Brings a patient's id into one form, whatever its type and format: a number in decimal, a UUID in lower
 * case, text without the blanks that `char(n)` puts behind it. The result is a range of {@link bytes}.
 */
export class PatientIdReader {
  bytes: Buffer = Buffer.alloc(0);
  start = 0;
  end = 0;
  readonly #scratch: Buffer = Buffer.alloc(SCRATCH_BYTES);

  /** The id as a person writes it. */
  readText(id: string): void {
    const bytes = Buffer.from(id.trim());
    this.readTextFormat(bytes, 0, bytes.length);
  }

  /** A value in text format. */
  readTextFormat(bytes: Buffer, start: number, end: number): void {
    this.#set(bytes, start, end);
    if (end - start === UUID_TEXT_BYTES && bytes[start + 8] === HYPHEN) {
      const text = bytes.toString('latin1', start, end);
      if (UUID_TEXT.test(text)) this.#write(text.toLowerCase());
      return;
    }
    while (this.end > start && bytes[this.end - 1] === SPACE) this.end -= 1;
  }

  /**
   * A value in binary format.
   *
   * @returns False if this type is not known here, or no value of it has this length.
   */
  readBinaryFormat(typeOid: number, bytes: Buffer, start: number, end: number): boolean {
    const length = end - start;
    if (TEXT_OIDS.has(typeOid)) {
      this.readTextFormat(bytes, start, end);
    } else if (typeOid === INT4_OID && length === 4) {
      this.#writeInteger(bytes.readInt32BE(start));
    } else if (typeOid === INT8_OID && length === 8) {
      const value = bytes.readInt32BE(start) * UPPER_BITS + bytes.readUInt32BE(start + 4);
      if (Number.isSafeInteger(value)) this.#writeInteger(value);
      else this.#write(bytes.readBigInt64BE(start).toString());
    } else if (typeOid === INT2_OID && length === 2) {
      this.#writeInteger(bytes.readInt16BE(start));
    } else if (typeOid === UUID_OID && length === UUID_BYTES) {
      const hex = bytes.toString('hex', start, end);
      this.#write(hex.replace(/^(.{8})(.{4})(.{4})(.{4})/u, '$1-$2-$3-$4-'));
    } else {
      return false;
    }
    return true;
  }

  /** Writes decimal digits from the last to the first. */
  #writeInteger(value: number): void {
    let rest = Math.abs(value);
    let at = SCRATCH_BYTES;
    do {
      const next = Math.floor(rest / 10);
      this.#scratch[--at] = ZERO + (rest - next * 10);
      rest = next;
    } while (rest > 0);
    if (value < 0) this.#scratch[--at] = HYPHEN;
    this.#set(this.#scratch, at, SCRATCH_BYTES);
  }

  #write(text: string): void {
    this.#set(this.#scratch, 0, this.#scratch.write(text, 'latin1'));
  }

  #set(bytes: Buffer, start: number, end: number): void {
    this.bytes = bytes;
    this.start = start;
    this.end = end;
  }
}
