/** A place for copies of files that somebody else keeps. */
export interface ObjectStore {
  /**
   * Stores a file, and makes sure that what arrived is what was sent. What of it was stored before a failure is
   * not sent again.
   *
   * @returns Hex SHA-256 of what was sent.
   * @throws {ArchiveError}
   */
  put(name: string, source: ObjectSource, signal: AbortSignal): Promise<string>;
  /** Reads an object. Undefined if there is none. @throws {ArchiveError} Also while iterating. */
  get(name: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array> | undefined>;
  /**
   * Removes for good what is stored under names that begin with `prefix`: every version of it, or all but the newest.
   *
   * @returns Until when locks keep what is left, in milliseconds since the Unix epoch; undefined if nothing is.
   * @throws {ArchiveError}
   */
  remove(
    prefix: string,
    keep: 'nothing' | 'newest',
    signal: AbortSignal,
  ): Promise<number | undefined>;
}

/** Bytes to store. */
export interface ObjectSource {
  readonly bytes: number;
  /** Reads `length` bytes from `start`, or up to the end. */
  read(start: number, length: number): Promise<Buffer>;
}

/** The archive does not do what it should; it is tried again. The message holds no secret. */
export class ArchiveError extends Error {
  override readonly name = 'ArchiveError';
  readonly code: 'ERR_ARCHIVE_UNAVAILABLE' | 'ERR_ARCHIVE_LIES';

  constructor(code: ArchiveError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
