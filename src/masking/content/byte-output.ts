const ROOM_AT_FIRST = 4 * 1024;
/** Once something was taken: more will come. */
const ROOM_AFTERWARDS = 64 * 1024;
const NO_BYTES: Buffer = Buffer.alloc(0);
/** Bytes of the longest character in UTF-8, by unit of UTF-16. */
const UNIT_BYTES_MAX = 3;

/** Up to so many bytes are copied here, four at a time: a call costs more. */
const SHORT_MAX = 128;
const WORD_BYTES = 4;
const NO_VIEW: DataView = new DataView(new ArrayBuffer(0));
const ASCII_MAX = 0x7f;

/** Bytes written one after the other. */
export class ByteOutput {
  /** Made when something is written: many bodies are small. */
  #bytes: Buffer = NO_BYTES;
  #view: DataView = NO_VIEW;
  /** What was copied from last. */
  #source: Buffer = NO_BYTES;
  #sourceView: DataView = NO_VIEW;
  #room = ROOM_AT_FIRST;
  #length = 0;

  /** Of parts of the same buffer, which most often follow each other. */
  copy(bytes: Buffer, start: number, end: number): void {
    this.#makeRoom(end - start);
    if (end - start > SHORT_MAX) {
      this.#length += bytes.copy(this.#bytes, this.#length, start, end);
      return;
    }
    if (bytes !== this.#source) {
      this.#source = bytes;
      this.#sourceView = viewOf(bytes);
    }
    let from = start;
    let to = this.#length;
    for (; from <= end - WORD_BYTES; from += WORD_BYTES, to += WORD_BYTES) {
      this.#view.setInt32(to, this.#sourceView.getInt32(from, true), true);
    }
    for (; from < end; from++, to++) this.#bytes[to] = bytes[from] as number;
    this.#length = to;
  }

  /** A whole buffer. */
  add(bytes: Buffer): void {
    this.#makeRoom(bytes.length);
    this.#length += bytes.copy(this.#bytes, this.#length);
  }

  /** In UTF-8. */
  text(text: string): void {
    const count = text.length;
    this.#makeRoom(UNIT_BYTES_MAX * count);
    const output = this.#bytes;
    const start = this.#length;
    let index = 0;
    if (count <= SHORT_MAX) {
      for (; index < count; index++) {
        const unit = text.charCodeAt(index);
        if (unit > ASCII_MAX) break;
        output[start + index] = unit;
      }
    }
    this.#length = start + index;
    // From the first character that is none of ASCII's on.
    if (index < count) this.#length += output.write(text.slice(index), this.#length);
  }

  /** What was written since the last call: a fresh buffer, perhaps empty. */
  take(): Buffer {
    const taken = this.#bytes.subarray(0, this.#length);
    // What is left is enough for as much again, or there is a new one.
    this.#bytes =
      this.#bytes.length - this.#length > this.#length
        ? this.#bytes.subarray(this.#length)
        : NO_BYTES;
    this.#view = viewOf(this.#bytes);
    this.#room = Math.max(ROOM_AFTERWARDS, 2 * this.#length);
    this.#length = 0;
    return taken;
  }

  #makeRoom(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.#room, 2 * needed));
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
    this.#view = viewOf(grown);
  }
}

function viewOf({ buffer, byteOffset, byteLength }: Buffer): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}
