import type { OutputStream } from '../channel-handler.ts';

/** Bytes that a block has room for at least, so that what comes byte by byte takes little more than its bytes. */
const BLOCK_BYTES_MIN = 4_096;

interface Block {
  readonly storage: Buffer;
  /** Where what waits begins and ends. */
  start: number;
  end: number;
}

/** Bytes of a channel that its peer does not take yet, in order, whatever their stream. */
export class SendQueue {
  readonly #blocks = new Line<Block>();
  /** How many bytes of one stream follow each other: stderr as negative numbers. */
  readonly #runs = new Line<number>();
  #byteCount = 0;

  get byteCount(): number {
    return this.#byteCount;
  }

  /** Keeps a copy. */
  push(bytes: Buffer, stream: OutputStream): void {
    if (bytes.length === 0) return;
    this.#byteCount += bytes.length;
    const run = stream === 'stdout' ? bytes.length : -bytes.length;
    const last = this.#runs.last;
    if (last !== undefined && last > 0 === run > 0) this.#runs.replaceLast(last + run);
    else this.#runs.push(run);
    const tail = this.#blocks.last;
    const copied = tail === undefined ? 0 : bytes.copy(tail.storage, tail.end);
    if (tail !== undefined) tail.end += copied;
    if (copied < bytes.length) this.#addBlock(bytes.subarray(copied));
  }

  /** Takes bytes of one stream from the front, at most as many; undefined if there are none. Valid until the next call. */
  shift(bytesMax: number): { readonly bytes: Buffer; readonly stream: OutputStream } | undefined {
    const run = this.#runs.first;
    const block = this.#blocks.first;
    if (run === undefined || block === undefined || bytesMax === 0) return undefined;
    const byteCount = Math.min(bytesMax, Math.abs(run), block.end - block.start);
    const bytes = block.storage.subarray(block.start, block.start + byteCount);
    this.#byteCount -= byteCount;
    block.start += byteCount;
    if (block.start === block.end) this.#blocks.dropFirst();
    const rest = run > 0 ? run - byteCount : run + byteCount;
    if (rest === 0) this.#runs.dropFirst();
    else this.#runs.replaceFirst(rest);
    return { bytes, stream: run > 0 ? 'stdout' : 'stderr' };
  }

  clear(): void {
    this.#blocks.clear();
    this.#runs.clear();
    this.#byteCount = 0;
  }

  #addBlock(bytes: Buffer): void {
    const storage = Buffer.allocUnsafeSlow(Math.max(bytes.length, BLOCK_BYTES_MIN));
    bytes.copy(storage);
    this.#blocks.push({ storage, start: 0, end: bytes.length });
  }
}

/** Items that come at one end and go at the other: an array that loses its first moves all others, so they go in lots. */
class Line<Item> {
  readonly #items: Item[] = [];
  #head = 0;

  get first(): Item | undefined {
    return this.#items[this.#head];
  }

  get last(): Item | undefined {
    return this.#head === this.#items.length ? undefined : this.#items.at(-1);
  }

  push(item: Item): void {
    this.#items.push(item);
  }

  replaceFirst(item: Item): void {
    this.#items[this.#head] = item;
  }

  replaceLast(item: Item): void {
    this.#items[this.#items.length - 1] = item;
  }

  dropFirst(): void {
    this.#head += 1;
    if (this.#head * 2 < this.#items.length) return;
    this.#items.splice(0, this.#head);
    this.#head = 0;
  }

  clear(): void {
    this.#items.length = 0;
    this.#head = 0;
  }
}
