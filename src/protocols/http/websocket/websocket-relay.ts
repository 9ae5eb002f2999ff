import { randomBytes } from 'node:crypto';
import { ProtocolError } from '../../../wire/protocol-error.ts';
import type { ClosePayload } from '../../../wire/websocket/close-payload.ts';
import { FrameDecoder } from '../../../wire/websocket/frame-decoder.ts';
import { FrameEncoder } from '../../../wire/websocket/frame-encoder.ts';
import { MASK_BYTES } from '../../../wire/websocket/mask.ts';
import { MessageAssembler } from '../../../wire/websocket/message-assembler.ts';
import type { MessageKind } from '../../../wire/websocket/opcode.ts';
import { endUpgraded } from '../end-upgraded.ts';
import type { RawSink, RawStream } from '../exchange.ts';
import type { RunningUpgrade, UpgradedExchange } from '../upgrade-handler.ts';
import { HiddenPings } from './hidden-pings.ts';
import { MessageMasking } from './message-masking.ts';

/** Bytes that one side may leave waiting before the other is read no further. */
const QUEUED_BYTES_MAX: number = 256 * 1024;
/** Bytes of one message that is looked through whole. */
const MESSAGE_BYTES_MAX: number = 4 * 1024 * 1024;
/** Milliseconds that both sides have to close once one has said that it does. */
const CLOSE_MS_MAX = 5_000;

/** @see RFC 6455, section 7.4.1 */
const GOING_AWAY = 1001;
const PROTOCOL_ERROR = 1002;
const POLICY_VIOLATION = 1008;
const INTERNAL_ERROR = 1011;

/** A WebSocket between a client and a target. */
export class WebSocketRelay implements RunningUpgrade {
  readonly #exchange: UpgradedExchange;
  readonly #toTarget = new FrameEncoder(() => randomBytes(MASK_BYTES));
  readonly #toClient = new FrameEncoder(undefined);
  readonly #masking: MessageMasking;
  readonly #pings = new HiddenPings();
  readonly #sent = new MessageAssembler(MESSAGE_BYTES_MAX);
  readonly #shown = new MessageAssembler(MESSAGE_BYTES_MAX);
  /** Messages of the target that wait for one that is being masked, in order. */
  #waiting: (() => void)[] = [];
  #isMasking = false;
  /** How the message at hand is treated, whatever changes before it ends; undefined between messages. */
  #looksAtSent: boolean | undefined;
  #looksAtShown: boolean | undefined;
  #isOver = false;

  constructor(exchange: UpgradedExchange) {
    this.#exchange = exchange;
    this.#masking = new MessageMasking(exchange);
  }

