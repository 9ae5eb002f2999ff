import type { OpenedContent } from './content-opener.ts';
import type { Entry } from './decode-entry.ts';

/** Where a log is read on: behind the last entry that was read. */
export interface LogPlace {
  /** Of that entry. */
  readonly seq: number;
  /** Name of the segment file that it is in, and offset of its record there; 0 if that is to be looked up. */
  readonly segment: string;
  readonly offset: number;
}

/** An entry of a log with what it keeps apart. */
export interface SourceEntry {
  readonly log: string;
  /** Without content. */
  readonly entry: Entry;
  /** What the entry keeps apart because it may be personal. */
  readonly content: OpenedContent;
  /** Hexadecimal; what stands in the log's tree. */
  readonly leafHash: string;
  /** Size in the log, with its content. */
  readonly bytes: number;
  readonly place: LogPlace;
}

/** The logs of this machine, as exports read them. */
export interface EntrySource {
  /** Names, in order. */
  listLogs(): Promise<readonly string[]>;
  /**
   * What stands in a log behind a place, or from its beginning, up to its end of this moment. Where the log
   * went on before that place after a failure, it begins there: what was read behind it is void.
   *
   * @param kinds Entries of other kinds are left out, but for some, so that it is seen how far this read. Default: all.
   */
  readOn(
    log: string,
    place: LogPlace | undefined,
    kinds?: ReadonlySet<string>,
  ): AsyncIterable<SourceEntry>;
  /**
   * The place before the first entry of an instant or later; undefined for the beginning.
   *
   * @param sinceMs Milliseconds since the Unix epoch.
   */
  findPlace(log: string, sinceMs: number): Promise<LogPlace | undefined>;
}
