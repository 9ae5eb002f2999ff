import type { Duplex } from 'node:stream';
import { UpstreamError } from '../protocols/upstream-error.ts';
import { ProtocolError } from '../wire/protocol-error.ts';
import type { JsonValue } from '../wire/tunnel/json-reader.ts';
import type { StreamKind } from '../wire/tunnel/stream-request.ts';
import type { OpenedStream, OpenStream } from './open-stream.ts';
import type { CarriedFor } from './ways.ts';

/** What is asked of a connector. */
export interface StreamQuestion {
  readonly target: { readonly name: string; readonly connectors: readonly string[] };
  readonly kind: StreamKind;
  readonly carriedFor: CarriedFor;
  /** What a login of this kind needs. */
  readonly login?: JsonValue;
}

/** Opens streams to targets through their connectors. */
export class StreamOpener {
  readonly #openStream: OpenStream | undefined;

  /** @param openStream Undefined where no connector comes to: in commands beside the gateway. */
  constructor(openStream: OpenStream | undefined) {
    this.#openStream = openStream;
  }

  /** @throws {UpstreamError} */
  async open(question: StreamQuestion, signal: AbortSignal): Promise<OpenedStream> {
    if (this.#openStream === undefined) {
      const reason = 'only the running gateway has its connectors';
      throw new UpstreamError('ERR_UPSTREAM_UNREACHABLE', reason);
    }
    const { target, kind, carriedFor, login } = question;
    const request = { target: target.name, kind, ...carriedFor };
    try {
      return await this.#openStream(
        target.connectors,
        { ...request, ...(login !== undefined && { login }) },
        signal,
      );
    } catch (cause) {
      if (cause instanceof UpstreamError || !signal.aborted) throw cause;
      throw new UpstreamError('ERR_UPSTREAM_TIMEOUT', 'no stream in time', { cause });
    }
  }

  /** How to reach a target that the gateway logs in to; undefined where that is directly. */
  forBytes(
    target: StreamQuestion['target'],
    carriedFor: CarriedFor,
  ): ((signal: AbortSignal) => Promise<Duplex>) | undefined {
    if (target.connectors.length === 0) return undefined;
    return async (signal) => {
      const { stream } = await this.open({ target, kind: 'bytes', carriedFor }, signal);
      return stream;
    };
  }
}

/**
 * Takes what a connector told of its login.
 *
 * @param read Throws ProtocolError for what no connector says.
 * @throws {UpstreamError} Then, and the stream is gone.
 */
export function takeFacts<Facts>(
  { stream, facts }: OpenedStream,
  read: (facts: JsonValue | undefined) => Facts,
): Facts {
  try {
    return read(facts);
  } catch (cause) {
    stream.destroy();
    if (!(cause instanceof ProtocolError)) throw cause;
    throw new UpstreamError('ERR_UPSTREAM_PROTOCOL', cause.message, { cause });
  }
}