  start(): void {
    const { client, target } = this.#exchange;
    client.start(this.#sink('client', client, target, this.#decoderOfClient));
    target.start(this.#sink('server', target, client, this.#decoderOfTarget));
  }

  /** The session is over, or the client has left. */
  close(reason: string): void {
    this.#fail(GOING_AWAY, reason);
  }

  #sink(name: 'client' | 'server', from: RawStream, to: RawStream, decoder: FrameDecoder): RawSink {
    return {
      onData: (bytes) =>
        this.#guarded(() => {
          this.#exchange.onActivity();
          decoder.push(bytes);
          if (to.queuedBytes > QUEUED_BYTES_MAX) from.pause();
        }),
      onDrain: () => {
        if (name === 'client') this.#exchange.target.resume();
        else this.#exchange.client.resume();
      },
      onEnd: () => {
        to.end();
        this.#exchange.schedule(CLOSE_MS_MAX, () => this.#destroy());
      },
      onClose: () => {
        this.#isOver = true;
        to.destroy();
      },
    };
  }

  readonly #decoderOfClient = new FrameDecoder('client', {
    data: (kind, piece, isLast) => this.#send(kind, piece, isLast),
    ping: (payload) => {
      this.#pings.ask(payload);
      this.#exchange.target.write(this.#toTarget.ping(payload));
    },
    pong: (payload) =>
      this.#exchange.target.write(this.#toTarget.pong(this.#pings.restore(payload))),
    close: (close) => this.#passClose(close, 'target'),
  });

  readonly #decoderOfTarget = new FrameDecoder('server', {
    data: (kind, piece, isLast) => this.#show(kind, piece, isLast),
    ping: (payload) => {
      const shown = this.#masking.looksAtShown ? this.#pings.hide(payload) : payload;
      this.#exchange.client.write(this.#toClient.ping(shown));
    },
    pong: (payload) => {
      if (!this.#pings.answers(payload) && this.#masking.looksAtShown) return;
      this.#exchange.client.write(this.#toClient.pong(payload));
    },
    close: (close) => this.#inTurn(() => this.#passClose(close, 'client')),
  });

  #send(kind: MessageKind, piece: Buffer, isLast: boolean): void {
    const { target, record } = this.#exchange;
    const looks = (this.#looksAtSent ??= this.#masking.looksAtSent);
    if (isLast) this.#looksAtSent = undefined;
    if (!looks) {
      record.sent(piece);
      return target.write(this.#toTarget.data(kind, Buffer.from(piece), isLast));
    }
    const message = this.#sent.add(kind, piece, isLast);
    if (message === undefined) return;
    const reason = this.#masking.checkSent(message);
    if (reason !== undefined) return this.#fail(POLICY_VIOLATION, reason);
    record.sent(message);
    target.write(this.#toTarget.data(kind, message, true));
  }

  #show(kind: MessageKind, piece: Buffer, isLast: boolean): void {
    const looks = (this.#looksAtShown ??= this.#masking.looksAtShown);
    if (isLast) this.#looksAtShown = undefined;
    if (!looks) return this.#deliver(kind, Buffer.from(piece), isLast);
    const message = this.#shown.add(kind, piece, isLast);
    if (message !== undefined) this.#inTurn(() => this.#mask(kind, message));
  }

  #mask(kind: MessageKind, message: Buffer): void {
    const masked = this.#masking.mask(kind, message);
    if (masked.kind === 'refused') return this.#fail(POLICY_VIOLATION, masked.reason);
    const { shown } = masked;
    if (!(shown instanceof Promise)) return this.#deliver(kind, shown, true);
    this.#isMasking = true;
    this.#exchange.target.pause();
    shown.then(
      (bytes) => this.#guarded(() => this.#goOn(() => this.#deliver(kind, bytes, true))),
      () => this.#fail(INTERNAL_ERROR, 'cannot be masked'),
    );
  }

  /** What comes behind a message that is being masked waits for it. */
  #inTurn(act: () => void): void {
    if (this.#isMasking) this.#waiting.push(act);
    else act();
  }

  #goOn(act: () => void): void {
    this.#isMasking = false;
    act();
    while (!this.#isMasking) {
      const next = this.#waiting.shift();
      if (next === undefined) return this.#exchange.target.resume();
      next();
    }
  }

  #deliver(kind: MessageKind, bytes: Buffer, isLast: boolean): void {
    const { client, record } = this.#exchange;
    record.shown(bytes);
    client.write(this.#toClient.data(kind, bytes, isLast));
  }

  /** The reason is a text of either side: only the code is passed on. */
  #passClose({ code }: ClosePayload, to: 'client' | 'target'): void {
    const stream = this.#exchange[to];
    const encoder = to === 'client' ? this.#toClient : this.#toTarget;
    stream.write(encoder.close({ code, reason: '' }));
    stream.end();
    this.#exchange.schedule(CLOSE_MS_MAX, () => this.#destroy());
  }

  /** A failure ends this WebSocket, both sides, and nothing else. */
  #guarded(act: () => void): void {
    if (this.#isOver) return;
    try {
      act();
    } catch (error) {
      if (error instanceof ProtocolError) return this.#fail(PROTOCOL_ERROR, error.message);
      this.#fail(INTERNAL_ERROR, 'internal error');
      throw error;
    }
  }

  #fail(code: number, reason: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const words = reason.slice(0, REASON_LENGTH_MAX);
    this.#exchange.client.write(this.#toClient.close({ code, reason: words }));
    endUpgraded(this.#exchange);
  }

  #destroy(): void {
    this.#isOver = true;
    this.#exchange.client.destroy();
    this.#exchange.target.destroy();
  }
}

/** Characters, of one byte each. */
const REASON_LENGTH_MAX = 120;
