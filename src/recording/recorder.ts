/** Takes down what a session sent and was shown. One per session. */
export interface Recorder {
  /**
   * Copies bytes as they went over the wire. Synchronous and cheap; compression happens elsewhere.
   *
   * @param direction `sent` by the client, `shown` to the client.
   */
  record(direction: 'sent' | 'shown', bytes: Buffer, start: number, end: number): void;
  /** True when too much waits to be compressed and stored: stop reading from the target. */
  readonly congested: boolean;
  /** Called once `congested` falls. */
  onDrain(resume: () => void): void;
  /** Flushes and closes; says what was kept, for the `session.end` entry. */
  finish(): Promise<RecordingSummary>;
}

export interface RecordingSummary {
  readonly bytesSent: number;
  readonly bytesShown: number;
  readonly bytesKept: number;
  readonly chunks: number;
  /** Hex SHA-256 over all bytes, kept or not, in both directions. */
  readonly sha256: string;
  readonly truncated: boolean;
}
