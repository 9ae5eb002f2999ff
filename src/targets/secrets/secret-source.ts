/**
 * What a source holds under one name: fields that have names there, or bytes, of which a field is one of JSON.
 */
export type SecretContent = Buffer | ReadonlyMap<string, Buffer>;

/** A right that a source gave for a while and may prolong, such as that of a database user it made. */
export interface Lease {
  /**
   * Undefined where it cannot be prolonged.
   *
   * @returns Milliseconds that it lasts from when this was called. @throws {SourceError}
   */
  readonly renew?: (signal: AbortSignal) => Promise<number>;
  /** Ends it: what was read is worth nothing any more. @throws {SourceError} */
  readonly revoke: (signal: AbortSignal) => Promise<void>;
}

/** What a source answered. */
export interface SecretReading {
  readonly content: SecretContent;
  /** Milliseconds that it may be used, from when it was asked for. */
  readonly lifetimeMs: number;
  /** Undefined: nothing is to be prolonged, and nothing ends with its use. */
  readonly lease?: Lease;
}

/** A service that keeps secrets, as one gateway is known there. */
export interface SecretSource extends AsyncDisposable {
  /**
   * @param path As in references to this kind of source, checked by `findReferenceProblem`.
   * @throws {SourceError}
   */
  read(path: string, signal: AbortSignal): Promise<SecretReading>;
}
