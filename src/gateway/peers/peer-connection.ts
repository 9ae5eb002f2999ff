import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type Settings,
} from 'node:http2';
import type { TLSSocket } from 'node:tls';
import { type Liveness, LivenessWatch } from '../../protocols/tunnel/liveness.ts';
import { tellBreaks } from '../../protocols/tunnel/tell-breaks.ts';
import {
  TUNNEL_LIMITS,
  TUNNEL_SETTINGS,
  widenWindow,
} from '../../protocols/tunnel/tunnel-settings.ts';
import { UnblockedSocket } from '../../protocols/tunnel/unblocked-socket.ts';
import { decodeStreamAnswer, type StreamAnswer } from '../../wire/tunnel/stream-answer.ts';
import { ANSWER_FIELD } from '../../wire/tunnel/tunnel-protocol.ts';

/** What a connection tells whoever made it. */
export interface PeerConnectionListeners {
  /** It takes nothing new, as the other end wants or because that does not answer. What was begun goes on, or may. */
  readonly onClosing: () => void;
  /** Once. */
  readonly onEnd: () => void;
}

/** One connection to another gateway, which we have made. */
export class PeerConnection implements Disposable {
  readonly #session: ClientHttp2Session;
  /** Streams that somebody waits for an answer on. */
  readonly #asked = new Set<ClientHttp2Stream>();
  #streams = 0;
  /** As many as the other end says that it takes. */
  #streamsMax: number = Number.POSITIVE_INFINITY;
  #state: Liveness = 'alive';

  constructor(socket: TLSSocket, { onClosing, onEnd }: PeerConnectionListeners) {
    const session = connect('https://gateway', {
      createConnection: () => new UnblockedSocket(socket),
      settings: TUNNEL_SETTINGS,
      ...TUNNEL_LIMITS,
    });
    this.#session = session;
    session.once('connect', () => widenWindow(session));
    session.on('remoteSettings', ({ maxConcurrentStreams }: Settings) => {
      this.#streamsMax = maxConcurrentStreams ?? Number.POSITIVE_INFINITY;
    });
    session.on('error', () => undefined); // Its streams say it to who waits.
    const liveness = new LivenessWatch(session, (state) => {
      this.#state = state;
      if (state === 'dead') session.destroy(doesNotAnswer());
      if (state !== 'suspect') return;
      onClosing();
      session.close();
    });
    session.on('goaway', onClosing);
    session.once('close', () => {
      liveness[Symbol.dispose]();
      onEnd();
    });
    session.unref();
  }

  /** Whether somebody waits for an answer. */
  get isAsked(): boolean {
    return this.#asked.size > 0;
  }

  /** Opens a stream for a question and its answer. */
  ask(): ClientHttp2Stream {
    const stream = this.#request({ ':method': 'POST', ':path': '/' });
    this.#asked.add(stream);
    stream.once('close', () => this.#asked.delete(stream));
    return stream;
  }

  /** Opens a stream to be carried, and resolves once it is known whether it is. */
  async open(
    head: OutgoingHttpHeaders,
    signal: AbortSignal,
  ): Promise<{ readonly stream: ClientHttp2Stream; readonly answer: StreamAnswer }> {
    const stream = this.#request({ ':method': 'CONNECT', ...head });
    tellBreaks(stream);
    this.#asked.add(stream);
    const { promise, resolve, reject } = Promise.withResolvers<IncomingHttpHeaders>();
    const abort = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
    stream.once('response', resolve);
    // Stays: whoever reads the stream hears of it, too; before that, somebody has to.
    stream.on('error', reject);
    // Which it may be without an error, where its connection is.
    stream.once('close', () => reject(new Error('it closed the stream')));
    try {
      const answer = decodeStreamAnswer(String((await promise)[ANSWER_FIELD]));
      return { stream, answer };
    } catch (error) {
      stream.destroy();
      throw error;
    } finally {
      this.#asked.delete(stream);
      signal.removeEventListener('abort', abort);
    }
  }

  /** Tells all who wait for an answer that none comes, unless the other end is heard of again. */
  giveUpIfSilent(): void {
    if (this.#state === 'alive') return;
    for (const stream of this.#asked) stream.destroy(doesNotAnswer());
  }

  /** Takes nothing new, and ends with the last of its streams. */
  retire(): void {
    this.#session.close();
  }

  /** Ends it at once, with all its streams. */
  [Symbol.dispose](): void {
    this.#session.destroy();
  }

  #request(head: OutgoingHttpHeaders): ClientHttp2Stream {
    // Beyond that, Node would queue the stream without a word.
    if (this.#streams >= this.#streamsMax) throw new Error(`it takes ${this.#streamsMax} streams`);
    const stream = this.#session.request(head);
    this.#streams += 1;
    stream.once('close', () => {
      this.#streams -= 1;
    });
    return stream;
  }
}

function doesNotAnswer(): Error {
  return new Error('it does not answer');
}
