import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from 'node:http2';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { LivenessWatch } from '../../protocols/tunnel/liveness.ts';
import { readPeer } from '../../protocols/tunnel/peer.ts';
import { tellBreaks } from '../../protocols/tunnel/tell-breaks.ts';
import {
  TUNNEL_LIMITS,
  TUNNEL_SETTINGS,
  widenWindow,
} from '../../protocols/tunnel/tunnel-settings.ts';
import { UnblockedSocket } from '../../protocols/tunnel/unblocked-socket.ts';
import { UpstreamError } from '../../protocols/upstream-error.ts';
import type { OpenedStream } from '../../upstream/open-stream.ts';
import { decodePeerLine, PEER_LINE_BYTES_MAX } from '../../wire/peer/peer-line.ts';
import { decodeStreamAnswer } from '../../wire/tunnel/stream-answer.ts';
import { encodeStreamRequest, type StreamRequest } from '../../wire/tunnel/stream-request.ts';
import { ANSWER_FIELD, REQUEST_FIELD } from '../../wire/tunnel/tunnel-protocol.ts';
import { PeerError } from './peer-error.ts';
import { CONNECTORS_FIELD, PEER_PROTOCOL, type PeerIdentity } from './peer-identity.ts';
import { encodePeerQuestion, type PeerQuestion } from './peer-question.ts';

/** The other end of a link. */
export interface PeerPlace {
  readonly name: string;
  readonly host: string;
  readonly port: number;
}

/** Milliseconds until a gateway that cannot be reached is given up. */
const CONNECT_TIMEOUT_MS = 2_000;

const { NGHTTP2_CANCEL } = constants;

/**
 * The way to one other gateway: HTTP/2 over TLS that both ends prove themselves in. Where the store says that it is
 * decides nothing: the certificate there has to be that gateway's.
 */
export class PeerLink implements Disposable {
  readonly place: PeerPlace;
  readonly #identity: () => PeerIdentity;
  #session: Promise<ClientHttp2Session> | undefined;

  constructor(place: PeerPlace, identity: () => PeerIdentity) {
    this.place = place;
    this.#identity = identity;
  }

  /**
   * Asks, and gives the values of the answer as they come.
   *
   * @throws {PeerError} If there is no answer, or not all of it.
   */
  async *ask(question: PeerQuestion, signal?: AbortSignal): AsyncGenerator<unknown, void> {
    const stream = await this.#open(signal, { ':method': 'POST', ':path': '/' });
    const cancel = (): void => stream.close(NGHTTP2_CANCEL);
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      stream.end(encodePeerQuestion(question));
      for await (const line of readLines(stream)) {
        const read = decodePeerLine(line);
        if (read.kind === 'end') return;
        if (read.kind === 'failed') throw new PeerError(this.place.name, read.reason);
        yield read.value;
      }
      throw new PeerError(this.place.name, 'its answer was cut off');
    } catch (error) {
      if (error instanceof PeerError) throw error;
      throw new PeerError(this.place.name, describe(error), { cause: error });
    } finally {
      signal?.removeEventListener('abort', cancel);
      cancel();
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
    const stream = await this.#open(signal, {
      ':method': 'CONNECT',
      ':authority': request.target,
      [REQUEST_FIELD]: encodeStreamRequest(request),
      [CONNECTORS_FIELD]: connectors.join(','),
    });
    tellBreaks(stream);
    // Whoever reads the stream hears of it, too; before that, somebody has to.
    stream.on('error', () => undefined);
    try {
      const answered = once(stream, 'response', { signal });
      const [head] = (await Promise.race([answered, closeOf(stream)])) as [IncomingHttpHeaders];
      const answer = decodeStreamAnswer(String(head[ANSWER_FIELD]));
      if (answer.kind === 'opened') return { stream, facts: answer.facts };
      const reason = `gateway ${this.place.name} says ${answer.code}`;
      throw new UpstreamError(
        answer.code === 'login-failed' ? 'ERR_UPSTREAM_LOGIN' : 'ERR_UPSTREAM_UNREACHABLE',
        reason,
      );
    } catch (error) {
      stream.destroy();
      signal.throwIfAborted();
      if (error instanceof UpstreamError) throw error;
      throw new PeerError(this.place.name, describe(error), { cause: error });
    }
  }

  [Symbol.dispose](): void {
    void this.#session?.then((session) => session.destroy()).catch(() => undefined);
    this.#session = undefined;
  }

  async #open(
    signal: AbortSignal | undefined,
    head: OutgoingHttpHeaders,
  ): Promise<ClientHttp2Stream> {
    this.#session ??= this.#connect();
    try {
      const session = await this.#session;
      signal?.throwIfAborted();
      return session.request(head);
    } catch (error) {
      this.#session = undefined;
      if (error instanceof PeerError) throw error;
      throw new PeerError(this.place.name, describe(error), { cause: error });
    }
  }

  async #connect(): Promise<ClientHttp2Session> {
    const socket = await this.#secure();
    const session = connect('https://gateway', {
      createConnection: () => new UnblockedSocket(socket),
      settings: TUNNEL_SETTINGS,
      ...TUNNEL_LIMITS,
    });
    session.once('connect', () => widenWindow(session));
    session.on('error', () => undefined); // Its streams say it to who waits.
    // Whoever asks is told within a moment, and may ask again: nothing here is worth waiting for.
    const liveness = new LivenessWatch(session, () => session.destroy(new Error('ETIMEDOUT')));
    session.once('close', () => {
      liveness[Symbol.dispose]();
      this.#session = undefined;
    });
    session.unref();
    return session;
  }

  #secure(): Promise<TLSSocket> {
    const { name, host, port } = this.place;
    const { certificatePem, keyPem, authorityPem } = this.#identity();
    const { promise, resolve, reject } = Promise.withResolvers<TLSSocket>();
    const socket = connectTls({
      ...{ host, port, cert: certificatePem, key: keyPem, ca: authorityPem },
      minVersion: 'TLSv1.3',
      ALPNProtocols: [PEER_PROTOCOL],
      // Gateways have names, not hosts: a certificate of the authority for another name is somebody else's.
      checkServerIdentity: (_, certificate) =>
        isGateway(certificate.raw, name)
          ? undefined
          : new PeerError(name, 'who answers there is another'),
    });
    const timer = setTimeout(() => socket.destroy(new Error('ETIMEDOUT')), CONNECT_TIMEOUT_MS);
    socket.once('secureConnect', () => resolve(socket));
    socket.once('error', (error) => reject(new PeerError(name, describe(error), { cause: error })));
    socket.once('close', () => reject(new PeerError(name, 'it closed the connection')));
    return promise.finally(() => clearTimeout(timer));
  }
}

/** Rejects when a stream is closed, which it may be without an error where its connection is. */
function closeOf(stream: ClientHttp2Stream): Promise<never> {
  return new Promise((_, reject) => {
    stream.once('close', () => reject(new Error('it closed the stream')));
  });
}

function isGateway(certificate: Buffer, name: string): boolean {
  const peer = readPeer(new X509Certificate(certificate));
  return peer?.role === 'gateway' && peer.name === name;
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
