import type { Counters } from '../content/content-masks.ts';
import { TextMasker } from '../content/text-masker.ts';
import { ContentFormatError, type ContentMasker } from '../content-masker.ts';
import { findHeader, HeadedTable } from '../detectors/headed-table.ts';
import { RowReader } from '../detectors/split-row.ts';
import { REDACTED_TEXT } from '../masks/redacted-text.ts';
import type { EvidenceFields } from '../rows/result-evidence.ts';

/** A line that is longer is shown in pieces. */
const LINE_BYTES_MAX: number = 64 * 1024;
const LINE_FEED = 0x0a;
/** By which a client has a log cut anywhere. @see https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/ */
const LIMIT = 'limitBytes';

export interface LogMaskerParts {
  readonly counters: Counters;
  /** Bytes at which the API server cuts the log; undefined: it does not. */
  readonly bytesMax: number | undefined;
  readonly write: (bytes: Buffer) => void;
}

/** Where the query of a request has a log cut; undefined: nowhere. Old servers end parameters at semicolons, too. */
export function findLogLimit(query: string): number | undefined {
  const limits = new URLSearchParams(query.replaceAll(';', '&')).getAll(LIMIT).map(Number);
  if (limits.length === 0) return undefined;
  return limits.some(Number.isNaN) ? 0 : Math.min(...limits);
}

/**
 * Looks through a log as it is written: whole lines are shown at once. Of a line that was cut nothing is shown: where that is, its
 * client chose, and of half a value nobody knows what it is. A table goes on in the lines that come later, as do headings in whose
 * rows nothing came yet.
 */
export class LogMasker implements ContentMasker {
  readonly #parts: LogMaskerParts;
  #held: Buffer = Buffer.alloc(0);
  /** Of a line that is too long to be held. */
  #long: TextMasker | undefined;
  #bytes = 0;
  /** The table whose rows go on in the next lines. */
  #table: HeadedTable | undefined;
  /** The last line, if it may be a table's headings. */
  #headings: string | undefined;

  constructor(parts: LogMaskerParts) {
    this.#parts = parts;
  }

  push(bytes: Buffer): void {
    this.#bytes += bytes.length;
    const rest = this.#long === undefined ? bytes : this.#pushLong(this.#long, bytes);
    this.#held = Buffer.concat([this.#held, rest]);
    const lines = this.#held.lastIndexOf(LINE_FEED) + 1;
    if (lines > 0) this.#show(lines);
    if (this.#held.length <= LINE_BYTES_MAX) return;
    const { counters, write } = this.#parts;
    const openTable = this.#takeTable(this.#held);
    this.#long = new TextMasker(counters, { mayBeBinary: true, isTable: false, openTable }, write);
    this.#long.push(this.#held);
    this.#held = Buffer.alloc(0);
  }

  /** @throws {ContentFormatError} If a line was cut of which some is shown already. */
  end(): void {
    const { bytesMax, write } = this.#parts;
    const isCut = bytesMax !== undefined && this.#bytes >= bytesMax;
    if (isCut && this.#long !== undefined) throw new ContentFormatError('log', 'a line is cut');
    this.#long?.end();
    if (this.#held.length === 0) return;
    if (isCut) write(Buffer.from(REDACTED_TEXT));
    else this.#show(this.#held.length);
  }

  describe(): EvidenceFields {
    return this.#parts.counters.evidence.describe();
  }

  /** Returns what is behind the end of the line. */
  #pushLong(long: TextMasker, bytes: Buffer): Buffer {
    const end = bytes.indexOf(LINE_FEED) + 1;
    if (end === 0) {
      long.push(bytes);
      return Buffer.alloc(0);
    }
    long.push(bytes.subarray(0, end));
    long.end();
    this.#long = undefined;
    this.#table = long.openTable;
    return bytes.subarray(end);
  }

  #show(length: number): void {
    const { counters, write } = this.#parts;
    const bytes = this.#held.subarray(0, length);
    counters.evidence.record();
    const masked = counters.found.redact(this.#held, 0, length, this.#takeTable(bytes));
    this.#table = counters.found.openTable;
    this.#table?.goOn();
    if (this.#table === undefined) this.#headings = headingsOf(bytes);
    write(masked ?? Buffer.from(bytes));
    this.#held = Buffer.from(this.#held.subarray(length));
  }

  /** The table whose rows these bytes may be: one that goes on, or of the headings above. */
  #takeTable(bytes: Buffer): HeadedTable | undefined {
    const [table, headings] = [this.#table, this.#headings];
    this.#table = undefined;
    this.#headings = undefined;
    if (table !== undefined || headings === undefined) return table;
    const below = new HeadedTable(false);
    const rows = new RowReader(headings + bytes.toString('latin1'));
    return below.begin(rows, 0) === undefined ? undefined : below;
  }
}

/** The last of whole lines, with its break, if it may be a table's headings. */
function headingsOf(bytes: Buffer): string | undefined {
  const last = bytes.subarray(bytes.lastIndexOf(LINE_FEED, -2) + 1).toString('latin1');
  return last.endsWith('\n') && findHeader(last.trimEnd()) !== undefined ? last : undefined;
}
