import type { Duplex } from 'node:stream';
import type { JsonValue } from '../wire/tunnel/json-reader.ts';
import type { StreamRequest } from '../wire/tunnel/stream-request.ts';

/** A stream through a connector to a target. */
export interface OpenedStream {
  /** Paused, without listeners but one for `error`; `close` follows every `error`. */
  readonly stream: Duplex;
  /** What the connector tells of its login. Not to be believed: it is decoded by who asked. */
  readonly facts: JsonValue | undefined;
}

/**
 * Opens a stream through one of the connectors of a target.
 *
 * @param connectors Names, as the target's file has them; which of them carries it is up to their load.
 * @param signal Aborts when it takes too long.
 * @throws {UpstreamError} If no connector is there, or refuses.
 */
export type OpenStream = (
  connectors: readonly string[],
  request: StreamRequest,
  signal: AbortSignal,
) => Promise<OpenedStream>;
