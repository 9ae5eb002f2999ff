import { hash } from 'node:crypto';
import type { SealedContent } from './content-sealer.ts';
import { encodeFrameHeader, FRAME_HEADER_BYTES } from './segment-format.ts';

const FIRST_CAPACITY_BYTES = 16 * 1024;
/** Larger buffers are given back after a burst. */
const KEPT_CAPACITY_BYTES_MAX = 1024 * 1024;

/** Called once an entry is safe, or with an error once it is certain that it is not. */
export type Done = (error: Error | undefined) => void;

/**
 * Framed entries that one fdatasync makes durable together, and who waits for them. The bytes stay
 * until then: they are what the log continues with when the disk fails in between.
 */
export class EntryBatch {
  #bytes: Buffer = Buffer.allocUnsafeSlow(FIRST_CAPACITY_BYTES);
  #length = 0;
  /** How many of the bytes write(2) has taken. */
  writtenBytes = 0;
  /** When the first entry came, by the monotonic clock. */
  firstAtMs = 0;
  /** Callers that wait for the write, and for the sync, with their entries' sequence numbers. */
  readonly #forWrite: Waiting = { dones: [], seqs: [] };
  readonly #forSync: Waiting = { dones: [], seqs: [] };

  get byteLength(): number {
    return this.#length;
  }

  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  /** How many wait for these entries to be on stable storage. */
  get waitingCount(): number {
    return this.#forSync.dones.length;
  }

  /** Whether anyone does. */
  get isAwaited(): boolean {
    return this.waitingCount > 0;
  }

  /** Adds one record and returns the entry's leaf hash in hex. */
  add(entry: string, content: SealedContent | undefined): string {
    const contentBytes = content?.bytes.length ?? 0;
    // UTF-8 needs at most three bytes for one UTF-16 code unit.
    this.#reserve(FRAME_HEADER_BYTES + entry.length * 3 + contentBytes);
    const start = this.#length + FRAME_HEADER_BYTES;
    const entryEnd = start + this.#bytes.write(entry, start, 'utf8');
    // The leaf's prefix byte borrows the last byte of the header's place, so that nothing is copied.
    this.#bytes[start - 1] = 0x00;
    const leafHash = hash('sha256', this.#bytes.subarray(start - 1, entryEnd), 'hex');
    content?.bytes.copy(this.#bytes, entryEnd);
    const end = entryEnd + contentBytes;
    const frame = this.#bytes.subarray(this.#length, end);
    encodeFrameHeader(frame, entryEnd - start, contentBytes, content?.offset ?? 0);
    this.#length = end;
    return leafHash;
  }

  /** Remembers who to call for the entry `seq`. */
  wait(mode: 'sealed' | 'written', seq: number, done: Done): void {
    const waiting = mode === 'sealed' ? this.#forSync : this.#forWrite;
    waiting.dones.push(done);
    waiting.seqs.push(seq);
  }

  acknowledgeWrite(): void {
    call(this.#forWrite, undefined);
  }

  acknowledgeSync(): void {
    call(this.#forSync, undefined);
  }

  /** Tells all who still wait that their operation must not happen; returns their sequence numbers. */
  refuse(error: Error): number[] {
    return [...call(this.#forWrite, error), ...call(this.#forSync, error)].sort((a, b) => a - b);
  }

  /** Empties the batch for its next use. Nobody may be waiting. */
  reset(): void {
    this.#length = 0;
    this.writtenBytes = 0;
    if (this.#bytes.length > KEPT_CAPACITY_BYTES_MAX) {
      this.#bytes = Buffer.allocUnsafeSlow(FIRST_CAPACITY_BYTES);
    }
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, this.#length + bytes));
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
  }
}

interface Waiting {
  dones: Done[];
  seqs: number[];
}

/** Calls everyone once, in order. Those who start to wait meanwhile are left for the next time. */
function call(waiting: Waiting, error: Error | undefined): readonly number[] {
  const { dones, seqs } = waiting;
  if (dones.length === 0) return seqs;
  waiting.dones = [];
  waiting.seqs = [];
  for (const done of dones) {
    try {
      done(error);
    } catch (thrown) {
      // One caller's bug is reported as uncaught; it must not keep the others waiting for ever.
      process.nextTick(() => {
        throw thrown;
      });
    }
  }
  return seqs;
}
