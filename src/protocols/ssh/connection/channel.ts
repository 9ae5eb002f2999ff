import { ProtocolError } from '../../../wire/protocol-error.ts';
import { encodeChannelClose } from '../../../wire/ssh/channel-close.ts';
import { encodeChannelDataHead } from '../../../wire/ssh/channel-data.ts';
import { encodeChannelEof } from '../../../wire/ssh/channel-eof.ts';
import {
  EXTENDED_DATA_STDERR,
  encodeChannelExtendedDataHead,
} from '../../../wire/ssh/channel-extended-data.ts';
import { encodeChannelFailure } from '../../../wire/ssh/channel-failure.ts';
import { type ChannelRequest, encodeChannelRequest } from '../../../wire/ssh/channel-request.ts';
import { encodeChannelSuccess } from '../../../wire/ssh/channel-success.ts';
import { encodeChannelWindowAdjust } from '../../../wire/ssh/channel-window-adjust.ts';
import type { OutputStream } from '../channel-handler.ts';
import { ReceiveWindow, type WindowBudget } from './receive-window.ts';
import { type Reply, ReplyQueue } from './reply-queue.ts';
import { SendQueue } from './send-queue.ts';

/** RFC 4254 5.2: a window has at most 2^32 - 1 bytes. */
const PEER_WINDOW_BYTES_MAX = 2 ** 32 - 1;
/** Requests of a peer that wait for an answer. */
const REQUESTS_WAITING_MAX = 64;
/** A peer that takes less in one message makes every byte dear. */
const PACKET_BYTES_MIN = 1;
/** Bytes of data in one message to a peer, whatever it takes. */
const PACKET_BYTES_MAX = 64 * 1024;

/** What a channel tells its owner. Bytes are valid during the call only. */
export interface ChannelListener {
  onData(bytes: Buffer, stream: OutputStream): void;
  /** The peer sends no more data. */
  onEof(): void;
  onRequest(request: ChannelRequest, reply: Reply): void;
  /** Bytes that waited have gone; what is left is in `waitingBytes`. */
  onSent(): void;
  /**
   * The peer closed it. True: it is to be told something yet, such as how a program ended, and `close` is
   * called once that is done. Otherwise the channel is closed at once, and so it is without this.
   */
  onPeerClose?(): boolean;
  /** Both sides closed it, or the connection is gone: nothing is told afterwards. */
  onClose(): void;
}

/** What a channel needs of its connection. */
export interface ChannelCarrier {
  /** False: enough waits; `drain` is called once it does not. */
  send(head: Buffer, data?: Buffer): boolean;
  readonly isCongested: boolean;
  /** The channel has bytes for when the connection takes more. */
  wait(channel: Channel): void;
  /** Both sides have closed it. */
  forget(channel: Channel): void;
}

/** Both numbers of a channel, and what the peer takes. */
export interface ChannelNumbers {
  readonly local: number;
  readonly remote: number;
  readonly windowBytes: number;
  readonly packetBytesMax: number;
}

/** One open channel of a connection, either role. */
export class Channel {
  readonly number: number;
  readonly #remote: number;
  readonly #carrier: ChannelCarrier;
  readonly #packetBytesMax: number;
  readonly #queue = new SendQueue();
  readonly #window: ReceiveWindow;
  readonly #replies: ReplyQueue;
  /** Answers that are awaited, in order. */
  readonly #asked: ((isGranted: boolean) => void)[] = [];
  #listener: ChannelListener | undefined;
  #peerWindowBytes: number;
  #holds = 0;
  /** Bytes that came and wait with whoever passes them on. */
  #backlog: () => number = () => 0;
  #isPeerAtEnd = false;
  #endState: 'open' | 'ending' | 'ended' = 'open';
  #closeState: 'open' | 'closing' | 'closed' = 'open';
  #isPeerClosed = false;

