import { randomBytes } from 'node:crypto';
import { ProtocolError } from '../../../../wire/protocol-error.ts';
import { FrameDecoder } from '../../../../wire/websocket/frame-decoder.ts';
import { FrameEncoder } from '../../../../wire/websocket/frame-encoder.ts';
import { MASK_BYTES } from '../../../../wire/websocket/mask.ts';
import { MessageAssembler } from '../../../../wire/websocket/message-assembler.ts';
import type { MessageKind } from '../../../../wire/websocket/opcode.ts';
import type {
  CarrierEnds,
  CarrierListener,
  SentStream,
  ShownStream,
  StreamCarrier,
  StreamName,
} from './stream-carrier.ts';

/** Which stream the rest of a message belongs to, by its first byte. */
const CHANNELS: readonly StreamName[] = ['stdin', 'stdout', 'stderr', 'error', 'resize'];
/** Behind it, the channel that ends (v5). */
const CLOSE_CHANNEL = 255;
/** Bytes of one message. */
const MESSAGE_BYTES_MAX: number = 1024 * 1024;
const NORMAL = 1000;

/** v5: streams can end by themselves. */
export const CHANNEL_PROTOCOLS: readonly string[] = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];

/**
 * Streams as messages of a WebSocket.
 *
 * @see https://kubernetes.io/docs/reference/using-api/api-concepts/#websocket-protocol, kubernetes/enhancements KEP-4006
 */
export class WebSocketCarrier implements StreamCarrier {
  readonly #listener: CarrierListener;
  readonly #ends: CarrierEnds;
  readonly #mayEnd: boolean;
  readonly #toTarget = new FrameEncoder(() => randomBytes(MASK_BYTES));
  readonly #toClient = new FrameEncoder(undefined);
  readonly #sent = new MessageAssembler(MESSAGE_BYTES_MAX);
  readonly #shown = new MessageAssembler(MESSAGE_BYTES_MAX);
  readonly #ofClient: FrameDecoder;
  readonly #ofTarget: FrameDecoder;

  /** @param protocol One of {@link CHANNEL_PROTOCOLS}. */
  constructor(protocol: string, listener: CarrierListener, ends: CarrierEnds) {
    this.#listener = listener;
    this.#ends = ends;
    this.#mayEnd = protocol === CHANNEL_PROTOCOLS[0];
    this.#ofClient = new FrameDecoder('client', {
      data: (kind, piece, isLast) => {
        const message = this.#sent.add(kind, piece, isLast);
        if (message !== undefined) this.#takeSent(kind, message);
      },
      ping: (payload) => ends.writeTarget(this.#toTarget.ping(payload)),
      pong: (payload) => ends.writeTarget(this.#toTarget.pong(payload)),
      close: ({ code }) => ends.writeTarget(this.#toTarget.close({ code, reason: '' })),
    });
    this.#ofTarget = new FrameDecoder('server', {
      data: (kind, piece, isLast) => {
        const message = this.#shown.add(kind, piece, isLast);
        if (message !== undefined) this.#takeShown(kind, message);
      },
      ping: (payload) => ends.writeClient(this.#toClient.ping(payload)),
      pong: (payload) => ends.writeClient(this.#toClient.pong(payload)),
      close: ({ code }) => {
        this.#listener.shownEnd('error');
        ends.writeClient(this.#toClient.close({ code, reason: '' }));
      },
    });
  }

  fromClient(bytes: Buffer): void {
    this.#ofClient.push(bytes);
  }

  fromTarget(bytes: Buffer): void {
    this.#ofTarget.push(bytes);
  }

  send(stream: SentStream, bytes: Buffer): void {
    this.#ends.writeTarget(this.#toTarget.data('binary', encode(stream, bytes), true));
  }

  endSent(stream: SentStream): void {
    if (!this.#mayEnd) return;
    const message = Buffer.of(CLOSE_CHANNEL, CHANNELS.indexOf(stream));
    this.#ends.writeTarget(this.#toTarget.data('binary', message, true));
  }

  show(stream: ShownStream, bytes: Buffer): void {
    this.#ends.writeClient(this.#toClient.data('binary', encode(stream, bytes), true));
  }

  /** Servers end none but all of them. */
  endShown(): void {}

  farewell(): void {
    const close = { code: NORMAL, reason: '' };
    this.#ends.writeClient(this.#toClient.close(close));
    this.#ends.writeTarget(this.#toTarget.close(close));
  }

  #takeSent(kind: MessageKind, message: Buffer): void {
    const [channel = CLOSE_CHANNEL, ...[ended = CLOSE_CHANNEL]] = message.subarray(0, 2);
    if (this.#mayEnd && channel === CLOSE_CHANNEL && message.length === 2) {
      const stream = CHANNELS[ended];
      if (stream === 'stdin' || stream === 'resize') this.#listener.sentEnd(stream);
      return;
    }
    const stream = CHANNELS[channel];
    if (kind !== 'binary' || (stream !== 'stdin' && stream !== 'resize')) throw violation();
    if (message.length > 1) this.#listener.sent(stream, message.subarray(1));
  }

  #takeShown(kind: MessageKind, message: Buffer): void {
    const stream = CHANNELS[message[0] ?? CLOSE_CHANNEL];
    // Servers begin with an empty message of each channel, those of the client's too.
    if (message.length <= 1) return;
    const isSent = stream === undefined || stream === 'stdin' || stream === 'resize';
    if (kind !== 'binary' || isSent) throw violation();
    this.#listener.shown(stream, message.subarray(1));
  }
}

function encode(stream: StreamName, bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.of(CHANNELS.indexOf(stream)), bytes]);
}

function violation(): ProtocolError {
  return new ProtocolError('message of a remote command', 'is of no channel that its sender has');
}
