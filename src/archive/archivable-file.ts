/** A file that is to be in the archive. */
export interface ArchivableFile {
  /** Relative to the data directory, with slashes: the object's name, too. */
  readonly name: string;
  /** Bytes of it that are to be there. */
  readonly bytes: number;
  /**
   * `final`: it does not change any more. `growing`: it does, and is stored again when it has. `open`: it is being
   * written, and not stored yet.
   */
  readonly state: 'final' | 'growing' | 'open';
}

/** Bytes of a file that the archive has; undefined if it has none. */
export type StoredBytes = (name: string) => number | undefined;
