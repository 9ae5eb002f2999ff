import { openEvidence } from './open-evidence.ts';
import {
  decodeFrame,
  decodeSegmentHeader,
  SEGMENT_HEADER_BYTES_MAX,
  type SegmentHeader,
  type WholeFrame,
} from './segment-format.ts';

const CHUNK_BYTES = 1024 * 1024;

/** A run of whole records, so that a reader pays for one step per megabyte and not per entry. */
export interface SegmentRun {
  readonly kind: 'run';
  readonly bytes: Buffer;
  /** Where `bytes` lies in the file. */
  readonly offset: number;
  readonly records: readonly WholeFrame[];
}

/** Entries in a row that expired. */
export interface ExpiredRun {
  readonly kind: 'expired';
  /** Of the first one, in the file. */
  readonly offset: number;
  readonly leafHashes: readonly Buffer[];
}

/** What a segment file holds, in order: its header, runs of records, and how it ends. */
export type SegmentPart =
  | { readonly kind: 'header'; readonly header: SegmentHeader }
  | SegmentRun
  | ExpiredRun
  | {
      readonly kind: 'end';
      /** Behind the last whole record. */
      readonly offset: number;
      /** Bytes behind it. */
      readonly restBytes: number;
      /** Why the rest is not a record; undefined if the file just ends within it. */
      readonly damage: string | undefined;
    };

/**
 * Reads a segment file with bounded memory. Stops at the first record that is not whole and ends
 * with the part that says so.
 */
export async function* readSegment(segmentPath: string): AsyncGenerator<SegmentPart, void> {
  await using file = await openEvidence(segmentPath);
  const start = Buffer.alloc(SEGMENT_HEADER_BYTES_MAX);
  const { bytesRead: startBytes } = await file.read(start, 0, start.length, 0);
  const header = decodeSegmentHeader(start.subarray(0, startBytes));
  if (typeof header === 'string') {
    const { size } = await file.stat();
    yield { kind: 'end', offset: 0, restBytes: size, damage: header };
    return;
  }
  yield { kind: 'header', header };

  let offset = header.headerBytes;
  for (;;) {
    // Entries are handed out as views, so each chunk gets memory of its own.
    const chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
    const { bytesRead } = await file.read(chunk, 0, chunk.length, offset);
    const bytes = chunk.subarray(0, bytesRead);
    const { runs, end, damage } = splitFrames(bytes, offset);
    yield* runs;
    offset += end;
    if (damage !== undefined || runs.length === 0) {
      const { size } = await file.stat();
      yield { kind: 'end', offset, restBytes: Math.max(0, size - offset), damage };
      return;
    }
  }
}

interface Split {
  readonly runs: readonly (SegmentRun | ExpiredRun)[];
  readonly end: number;
  readonly damage: string | undefined;
}

/** @param offset Of `bytes` in the file. */
function splitFrames(bytes: Buffer, offset: number): Split {
  const runs: (SegmentRun | ExpiredRun)[] = [];
  let records: WholeFrame[] = [];
  let leafHashes: Buffer[] = [];
  let end = 0;
  for (;;) {
    const frame = decodeFrame(bytes, end);
    switch (frame.state) {
      case 'short':
        return { runs, end, damage: undefined };
      case 'bad':
        return { runs, end, damage: frame.reason };
      case 'expired':
        if (leafHashes.length === 0) {
          runs.push({ kind: 'expired', offset: offset + end, leafHashes });
          records = [];
        }
        leafHashes.push(frame.leafHash);
        break;
      case 'whole':
        if (records.length === 0) {
          runs.push({ kind: 'run', bytes, offset, records });
          leafHashes = [];
        }
        records.push(frame);
    }
    end = frame.end;
  }
}
