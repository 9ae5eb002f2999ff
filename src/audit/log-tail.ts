import { type FileHandle, open, readdir } from 'node:fs/promises';
import path from 'node:path';
import { contentOf, type StoredContent } from './content-opener.ts';
import {
  decodeFrame,
  decodeSegmentHeader,
  FRAME_HEADER_BYTES,
  parseSegmentFileName,
  SEGMENT_HEADER_BYTES_MAX,
  type SegmentHeader,
  type WholeFrame,
} from './segment-format.ts';

/** One entry of a log, and where it lies. */
export interface TailRecord {
  readonly seq: number;
  /** As stored and hashed. Good until the next record is asked for. */
  readonly bytes: Buffer;
  /** As sealed; for a `ContentOpener` that entered the header's segment. Good for as long as `bytes`. */
  readonly content: StoredContent | undefined;
  readonly header: SegmentHeader;
  /** Name of the segment file, and offset of the record's frame in it. */
  readonly segment: string;
  readonly offset: number;
}

const CHUNK_BYTES = 1024 * 1024;

/** Reads a log on from where it was left: each record once. May run beside the gateway. */
export class LogTail {
  readonly #directory: string;
  #seq = 0;
  #place: { readonly segment: string; readonly offset: number } | undefined;

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
    this.#place = { segment, offset: 0 };
    this.#seq = parseSegmentFileName(segment) ?? 0;
  }

  /** Begins at a record that was read before. */
  resumeAt({ segment, offset, seq }: Pick<TailRecord, 'segment' | 'offset' | 'seq'>): void {
    this.#place = { segment, offset };
    this.#seq = seq;
  }

  /** Names of the segment files, in order. */
  async listSegments(): Promise<readonly string[]> {
    const names = await readdir(this.#directory);
    return names.filter((name) => parseSegmentFileName(name) !== undefined).toSorted();
  }

  /**
   * What came since the last time. After a failure a log can go on in a new segment before records that
   * were read: those were refused to their callers, and `onRewind` is told.
   *
   * @param isWanted Of an entry's bytes: others are passed over, but for some, so that it is seen how far this read.
   */
  async *readOn(
    onRewind: () => void = () => undefined,
    isWanted: (entry: Buffer) => boolean = () => true,
  ): AsyncGenerator<TailRecord, void> {
    const segments = await this.listSegments();
    const from = this.#place?.segment;
    const later = segments.filter((segment) => from === undefined || segment > from);
    const firstLater = parseSegmentFileName(later[0] ?? '');
    if (firstLater !== undefined && firstLater < this.#seq) {
      this.#place = undefined;
      this.#seq = 0;
      onRewind();
      return yield* this.readOn(undefined, isWanted);
    }
    const rest = segments.filter((segment) => from === undefined || segment >= from);
    for (const [index, segment] of rest.entries()) {
      const until = parseSegmentFileName(rest[index + 1] ?? '') ?? Number.POSITIVE_INFINITY;
      yield* this.#readSegment(segment, until, isWanted);
    }
  }

  async *#readSegment(
    segment: string,
    untilSeq: number,
    isWanted: (entry: Buffer) => boolean,
  ): AsyncGenerator<TailRecord, void> {
    await using file = await open(path.join(this.#directory, segment), 'r');
    const header = await readHeader(file);
    if (header === undefined) return;
    let offset = this.#place?.segment === segment ? this.#place.offset : 0;
    if (offset === 0) {
      offset = header.headerBytes;
      this.#seq = header.firstSeq;
    }
    const chunk = Buffer.alloc(CHUNK_BYTES);
    for (;;) {
      const { bytesRead } = await file.read(chunk, 0, chunk.length, offset);
      const bytes = chunk.subarray(0, bytesRead);
      let end = 0;
      let passed: WholeFrame | undefined;
      const describe = (frame: WholeFrame): TailRecord => ({
        seq: this.#seq - 1,
        bytes: bytes.subarray(frame.start, frame.entryEnd),
        content: contentOf(bytes, frame),
        header,
        segment,
        offset: offset + frame.start - FRAME_HEADER_BYTES,
      });
      while (this.#seq < untilSeq) {
        const frame = decodeFrame(bytes, end);
        if (frame.state !== 'whole') break;
        end = frame.end;
        this.#seq += 1;
        this.#place = { segment, offset: offset + end };
        if (isWanted(bytes.subarray(frame.start, frame.entryEnd))) {
          passed = undefined;
          yield describe(frame);
        } else {
          passed = frame;
        }
      }
      if (passed !== undefined) yield describe(passed);
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
