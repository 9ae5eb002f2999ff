import { constants } from 'node:http2';
import { UpstreamError } from '../../protocols/upstream-error.ts';
import type { OpenedStream } from '../../upstream/open-stream.ts';
import { decodePeerLine, PEER_LINE_BYTES_MAX } from '../../wire/peer/peer-line.ts';
import { encodeStreamRequest, type StreamRequest } from '../../wire/tunnel/stream-request.ts';
import { REQUEST_FIELD } from '../../wire/tunnel/tunnel-protocol.ts';
import { dialPeer } from './dial-peer.ts';
import { PeerConnection } from './peer-connection.ts';
import { PeerError } from './peer-error.ts';
import { CONNECTORS_FIELD, type PeerIdentity } from './peer-identity.ts';
import { encodePeerQuestion, type PeerQuestion } from './peer-question.ts';

/** The other end of a link. */
export interface PeerPlace {
  readonly name: string;
  readonly host: string;
  readonly port: number;
}

const { NGHTTP2_CANCEL } = constants;

/**
 * The way to one other gateway: HTTP/2 over TLS that both ends prove themselves in. Where the store says that it is
 * decides nothing: the certificate there has to be that gateway's.
 */
export class PeerLink implements Disposable {
  readonly place: PeerPlace;
  readonly #identity: () => PeerIdentity;
  /** For what is asked next. */
  #connection: Promise<PeerConnection> | undefined;
  /** All that are there, those too that only end what was begun on them. */
  readonly #connections = new Set<PeerConnection>();
  #isOver = false;

  constructor(place: PeerPlace, identity: () => PeerIdentity) {
    this.place = place;
    this.#identity = identity;
  }

  /** Whether a connection to it is there. */
  get isConnected(): boolean {
    return this.#connections.size > 0;
  }

  /**
   * Asks, and gives the values of the answer as they come.
   *
   * @throws {PeerError} If there is no answer, or not all of it.
   */
  async *ask(question: PeerQuestion, signal?: AbortSignal): AsyncGenerator<unknown, void> {
    try {
      const connection = await this.#connect();
      signal?.throwIfAborted();
      const stream = connection.ask();
      const cancel = (): void => stream.close(NGHTTP2_CANCEL);
      signal?.addEventListener('abort', cancel, { once: true });
      try {
        stream.end(encodePeerQuestion(question));
        for await (const line of readLines(stream)) {
          const read = decodePeerLine(line);
          if (read.kind === 'end') return;
          if (read.kind === 'failed') throw new Error(read.reason);
          yield read.value;
        }
        throw new Error('its answer was cut off');
      } finally {
        signal?.removeEventListener('abort', cancel);
        cancel();
      }
    } catch (error) {
      throw this.#describe(error);
    }
  }

  /**
   * Opens a stream through a connector that the other gateway has.
   *
   * @param connectors Names, as the target's file has them.
   * @throws {UpstreamError} If the connector refuses.
   * @throws {PeerError} If the gateway cannot be asked.
   */
  async openStream(
    connectors: readonly string[],
    request: StreamRequest,
    signal: AbortSignal,
  ): Promise<OpenedStream> {
    try {
      const connection = await this.#connect();
      signal.throwIfAborted();
      const { stream, answer } = await connection.open(
        {
          ':authority': request.target,
          [REQUEST_FIELD]: encodeStreamRequest(request),
          [CONNECTORS_FIELD]: connectors.join(','),
        },
        signal,
      );
      if (answer.kind === 'opened') return { stream, facts: answer.facts };
      stream.destroy();
      throw new UpstreamError(
        answer.code === 'login-failed' ? 'ERR_UPSTREAM_LOGIN' : 'ERR_UPSTREAM_UNREACHABLE',
        `gateway ${this.place.name} says ${answer.code}`,
      );
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof UpstreamError) throw error;
      throw this.#describe(error);
    }
  }

  /** Takes nothing new; what was begun goes on to its end. */
  retire(): void {
    this.#isOver = true;
    for (const connection of this.#connections) connection.retire();
  }

  /** Ends it at once, with all that it carries. */
  [Symbol.dispose](): void {
    this.#isOver = true;
    for (const connection of this.#connections) connection[Symbol.dispose]();
  }

  /** Who asks may leave meanwhile: the connection is for whoever asks next. */
  #connect(): Promise<PeerConnection> {
    this.#connection ??= this.#open();
    return this.#connection;
  }

  #open(): Promise<PeerConnection> {
    const forget = (): void => {
      if (this.#connection === opening) this.#connection = undefined;
    };
    const opening = dialPeer(this.place, this.#identity()).then((socket) => {
      const connection = new PeerConnection(socket, {
        onClosing: () => {
          forget();
          if (connection.isAsked) void this.#giveUpIfSilent(connection);
        },
        onEnd: () => {
          forget();
          this.#connections.delete(connection);
        },
      });
      this.#connections.add(connection);
      if (this.#isOver) connection[Symbol.dispose]();
      return connection;
    });
    opening.catch(forget);
    return opening;
  }

  /**
   * Whoever waits on a connection that does not answer is told as soon as it is known whether another one can be made:
   * a gateway that is only busy answers on both by then.
   */
  async #giveUpIfSilent(connection: PeerConnection): Promise<void> {
    await this.#connect().catch(() => undefined);
    connection.giveUpIfSilent();
  }

  #describe(error: unknown): PeerError {
    if (error instanceof PeerError) return error;
    return new PeerError(this.place.name, describe(error), { cause: error });
  }
}

async function* readLines(stream: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
  let pieces: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(0x0a, start);
      const piece = chunk.subarray(start, end === -1 ? undefined : end);
      pieces.push(piece);
      bytes += piece.length;
      if (bytes > PEER_LINE_BYTES_MAX) throw new Error('a line is too long');
      if (end === -1) break;
      yield Buffer.concat(pieces);
      pieces = [];
      bytes = 0;
      start = end + 1;
    }
  }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}
