import { type FileHandle, readdir } from 'node:fs/promises';
import path from 'node:path';
import { contentOf, type StoredContent } from './content-opener.ts';
import { LedgerError } from './ledger-error.ts';
import { openEvidence } from './open-evidence.ts';
import {
  decodeFrame,
  decodeSegmentHeader,
  parseSegmentFileName,
  SEGMENT_HEADER_BYTES_MAX,
  type SegmentHeader,
} from './segment-format.ts';

/** One entry of a log, and where it lies. */
export interface TailRecord {
  readonly seq: number;
  /** As stored and hashed. Good until the next record is asked for. */
  readonly bytes: Buffer;
  /** As sealed; for a `ContentOpener` that entered the header's segment. Good for as long as `bytes`. */
  readonly content: StoredContent | undefined;
  /** Of an entry that expired: all that is left of it; `bytes` is empty then. */
  readonly expiredLeaf?: Buffer;
  readonly header: SegmentHeader;
  /** Name of the segment file, and offset of the record's frame in it. */
  readonly segment: string;
  readonly offset: number;
}

/** What a reader wants. */
export interface TailOptions {
  /** After a failure a log went on before records that were read: those were refused to their callers. */
  readonly onRewind?: () => void;
  /** Of an entry's bytes. Others are passed over, but for some, so that it is seen how far this read. Default: all. */
  readonly isWanted?: (entry: Buffer) => boolean;
  /** Of entries that were signed: throws if there are fewer, or some are missing before others. Default: goes on behind them. */
  readonly signedSize?: number;
  /** Of the leaf hash of an entry that expired. Default: none. */
  readonly isLeafWanted?: (leafHash: Buffer) => boolean;
}

const CHUNK_BYTES = 1024 * 1024;
const NOTHING: Buffer = Buffer.alloc(0);

/** Where the next record lies. */
interface TailPlace {
  readonly segment: string;
  readonly offset: number;
  /** Whether entries of the segment had expired when it lay there. */
  readonly isThinned: boolean;
}

/** Reads a log on from where it was left: each record once. May run beside the gateway. */
export class LogTail {
  readonly #directory: string;
  #seq = 0;
  #place: TailPlace | undefined;

  /** @param directory Of the log's segments. */
  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Records that were read, all those before the first segment that was read included. */
  get seq(): number {
    return this.#seq;
  }

  /**
   * Begins at a segment: what lies before it is passed over.
   *
   * @param segment Name of a segment file.
   */
  startAt(segment: string): void {
    this.#place = { segment, offset: 0, isThinned: false };
    this.#seq = parseSegmentFileName(segment) ?? 0;
  }

  /** Begins at a record that was read before. */
  resumeAt({ segment, offset, seq }: Pick<TailRecord, 'segment' | 'offset' | 'seq'>): void {
    this.#place = { segment, offset, isThinned: false };
    this.#seq = seq;
  }

  /** Names of the segment files, in order. */
  async listSegments(): Promise<readonly string[]> {
    const names = await readdir(this.#directory);
    return names.filter((name) => parseSegmentFileName(name) !== undefined).toSorted();
  }

  /**
   * What came since the last time.
   *
   * @throws {LedgerError} `ERR_LEDGER_CORRUPT` where entries are missing, if it was said how many were signed.
   */
  async *readOn(options: TailOptions = {}): AsyncGenerator<TailRecord, void> {
    const segments = await this.listSegments();
    const from = this.#place?.segment;
    const later = segments.filter((segment) => from === undefined || segment > from);
    const firstLater = parseSegmentFileName(later[0] ?? '');
    if (firstLater !== undefined && firstLater < this.#seq) {
      this.#place = undefined;
      this.#seq = 0;
      options.onRewind?.();
      return yield* this.readOn({ ...options, onRewind: () => undefined });
    }
    const rest = segments.filter((segment) => from === undefined || segment >= from);
    for (const [index, segment] of rest.entries()) {
      const first = parseSegmentFileName(segment) ?? 0;
      if (options.signedSize !== undefined) this.#expectReached(first);
      const until = parseSegmentFileName(rest[index + 1] ?? '') ?? Number.POSITIVE_INFINITY;
      yield* this.#readSegment(segment, until, options);
    }
    this.#expectReached(options.signedSize ?? 0);
  }

  #expectReached(size: number): void {
    if (this.#seq >= size) return;
    const what = `entries ${this.#seq} to ${size - 1} are missing or damaged`;
    throw new LedgerError('ERR_LEDGER_CORRUPT', `Cannot read ${this.#directory}: ${what}`);
  }

  async *#readSegment(
    segment: string,
    untilSeq: number,
    { isWanted = () => true, isLeafWanted = () => false }: TailOptions,
  ): AsyncGenerator<TailRecord, void> {
    await using file = await openEvidence(path.join(this.#directory, segment));
    const header = await readHeader(file);
    if (header === undefined) return;
    const { isThinned } = header;
    // What was read before entries of this segment expired is not where it was.
    const isMoved = isThinned && this.#place?.isThinned === false;
    const fromSeq = this.#place?.segment === segment ? this.#seq : header.firstSeq;
    let offset = this.#place?.segment === segment && !isMoved ? this.#place.offset : 0;
    if (offset === 0) {
      offset = header.headerBytes;
      this.#seq = header.firstSeq;
    }
    const chunk = Buffer.alloc(CHUNK_BYTES);
    for (;;) {
      const { bytesRead } = await file.read(chunk, 0, chunk.length, offset);
      const bytes = chunk.subarray(0, bytesRead);
      let end = 0;
      let passed: TailRecord | undefined;
      while (this.#seq < untilSeq) {
        const frame = decodeFrame(bytes, end);
        if (frame.state !== 'whole' && frame.state !== 'expired') break;
        const place = { header, segment, offset: offset + end, seq: this.#seq };
        end = frame.end;
        this.#seq += 1;
        this.#place = { segment, offset: offset + end, isThinned };
        if (place.seq < fromSeq) continue;
        if (frame.state === 'expired') {
          const { leafHash: expiredLeaf } = frame;
          if (isLeafWanted(expiredLeaf))
            yield { ...place, expiredLeaf, bytes: NOTHING, content: undefined };
          continue;
        }
        const entry = bytes.subarray(frame.start, frame.entryEnd);
        passed = { ...place, bytes: entry, content: contentOf(bytes, frame) };
        if (!isWanted(entry)) continue;
        yield passed;
        passed = undefined;
      }
      if (passed !== undefined) yield passed;
      if (end === 0) return;
      offset += end;
    }
  }
}

async function readHeader(file: FileHandle): Promise<SegmentHeader | undefined> {
  const start = Buffer.alloc(SEGMENT_HEADER_BYTES_MAX);
  const { bytesRead } = await file.read(start, 0, start.length, 0);
  const header = decodeSegmentHeader(start.subarray(0, bytesRead));
  return typeof header === 'string' ? undefined : header;
}
