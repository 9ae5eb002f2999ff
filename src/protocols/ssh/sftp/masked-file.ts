import {
  ContentFormatError,
  type ContentMasker,
  type OpenContentMasker,
} from '../../../masking/content-masker.ts';
import type { EvidenceFields } from '../../../masking/rows/result-evidence.ts';
import { FileReadError, readAhead } from './read-ahead.ts';
import type { SftpTarget } from './sftp-target.ts';

/** Masked bytes that are kept for a client that reads them again, or in another order. */
const KEPT_BYTES = 1024 * 1024;

/** What a client reads of a masked file. */
export type MaskedRead =
  | { readonly kind: 'data'; readonly data: Buffer }
  | { readonly kind: 'end' }
  /** It cannot be served. */
  | { readonly kind: 'failed'; readonly reason: string };

interface WaitingRead {
  readonly offset: number;
  readonly length: number;
  readonly answer: (read: MaskedRead) => void;
}

/**
 * A file that is masked while a client reads it. Masks change lengths, so only who has read it from the start knows what is at
 * an offset: reads are served in about their order, and memory stays bounded.
 */
export class MaskedFile {
  readonly #masker: ContentMasker;
  readonly #source: AsyncGenerator<Buffer, void>;
  readonly #onFailure: () => void;
  readonly #waiting: WaitingRead[] = [];
  /** Masked bytes from `#start` on. */
  readonly #chunks: Buffer[] = [];
  #start = 0;
  #end = 0;
  /** Nothing comes after `#end`: the file is over, or that is why. */
  #over: MaskedRead | undefined;
  #isReading = false;

  /** @param onFailure Told if reads cannot even be answered. */
  constructor(
    source: AsyncGenerator<Buffer, void>,
    openMasker: OpenContentMasker,
    onFailure: () => void,
  ) {
    this.#source = source;
    this.#onFailure = onFailure;
    this.#masker = openMasker((bytes) => {
      this.#chunks.push(bytes);
      this.#end += bytes.length;
    });
  }

  /** What was shown so far. */
  describe(): EvidenceFields {
    return this.#masker.describe();
  }

  /** @param answer Called once, later or at once; not after `close`. */
  read(offset: number, length: number, answer: (read: MaskedRead) => void): void {
    this.#waiting.push({ offset, length, answer });
    this.#serve();
    if (this.#waiting.length === 0 || this.#isReading) return;
    this.#readOn().catch(() => {
      this.close();
      this.#onFailure();
    });
  }

  close(): void {
    this.#waiting.length = 0;
    this.#over ??= { kind: 'failed', reason: 'the file is closed' };
  }

  /** Masks until nobody waits any more. */
  async #readOn(): Promise<void> {
    this.#isReading = true;
    while (this.#waiting.length > 0 && this.#over === undefined) {
      await this.#next();
      this.#serve();
      this.#forget();
    }
    this.#isReading = false;
  }

  async #next(): Promise<void> {
    try {
      const { value, done } = await this.#source.next();
      if (this.#over !== undefined) return;
      if (done !== true) return this.#masker.push(value);
      this.#masker.end();
      this.#over = { kind: 'end' };
    } catch (error) {
      const isExpected = error instanceof ContentFormatError || error instanceof FileReadError;
      this.#over ??= { kind: 'failed', reason: isExpected ? error.message : 'it cannot be masked' };
    }
  }

  #serve(): void {
    const waiting = this.#waiting.splice(0);
    for (const read of waiting) {
      const answer = this.#find(read);
      if (answer === undefined) this.#waiting.push(read);
      else read.answer(answer);
    }
  }

  #find({ offset, length }: WaitingRead): MaskedRead | undefined {
    if (offset < this.#start) {
      return { kind: 'failed', reason: 'a masked file can only be read from start to end' };
    }
    if (offset + length <= this.#end) return { kind: 'data', data: this.#slice(offset, length) };
    if (this.#over?.kind !== 'end' || offset >= this.#end) return this.#over;
    return { kind: 'data', data: this.#slice(offset, this.#end - offset) };
  }

  #slice(offset: number, length: number): Buffer {
    const parts: Buffer[] = [];
    let chunkStart = this.#start;
    for (const chunk of this.#chunks) {
      if (chunkStart >= offset + length) break;
      const from = Math.max(0, offset - chunkStart);
      if (from < chunk.length) parts.push(chunk.subarray(from, offset + length - chunkStart));
      chunkStart += chunk.length;
    }
    return Buffer.concat(parts);
  }

  /** Forgets what lies far before all that is waited for. */
  #forget(): void {
    const needed = Math.min(this.#end, ...this.#waiting.map(({ offset }) => offset)) - KEPT_BYTES;
    while (this.#chunks[0] !== undefined && this.#start + this.#chunks[0].length <= needed) {
      this.#start += (this.#chunks.shift() as Buffer).length;
    }
  }
}

/** Bytes of a file up to which its masked size is found out by masking it. */
const MEASURED_BYTES_MAX = 1024 ** 3;

/**
 * How long a file will be once it is masked: clients rely on the size they are told.
 *
 * @returns undefined if it cannot be masked, or is too large to try.
 */
export async function measureMasked(
  target: SftpTarget,
  handle: Buffer,
  openMasker: OpenContentMasker,
): Promise<number | undefined> {
  let maskedBytes = 0;
  let bytes = 0;
  const masker = openMasker((masked) => {
    maskedBytes += masked.length;
  });
  try {
    for await (const chunk of readAhead(target, handle)) {
      bytes += chunk.length;
      if (bytes > MEASURED_BYTES_MAX) return undefined;
      masker.push(chunk);
    }
    masker.end();
    return maskedBytes;
  } catch (error) {
    if (error instanceof ContentFormatError || error instanceof FileReadError) return undefined;
    throw error;
  }
}
