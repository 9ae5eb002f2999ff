import type { EvidenceFields } from './rows/result-evidence.ts';

/** What becomes of one content, a file's or a body's, for one principal. */
export type ContentPlan =
  /** Nothing in it is hidden from the principal. An observer tells whose data it is; what it writes is the same. */
  | { readonly kind: 'raw'; readonly openObserver?: OpenContentMasker }
  /** Masked as it is read from start to end. */
  | { readonly kind: 'masked'; readonly openMasker: OpenContentMasker }
  /** No entry says what it holds: it is looked through, as far as it is text. */
  | { readonly kind: 'inspected'; readonly openMasker: OpenContentMasker }
  /** It may not be read. */
  | { readonly kind: 'refused'; readonly reason: string };

/** Starts at the beginning of a content. @param write Takes what may be shown, a fresh buffer each time. */
export type OpenContentMasker = (write: (bytes: Buffer) => void) => ContentMasker;

/** Masks one content, such as a file or the body of a response, as it streams by, in constant memory. */
export interface ContentMasker {
  /**
   * Set while something is asked of the store before more can be written: until it resolves, nothing more may be pushed, nor
   * ended. If it rejects, nothing more may be shown.
   */
  readonly pending?: Promise<void> | undefined;
  /**
   * Takes the next bytes; they are the caller's again when it returns.
   *
   * @throws {ContentFormatError} If the content is not what the data map says. Nothing more may be shown of it.
   */
  push(bytes: Buffer): void;
  /**
   * Writes what was held back.
   *
   * @throws {ContentFormatError} If the content ends where its format does not let it.
   */
  end(): void;
  /** What was shown so far, as of the result of a statement; rows are rows of CSV, documents of JSON. */
  describe(): EvidenceFields;
}

/** A content is not of the format that the data map says: what cannot be taken apart is not shown. */
export class ContentFormatError extends Error {
  override readonly name = 'ContentFormatError';
  readonly code = 'ERR_CONTENT_FORMAT';

  /** @param reason Of structure only, never of content. */
  constructor(format: string, reason: string) {
    super(`Cannot mask ${format}: ${reason}`);
  }
}
