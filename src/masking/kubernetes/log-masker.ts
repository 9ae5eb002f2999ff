import type { Counters } from '../content/content-masks.ts';
import { TextMasker } from '../content/text-masker.ts';
import { ContentFormatError, type ContentMasker } from '../content-masker.ts';
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

/** Where the query of a request has a log cut; undefined: nowhere. */
export function findLogLimit(query: string): number | undefined {
  const limits = new URLSearchParams(query).getAll(LIMIT).map(Number);
  if (limits.length === 0) return undefined;
  return limits.some(Number.isNaN) ? 0 : Math.min(...limits);
}

/**
 * Looks through a log as it is written: whole lines are shown at once. Of a line that was cut nothing is shown: where that is, its
 * client chose, and of half a value nobody knows what it is.
 */
export class LogMasker implements ContentMasker {
  readonly #parts: LogMaskerParts;
  #held: Buffer = Buffer.alloc(0);
  /** Of a line that is too long to be held. */
  #long: TextMasker | undefined;
  #bytes = 0;

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
    this.#long = new TextMasker(counters, { mayBeBinary: true, isTable: false }, write);
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
    return bytes.subarray(end);
  }

  #show(length: number): void {
    const { counters, write } = this.#parts;
    const bytes = this.#held.subarray(0, length);
    counters.evidence.record();
    write(counters.found.redact(this.#held, 0, length) ?? Buffer.from(bytes));
    this.#held = Buffer.from(this.#held.subarray(length));
  }
}
