import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import { clientAddressOf } from '../../identity/client-address.ts';
import { ControlChannel } from '../../protocols/tunnel/control-channel.ts';
import { type Liveness, LivenessWatch } from '../../protocols/tunnel/liveness.ts';
import type { Peer } from '../../protocols/tunnel/peer.ts';
import { tellBreaks } from '../../protocols/tunnel/tell-breaks.ts';
import {
  TUNNEL_LIMITS,
  TUNNEL_SETTINGS,
  widenWindow,
} from '../../protocols/tunnel/tunnel-settings.ts';
import { UnblockedSocket } from '../../protocols/tunnel/unblocked-socket.ts';
import type { OpenedStream } from '../../upstream/open-stream.ts';
import {
  type ConnectorMessage,
  decodeConnectorMessage,
  encodeControlMessage,
  type GatewayMessage,
  type Greeting,
} from '../../wire/tunnel/control-message.ts';
import { decodeStreamAnswer, type StreamRefusal } from '../../wire/tunnel/stream-answer.ts';
import { encodeStreamRequest, type StreamRequest } from '../../wire/tunnel/stream-request.ts';
import {
  ANSWER_FIELD,
  CONTROL_AUTHORITY,
  REQUEST_FIELD,
} from '../../wire/tunnel/tunnel-protocol.ts';

/** A connector does not open a stream, or the tunnel is gone. */
export class StreamNotOpenedError extends Error {
  override readonly name = 'StreamNotOpenedError';
  /** `lost`: the tunnel did not answer. */
  readonly code: StreamRefusal | 'lost';

  constructor(code: StreamRefusal | 'lost', message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** What a tunnel tells whoever keeps it. */
export interface TunnelListeners {
  /** Every message but the greeting. */
  readonly onMessage: (tunnel: Tunnel, message: Exclude<ConnectorMessage, Greeting>) => void;
  /** It may or may not take new streams now. */
  readonly onChange: () => void;
  /** Once. */
  readonly onEnd: (tunnel: Tunnel, reason: string) => void;
}

/** A tunnel as the gateway has it: the connector at its other end is the server of HTTP/2. */
export class Tunnel {
  readonly peer: Peer;
  readonly greeting: Greeting;
  readonly remoteAddress: string;
  readonly openedAtMs: number;
  readonly #session: ClientHttp2Session;
  readonly #control: ControlChannel;
  readonly #streams = new Set<ClientHttp2Stream>();
  /** Streams that the connector has not answered yet; each is told when there is no hope. */
  readonly #asked = new Set<() => void>();
  readonly #liveness: LivenessWatch;
  #state: Liveness = 'alive';
  #isLeaving = false;
  #expiry: NodeJS.Timeout | undefined;
  readonly #end: (reason: string) => void;

  private constructor(
    { peer, socket, nowMs }: TunnelParts,
    { session, control, greeting, end }: Greeted,
    onChange: () => void,
  ) {
    this.peer = peer;
    this.greeting = greeting;
    this.remoteAddress = clientAddressOf(socket);
    this.openedAtMs = nowMs();
    this.#session = session;
    this.#control = control;
    this.#end = end;
    this.#liveness = new LivenessWatch(session, (state) => {
      this.#state = state;
      if (state === 'suspect') for (const giveUp of this.#asked) giveUp();
      if (state === 'dead') end('does not answer');
      onChange();
    });
    session.on('goaway', () => {
      this.#isLeaving = true;
      onChange();
    });
  }

  /**
   * Turns the roles around on a socket, and waits for the connector's greeting.
   *
   * @throws If it does not greet in time, or says anything else.
   */
  static async accept(parts: TunnelParts, listeners: TunnelListeners): Promise<Tunnel> {
    /** What comes right behind the greeting is told once there is a tunnel to tell it of. */
    const own: { tunnel?: Tunnel; waiting: (() => void)[] } = { waiting: [] };
    const tell = (toListener: (tunnel: Tunnel) => void): void => {
      const { tunnel } = own;
      if (tunnel === undefined) own.waiting.push(() => tell(toListener));
      else toListener(tunnel);
    };
    const greeted = await greet(parts, {
      onMessage: (message) => tell((tunnel) => listeners.onMessage(tunnel, message)),
      onEnd: (reason) =>
        tell((tunnel) => {
          tunnel.#close();
          listeners.onEnd(tunnel, reason);
        }),
    });
    own.tunnel = new Tunnel(parts, greeted, listeners.onChange);
    // Whoever asked for the tunnel has it first.
    setImmediate(() => {
      for (const told of own.waiting) told();
    });
    return own.tunnel;
  }

  /** Streams that are open. */
  get streamCount(): number {
    return this.#streams.size;
  }

  /** Whether new streams may be opened. */
  get isOpen(): boolean {
    return this.#state === 'alive' && !this.#isLeaving && !this.#session.closed;
  }

  /** As `connectors list` shows it. */
  get state(): 'open' | 'suspect' | 'leaving' {
    if (this.#isLeaving) return 'leaving';
    return this.#state === 'alive' ? 'open' : 'suspect';
  }

  /** Ends the tunnel, with all its streams, when the connector's certificate is over. */
  expireAt(expiresAtMs: number, nowMs: number): void {
    clearTimeout(this.#expiry);
    this.#expiry = setTimeout(
      () => this.end('certificate expired'),
      Math.max(0, expiresAtMs - nowMs),
    );
    this.#expiry.unref();
  }

  send(message: GatewayMessage): void {
    this.#control.send(encodeControlMessage(message));
  }

  /** Ends the tunnel at once, with all its streams. */
  end(reason: string): void {
    this.#end(reason);
  }

  /** @throws {StreamNotOpenedError} */
  async open(request: StreamRequest, signal: AbortSignal): Promise<OpenedStream> {
    signal.throwIfAborted();
    const max = this.#session.remoteSettings.maxConcurrentStreams;
    // Beyond that, Node would queue the stream without a word.
    if (max !== undefined && this.#streams.size + 1 >= max) {
      throw new StreamNotOpenedError('too-many-streams', `carries ${max} streams`);
    }
    const stream = this.#request(request.target, encodeStreamRequest(request));
    try {
      const facts = await this.#waitForAnswer(stream, signal);
      return { stream, facts };
    } catch (error) {
      stream.destroy();
      throw error;
    }
  }

  #request(authority: string, field: string): ClientHttp2Stream {
    let stream: ClientHttp2Stream;
    try {
      stream = this.#session.request({
        ':method': 'CONNECT',
        ':authority': authority,
        [REQUEST_FIELD]: field,
      });
    } catch (cause) {
      throw new StreamNotOpenedError('lost', 'the tunnel ends', { cause });
    }
    tellBreaks(stream);
    this.#streams.add(stream);
    stream.on('close', () => this.#streams.delete(stream));
    // Whoever reads the stream hears of it, too; before that, somebody has to.
    stream.on('error', () => undefined);
    return stream;
  }