  constructor(carrier: ChannelCarrier, numbers: ChannelNumbers, budget: WindowBudget) {
    const { local, remote, windowBytes, packetBytesMax } = numbers;
    if (packetBytesMax < PACKET_BYTES_MIN) {
      throw new ProtocolError('CHANNEL_OPEN', 'takes packets without bytes');
    }
    this.number = local;
    this.#remote = remote;
    this.#carrier = carrier;
    this.#packetBytesMax = Math.min(packetBytesMax, PACKET_BYTES_MAX);
    this.#peerWindowBytes = windowBytes;
    this.#window = new ReceiveWindow(budget);
    this.#replies = new ReplyQueue((isGranted) => {
      const encode = isGranted ? encodeChannelSuccess : encodeChannelFailure;
      if (this.#closeState !== 'closed') carrier.send(encode(remote));
    });
  }

  /** @param backlog Bytes that came and wait with whoever passes them on: they are part of the window. */
  listen(listener: ChannelListener, backlog: () => number = () => 0): void {
    this.#listener = listener;
    this.#backlog = backlog;
  }

  /** Bytes that the peer does not take yet. */
  get waitingBytes(): number {
    return this.#queue.byteCount;
  }

  /** Sends bytes as the peer takes them; keeps a copy of what waits. Nothing after the end. */
  write(bytes: Buffer, stream: OutputStream = 'stdout'): void {
    if (this.#endState !== 'open' || this.#closeState !== 'open' || this.#isPeerClosed) return;
    let rest = bytes;
    if (this.#queue.byteCount === 0) {
      while (rest.length > 0 && this.#mayPass) {
        const part = rest.subarray(0, Math.min(this.#packetBytesMax, this.#peerWindowBytes));
        this.#pass(part, stream);
        rest = rest.subarray(part.length);
      }
    }
    if (rest.length === 0) return;
    this.#queue.push(rest, stream);
    if (this.#carrier.isCongested) this.#carrier.wait(this);
  }

  /** Says, behind everything that was written, that nothing more comes. */
  end(): void {
    if (this.#endState !== 'open' || this.#closeState !== 'open') return;
    this.#endState = 'ending';
    this.#finishIfSent();
  }

  /** Closes it behind everything that was written. */
  close(): void {
    if (this.#closeState !== 'open') return;
    this.#closeState = 'closing';
    this.#finishIfSent();
  }

  /** Closes it now; what waits is dropped. */
  abort(): void {
    this.#queue.clear();
    this.close();
  }

  /** @param onReply Given: the peer is asked for an answer. */
  request(requestType: string, requestData: Buffer, onReply?: (isGranted: boolean) => void): void {
    if (this.#closeState === 'closed') {
      onReply?.(false);
      return;
    }
    const wantReply = onReply !== undefined;
    if (onReply !== undefined) this.#asked.push(onReply);
    const recipientChannel = this.#remote;
    this.#carrier.send(
      encodeChannelRequest({ recipientChannel, requestType, wantReply, requestData }),
    );
  }

  /** Takes no more bytes than the peer may still send. Calls count. */
  hold(): void {
    this.#holds += 1;
  }

  release(): void {
    this.#holds -= 1;
    this.renew();
  }

  /** Lets the peer send more if what came was passed on. */
  renew(): void {
    if (this.#holds > 0 || this.#isPeerAtEnd || this.#closeState !== 'open') return;
    const bytesToAdd = this.#window.renew(this.#backlog());
    if (bytesToAdd === 0) return;
    this.#carrier.send(encodeChannelWindowAdjust({ recipientChannel: this.#remote, bytesToAdd }));
  }

  // What the connection passes on.

  /** @param stream Undefined: bytes of no known meaning, which count all the same. */
  receive(bytes: Buffer, stream: OutputStream | undefined): void {
    if (this.#isPeerAtEnd) throw new ProtocolError('CHANNEL_DATA', 'comes after the end');
    this.#window.spend(bytes.length);
    // What crosses our own close is nobody's any more.
    if (this.#closeState !== 'open') return;
    if (stream !== undefined) this.#listener?.onData(bytes, stream);
    this.renew();
  }

  receiveEof(): void {
    if (this.#isPeerAtEnd) return;
    this.#isPeerAtEnd = true;
    if (this.#closeState === 'open') this.#listener?.onEof();
  }

  receiveRequest(request: ChannelRequest): void {
    if (this.#replies.size >= REQUESTS_WAITING_MAX) {
      throw new ProtocolError('CHANNEL_REQUEST', 'comes while too many wait');
    }
    const reply = request.wantReply ? this.#replies.add() : ignoreReply;
    // A peer may say how a program ended after we closed the channel, and before it does.
    if ((this.#closeState === 'open' || !request.wantReply) && this.#listener !== undefined) {
      this.#listener.onRequest(request, reply);
    } else {
      reply(false);
    }
  }

  receiveReply(isGranted: boolean): void {
    const asked = this.#asked.shift();
    if (asked === undefined) throw new ProtocolError('CHANNEL_SUCCESS', 'answers nothing');
    asked(isGranted);
  }

  receiveWindow(bytesToAdd: number): void {
    this.#peerWindowBytes += bytesToAdd;
    if (this.#peerWindowBytes > PEER_WINDOW_BYTES_MAX) {
      throw new ProtocolError('CHANNEL_WINDOW_ADJUST', 'makes the window too large');
    }
    this.drain();
  }

  receiveClose(): void {
    if (this.#isPeerClosed) throw new ProtocolError('CHANNEL_CLOSE', 'comes twice');
    this.#isPeerClosed = true;
    this.#queue.clear();
    if (this.#closeState === 'open' && this.#listener?.onPeerClose?.() === true) return;
    if (this.#closeState === 'closed') this.#finish();
    else this.#sendClose();
  }

  /** The connection is gone. */
  drop(): void {
    this.#queue.clear();
    this.#closeState = 'closed';
    this.#tellClosed();
  }

  /** Sends what waits, as far as it goes. */
  drain(): void {
    let hasSent = false;
    while (this.#mayPass) {
      const next = this.#queue.shift(Math.min(this.#packetBytesMax, this.#peerWindowBytes));
      if (next === undefined) break;
      this.#pass(next.bytes, next.stream);
      hasSent = true;
    }
    if (this.#queue.byteCount > 0 && this.#carrier.isCongested) this.#carrier.wait(this);
    this.#finishIfSent();
    if (hasSent) this.#listener?.onSent();
  }

  get #mayPass(): boolean {
    return this.#peerWindowBytes > 0 && !this.#carrier.isCongested;
  }

  #pass(bytes: Buffer, stream: OutputStream): void {
    this.#peerWindowBytes -= bytes.length;
    const head =
      stream === 'stdout'
        ? encodeChannelDataHead(this.#remote, bytes.length)
        : encodeChannelExtendedDataHead(this.#remote, EXTENDED_DATA_STDERR, bytes.length);
    this.#carrier.send(head, bytes);
  }

  #finishIfSent(): void {
    if (this.#queue.byteCount > 0 || this.#closeState === 'closed') return;
    if (this.#endState === 'ending') {
      this.#endState = 'ended';
      if (!this.#isPeerClosed) this.#carrier.send(encodeChannelEof(this.#remote));
    }
    if (this.#closeState === 'closing') this.#sendClose();
  }

  #sendClose(): void {
    this.#closeState = 'closed';
    this.#carrier.send(encodeChannelClose(this.#remote));
    if (this.#isPeerClosed) this.#finish();
  }

  /** Both sides have closed it. */
  #finish(): void {
    this.#tellClosed();
    this.#carrier.forget(this);
  }

  #tellClosed(): void {
    const listener = this.#listener;
    this.#listener = undefined;
    this.#window.close();
    for (const asked of this.#asked.splice(0)) asked(false);
    listener?.onClose();
  }
}

function ignoreReply(): void {}
