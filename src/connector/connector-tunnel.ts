import {
  performServerHandshake,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import { ControlChannel } from '../protocols/tunnel/control-channel.ts';
import { type Liveness, LivenessWatch } from '../protocols/tunnel/liveness.ts';
import {
  TUNNEL_LIMITS,
  TUNNEL_SETTINGS,
  widenWindow,
} from '../protocols/tunnel/tunnel-settings.ts';
import {
  type ConnectorMessage,
  decodeGatewayMessage,
  encodeControlMessage,
  type GatewayMessage,
  type Greeting,
} from '../wire/tunnel/control-message.ts';
import { CONTROL_AUTHORITY } from '../wire/tunnel/tunnel-protocol.ts';
import type { DialedGateway } from './dial-gateway.ts';
import { type StreamParts, serveStream } from './serve-stream.ts';

/** What a tunnel tells whoever keeps it. */
export interface ConnectorTunnelListeners {
  readonly onMessage: (tunnel: ConnectorTunnel, message: GatewayMessage) => void;
  readonly onLiveness: (tunnel: ConnectorTunnel) => void;
  /** Once. */
  readonly onEnd: (tunnel: ConnectorTunnel) => void;
}

export interface ConnectorTunnelOptions
  extends Omit<StreamParts, 'gateway' | 'isLeaving'>,
    ConnectorTunnelListeners {
  readonly greeting: Greeting;
  /** Streams at a time. */
  readonly streamsMax: number;
}

/** A tunnel as the connector has it: the gateway that was dialled is the client of HTTP/2. */
export class ConnectorTunnel {
  /** The gateway's process, once it has said so. */
  process: string | undefined;
  readonly #session: ServerHttp2Session;
  readonly #liveness: LivenessWatch;
  #state: Liveness = 'alive';
  #control: ControlChannel | undefined;
  #isLeaving = false;
  #streams = 0;

  constructor({ socket, gateway }: DialedGateway, options: ConnectorTunnelOptions) {
    const session = performServerHandshake(socket, {
      settings: { ...TUNNEL_SETTINGS, maxConcurrentStreams: options.streamsMax },
      ...TUNNEL_LIMITS,
    });
    this.#session = session;
    widenWindow(session);
    session.on('error', () => session.destroy());
    session.on('close', () => {
      this.#liveness[Symbol.dispose]();
      socket.destroy();
      options.onEnd(this);
    });
    this.#liveness = new LivenessWatch(session, (state) => {
      this.#state = state;
      if (state === 'dead') session.destroy();
      else options.onLiveness(this);
    });
    const parts = { ...options, gateway: gateway.name, isLeaving: () => this.#isLeaving };
    session.on('stream', (stream, head) => {
      const isConnect = head[':method'] === 'CONNECT';
      if (isConnect && head[':authority'] === CONTROL_AUTHORITY) {
        this.#openControl(stream, options);
        return;
      }
      this.#streams += 1;
      stream.once('close', () => {
        this.#streams -= 1;
        this.#endIfLeft();
      });
      void serveStream(stream, isConnect ? head : {}, parts).catch((error: unknown) => {
        options.onUnexpectedError(error);
        stream.destroy();
      });
    });
  }

  /** Whether the gateway answers, so that this tunnel will do. */
  get isAlive(): boolean {
    return this.#state === 'alive' && !this.#isLeaving && !this.#session.closed;
  }

  /** Streams that are open. */
  get streamCount(): number {
    return this.#streams;
  }

  send(message: ConnectorMessage): void {
    this.#control?.send(encodeControlMessage(message));
  }

  /** Takes no new streams; ends when the last one that is open does. */
  leave(): void {
    this.#isLeaving = true;
    if (!this.#session.closed && !this.#session.destroyed) this.#session.goaway();
    this.#endIfLeft();
  }

  /** Ends at once, with all streams. */
  end(): void {
    this.#session.destroy();
  }

  #openControl(stream: ServerHttp2Stream, options: ConnectorTunnelOptions): void {
    if (this.#control !== undefined) {
      stream.destroy();
      return;
    }
    stream.respond({ ':status': 200 });
    this.#control = new ControlChannel(
      stream,
      (body) => options.onMessage(this, decodeGatewayMessage(body)),
      () => this.#session.destroy(),
    );
    this.send(options.greeting);
  }

  /** The gateway ends the tunnel then: only it knows that all of the last stream has come. */
  #endIfLeft(): void {
    if (this.#isLeaving && this.#streams === 0) this.#control?.end();
  }
}