  async #waitForAnswer(
    stream: ClientHttp2Stream,
    signal: AbortSignal,
  ): Promise<OpenedStream['facts']> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const giveUp = (): void => reject(new StreamNotOpenedError('lost', 'the tunnel was lost'));
    const abort = (): void => reject(signal.reason as Error);
    this.#asked.add(giveUp);
    signal.addEventListener('abort', abort, { once: true });
    stream.once('response', (head) => resolve(head[ANSWER_FIELD]));
    stream.once('close', giveUp);
    try {
      const field = await promise;
      const answer = decodeStreamAnswer(typeof field === 'string' ? field : '');
      if (answer.kind === 'opened') return answer.facts;
      throw new StreamNotOpenedError(answer.code, answer.message);
    } finally {
      this.#asked.delete(giveUp);
      signal.removeEventListener('abort', abort);
      stream.off('close', giveUp);
    }
  }

  #close(): void {
    this.#liveness[Symbol.dispose]();
    clearTimeout(this.#expiry);
    for (const giveUp of this.#asked) giveUp();
  }
}

/** What a tunnel begins with. */
export interface TunnelParts {
  readonly socket: TLSSocket;
  readonly peer: Peer;
  /** Milliseconds until the greeting has to be there. */
  readonly timeoutMs: number;
  readonly nowMs: () => number;
}

interface Greeted {
  readonly session: ClientHttp2Session;
  readonly control: ControlChannel;
  readonly greeting: Greeting;
  readonly end: (reason: string) => void;
}

async function greet(
  { socket, timeoutMs }: TunnelParts,
  listeners: {
    readonly onMessage: (message: Exclude<ConnectorMessage, Greeting>) => void;
    readonly onEnd: (reason: string) => void;
  },
): Promise<Greeted> {
  const { promise, resolve, reject } = Promise.withResolvers<Greeting>();
  const session = connect('https://connector', {
    createConnection: () => new UnblockedSocket(socket),
    settings: TUNNEL_SETTINGS,
    ...TUNNEL_LIMITS,
  });
  let isOver = false;
  const end = (reason: string): void => {
    if (isOver) return;
    isOver = true;
    // With an error, so that nobody takes what it carried for whole.
    session.destroy(new Error(`The tunnel ended: ${reason}`));
    socket.destroy();
    reject(new Error(`Cannot open the tunnel: ${reason}`));
    listeners.onEnd(reason);
  };
  session.on('error', () => end('broke'));
  session.on('close', () => end('closed'));
  session.once('connect', () => widenWindow(session));
  // A connector asks for nothing, and pushes nothing.
  session.on('stream', (stream) => stream.destroy());
  const timer = setTimeout(() => end('did not greet'), timeoutMs);
  const stream = session.request({ ':method': 'CONNECT', ':authority': CONTROL_AUTHORITY });
  let hasGreeted = false;
  const control = new ControlChannel(
    stream,
    (body) => {
      const message = decodeConnectorMessage(body);
      if (message.kind === 'greeting' && !hasGreeted) {
        hasGreeted = true;
        resolve(message);
      } else if (message.kind === 'greeting' || !hasGreeted) end('greeted otherwise');
      else listeners.onMessage(message);
    },
    (error) => end(error === undefined ? 'left' : 'sent what nobody understands'),
  );
  try {
    return { session, control, greeting: await promise, end };
  } finally {
    clearTimeout(timer);
  }
}
