import type { EvidenceFields } from '../rows/result-evidence.ts';

/** What becomes of the content of one file for one principal. */
export type FilePlan =
  /** Nothing in it is hidden from the principal. An observer tells whose data it is; what it writes is the same. */
  | { readonly kind: 'raw'; readonly openObserver?: OpenFileMasker }
  /** Masked as it is read from start to end. */
  | { readonly kind: 'masked'; readonly openMasker: OpenFileMasker }
  /** No entry says what it holds: text is looked through, and what is no text passes. */
  | { readonly kind: 'inspected'; readonly openMasker: OpenFileMasker }
  /** It may not be read. */
  | { readonly kind: 'refused'; readonly reason: string };

/** Starts at the beginning of a file. @param write Takes what may be shown, a fresh buffer each time. */
export type OpenFileMasker = (write: (bytes: Buffer) => void) => FileMasker;

/** Masks one file as it streams by, in constant memory. */
export interface FileMasker {
  /**
   * Takes the next bytes of the file; they are the caller's again when it returns.
   *
   * @throws {FileFormatError} If the file is not what the data map says. Nothing more may be shown of it.
   */
  push(bytes: Buffer): void;
  /**
   * Writes what was held back.
   *
   * @throws {FileFormatError} If the file ends where its format does not let it.
   */
  end(): void;
  /** What was shown so far, as of the result of a statement; rows are rows of CSV, documents of JSON. */
  describe(): EvidenceFields;
}

/** A file is not of the format that the data map says: what cannot be taken apart is not shown. */
export class FileFormatError extends Error {
  override readonly name = 'FileFormatError';
  readonly code = 'ERR_FILE_FORMAT';

  /** @param reason Of structure only, never of content. */
  constructor(format: string, reason: string) {
    super(`Cannot mask ${format}: ${reason}`);
  }
}
