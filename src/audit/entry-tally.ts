import { open, readdir } from 'node:fs/promises';
import path from 'node:path';
import { decodeEntry, type Entry } from './decode-entry.ts';
import { KEYS_DIRECTORY } from './ledger-layout.ts';
import {
  decodeFrame,
  decodeSegmentHeader,
  LOG_NAME,
  parseSegmentFileName,
  SEGMENT_HEADER_BYTES_MAX,
} from './segment-format.ts';

/** What the ledger's logs of one machine say that happened since an instant. */
export interface EntryCounts {
  readonly sessions: number;
  readonly operations: number;
  readonly refusals: number;
  readonly maskedValues: number;
}

const NOTHING: EntryCounts = { sessions: 0, operations: 0, refusals: 0, maskedValues: 0 };

const CHUNK_BYTES = 1024 * 1024;

/** Where the reading of one log stands. */
interface Place {
  readonly segment: string;
  readonly offset: number;
}

/**
 * Counts entries as they come: each is read once, however often the counts are asked for. May run beside
 * the gateway.
 */
export class EntryTally {
  readonly #ledgerDirectory: string;
  readonly #places = new Map<string, Place>();
  #sinceMs = Number.NaN;
  #counts: EntryCounts = NOTHING;
  #reading: Promise<EntryCounts> | undefined;

  /** @param ledgerDirectory `<data>/ledger`. */
  constructor(ledgerDirectory: string) {
    this.#ledgerDirectory = ledgerDirectory;
  }

  /** @param sinceMs Milliseconds since the Unix epoch; it may move forward from call to call. */
  read(sinceMs: number): Promise<EntryCounts> {
    this.#reading ??= this.#readOn(sinceMs).finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #readOn(sinceMs: number): Promise<EntryCounts> {
    if (sinceMs !== this.#sinceMs) {
      // What was read before is older: another day has begun.
      this.#counts = NOTHING;
      this.#sinceMs = sinceMs;
    }
    const logs = await readdir(this.#ledgerDirectory, { withFileTypes: true });
    for (const log of logs) {
      if (!log.isDirectory() || !LOG_NAME.test(log.name) || log.name === KEYS_DIRECTORY) continue;
      await this.#readLog(log.name);
    }
    return this.#counts;
  }

  async #readLog(logName: string): Promise<void> {
    const directory = path.join(this.#ledgerDirectory, logName);
    const segments = (await readdir(directory))
      .filter((name) => parseSegmentFileName(name) !== undefined)
      .toSorted();
    const place = this.#places.get(logName) ?? (await this.#findStart(directory, segments));
    for (const segment of segments) {
      if (place !== undefined && segment < place.segment) continue;
      const offset = segment === place?.segment ? place.offset : 0;
      const end = await this.#readSegment(path.join(directory, segment), offset);
      this.#places.set(logName, { segment, offset: end });
    }
  }

  /** The last segment that begins before the instant: what lies before it is older. */
  async #findStart(directory: string, segments: readonly string[]): Promise<Place | undefined> {
    for (const segment of segments.toReversed()) {
      const first = await readFirst(path.join(directory, segment));
      if (first !== undefined && Date.parse(first.at) < this.#sinceMs)
        return { segment, offset: 0 };
    }
    return undefined;
  }

  async #readSegment(file: string, from: number): Promise<number> {
    await using handle = await open(file, 'r');
    let offset = from;
    if (offset === 0) {
      const start = Buffer.alloc(SEGMENT_HEADER_BYTES_MAX);
      const { bytesRead } = await handle.read(start, 0, start.length, 0);
      const header = decodeSegmentHeader(start.subarray(0, bytesRead));
      if (typeof header === 'string') return 0;
      offset = header.headerBytes;
    }
    const chunk = Buffer.alloc(CHUNK_BYTES);
    for (;;) {
      const { bytesRead } = await handle.read(chunk, 0, chunk.length, offset);
      const bytes = chunk.subarray(0, bytesRead);
      let end = 0;
      for (;;) {
        const frame = decodeFrame(bytes, end);
        if (frame.state !== 'whole') break;
        this.#count(bytes.subarray(frame.start, frame.end));
        end = frame.end;
      }
      if (end === 0) return offset;
      offset += end;
    }
  }

  #count(bytes: Buffer): void {
    const head = bytes.toString('latin1', 0, 160);
    const kind = /"kind":"(session\.start|operation|operation\.refuse|result)"/.exec(head)?.[1];
    const at = /"at":"([^"]{24})"/.exec(head)?.[1] ?? '';
    if (kind === undefined || !(Date.parse(at) >= this.#sinceMs)) return;
    const { sessions, operations, refusals, maskedValues } = this.#counts;
    switch (kind) {
      case 'session.start':
        this.#counts = { ...this.#counts, sessions: sessions + 1 };
        return;
      case 'operation':
        this.#counts = { ...this.#counts, operations: operations + 1 };
        return;
      case 'operation.refuse':
        this.#counts = { ...this.#counts, refusals: refusals + 1 };
        return;
      case 'result': {
        const masked = countMasked(decodeEntry(bytes));
        this.#counts = { ...this.#counts, maskedValues: maskedValues + masked };
        return;
      }
    }
  }
}

async function readFirst(file: string): Promise<Entry | undefined> {
  await using handle = await open(file, 'r');
  const chunk = Buffer.alloc(CHUNK_BYTES);
  const { bytesRead } = await handle.read(chunk, 0, chunk.length, 0);
  const bytes = chunk.subarray(0, bytesRead);
  const header = decodeSegmentHeader(bytes.subarray(0, SEGMENT_HEADER_BYTES_MAX));
  if (typeof header === 'string') return undefined;
  const frame = decodeFrame(bytes, header.headerBytes);
  return frame.state === 'whole' ? decodeEntry(bytes.subarray(frame.start, frame.end)) : undefined;
}

/** Values masked at the source, and those found in texts. */
function countMasked(entry: Entry | undefined): number {
  return sum(entry?.['masked']) + sum(entry?.['found']);
}

function sum(counts: unknown): number {
  if (typeof counts !== 'object' || counts === null) return 0;
  return Object.values(counts).reduce<number>(
    (total, count) => total + (typeof count === 'number' ? count : 0),
    0,
  );
}
