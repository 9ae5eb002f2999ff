import type { Duplex } from 'node:stream';
import type { JsonValue } from '../wire/tunnel/json-reader.ts';
import type { StreamRequest } from '../wire/tunnel/stream-request.ts';

/** A target that is connected to, before its bytes go anywhere. */
export interface TargetStream {
  /** What the gateway is told of a login. */
  readonly facts?: JsonValue | undefined;
  /**
   * Carries bytes both ways until one side ends; closes the target then.
   *
   * @param onOperation Told of each operation that is seen.
   */
  join(stream: Duplex, onOperation: () => void): void;
  /** If it is not joined to anything. */
  close(): void;
}

/** Connects to targets of the connector's own configuration. */
export interface TargetOpener {
  /** @throws {StreamRefusedError} If it does not; everything else is our own failure. */
  open(request: StreamRequest, signal: AbortSignal): Promise<TargetStream>;
}
