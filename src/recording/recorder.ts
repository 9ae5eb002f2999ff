/** Takes down what a session sent and was shown. One per session. */
export interface Recorder {
  /**
   * Copies bytes as they went over the wire. Synchronous and cheap; compression happens elsewhere.
   *
   * @param direction `sent` by the client, `shown` to the client.
   */
  record(direction: Direction, bytes: Buffer, start: number, end: number): void;
  /** True when too much waits to be compressed and stored: stop reading what is to be taken down. */
  readonly congested: boolean;
  /** Called once `congested` falls; at once if it is not. */
  onDrain(resume: () => void): void;
  /** Keeps nothing of what comes from now on; goes on counting. */
  limit(): void;
  /** Flushes and closes; says what was kept, for the `session.end` entry. Does not reject. */
  finish(): Promise<RecordingSummary>;
}

export type Direction = 'sent' | 'shown';

export interface RecordingSummary {
  readonly bytesSent: number;
  readonly bytesShown: number;
  readonly bytesKept: number;
  /** How many stretches of the file were entered in the ledger. */
  readonly chunks: number;
  /**
   * Hex. Chained over the file's stretches: d(0) is 32 zero bytes, d(i) is SHA-256 over d(i-1) and the
   * SHA-256 of stretch i.
   */
  readonly sha256: string;
  /** Bytes went by that are not in the file, by its limit or because it could not be written. */
  readonly truncated: boolean;
  /** The file could not be written, or what is in it not be entered. Default: false. */
  readonly failed?: boolean;
}
