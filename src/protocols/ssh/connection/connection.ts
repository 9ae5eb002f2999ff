import { ProtocolError } from '../../../wire/protocol-error.ts';
import { decodeChannelClose } from '../../../wire/ssh/channel-close.ts';
import { decodeChannelData } from '../../../wire/ssh/channel-data.ts';
import { decodeChannelEof } from '../../../wire/ssh/channel-eof.ts';
import {
  decodeChannelExtendedData,
  EXTENDED_DATA_STDERR,
} from '../../../wire/ssh/channel-extended-data.ts';
import { decodeChannelFailure } from '../../../wire/ssh/channel-failure.ts';
import { decodeChannelOpen, encodeChannelOpen } from '../../../wire/ssh/channel-open.ts';
import {
  decodeChannelOpenConfirmation,
  encodeChannelOpenConfirmation,
} from '../../../wire/ssh/channel-open-confirmation.ts';
import {
  type ChannelOpenFailure,
  ChannelOpenFailureReason,
  decodeChannelOpenFailure,
  encodeChannelOpenFailure,
} from '../../../wire/ssh/channel-open-failure.ts';
import { decodeChannelRequest } from '../../../wire/ssh/channel-request.ts';
import { decodeChannelSuccess } from '../../../wire/ssh/channel-success.ts';
import { decodeChannelWindowAdjust } from '../../../wire/ssh/channel-window-adjust.ts';
import { encodeDebug } from '../../../wire/ssh/debug.ts';
import { DisconnectReason } from '../../../wire/ssh/disconnect.ts';
import {
  decodeGlobalRequest,
  encodeGlobalRequest,
  type GlobalRequest,
} from '../../../wire/ssh/global-request.ts';
import { MessageNumber } from '../../../wire/ssh/message-number.ts';
import { encodeRequestFailure } from '../../../wire/ssh/request-failure.ts';
import { decodeRequestSuccess, encodeRequestSuccess } from '../../../wire/ssh/request-success.ts';
import { Channel, type ChannelCarrier } from './channel.ts';
import type { MessagePort } from './message-port.ts';
import { WINDOW_BYTES_AT_FIRST, WindowBudget } from './receive-window.ts';
import { type Reply, ReplyQueue } from './reply-queue.ts';

/** Channels of one connection, open or asked for. */
const CHANNELS_MAX = 1_280;
/** Global requests of the peer that wait for an answer. */
const REQUESTS_WAITING_MAX = 64;
/** Bytes of data that a peer may put in one message, as OpenSSH has it. */
const PACKET_BYTES_MAX = 32 * 1024;
/** What all windows of a connection may have beyond their first size. */
const WINDOWS_BYTES_MAX = 32 * 1024 * 1024;
const NOTHING: Buffer = Buffer.alloc(0);

/** What a connection tells its owner. */
export interface ConnectionListener {
  /** The peer asks for a channel. To be answered once, now or later. */
  onOpen(request: OpenRequest): void;
  onGlobalRequest(request: GlobalRequest, reply: Reply): void;
  /** The connection is gone: `error` says why when it was not orderly. Called once. */
  onClose(error: Error | undefined): void;
}

/** A channel that a peer asks for. */
export interface OpenRequest {
  readonly channelType: string;
  /** A copy. */
  readonly typeData: Buffer;
  /** Undefined if the connection is gone meanwhile. To be listened to at once. */
  accept(): Channel | undefined;
  refuse(reason: number, description: string): void;
}

/** What became of a channel that was asked for. */
export type OpenOutcome =
  | { readonly kind: 'opened'; readonly channel: Channel }
  | { readonly kind: 'refused'; readonly reason: number; readonly description: string };

const CONNECTION_LOST: OpenOutcome = {
  kind: 'refused',
  reason: ChannelOpenFailureReason.ConnectFailed,
  description: 'the connection is gone',
};

/**
 * The channels and requests of one SSH connection, in either role.
 *
 * @see https://www.rfc-editor.org/rfc/rfc4254
 */
export class Connection implements ChannelCarrier {
  readonly #port: MessagePort;
  readonly #listener: ConnectionListener;
  readonly #budget = new WindowBudget(WINDOWS_BYTES_MAX);
  readonly #channels = new Map<number, Channel>();
  /** Channels that were asked of the peer. */
  readonly #opening = new Map<number, (outcome: OpenOutcome) => void>();
  /** Channels with bytes for when the port takes more. */
  readonly #waiting = new Set<Channel>();
  readonly #replies: ReplyQueue;
  /** Answers to our own global requests that are awaited, in order. */
  readonly #asked: ((isGranted: boolean, data: Buffer) => void)[] = [];
  /** Channels that the peer asked for and that have no answer yet. */
  #offered = 0;
  #nextNumber = 0;
  #isCongested = false;
  #isClosed = false;
  /** Something could not be sent: it is about to be closed. */
  #isBroken = false;

  constructor(port: MessagePort, listener: ConnectionListener) {
    this.#port = port;
    this.#listener = listener;
    this.#replies = new ReplyQueue((isGranted, data) => {
      this.#send(isGranted ? encodeRequestSuccess(data ?? NOTHING) : encodeRequestFailure());
    });
  }

  /** @param earlier Messages that came before, and are for the connection. */
  start(earlier: readonly Buffer[] = []): void {
    this.#port.onClose((error) => this.#close(error));
    this.#port.onDrain(() => this.#guarded(() => this.#drain()));
    for (const payload of earlier) this.#guarded(() => this.#take(payload));
    this.#port.onMessage((payload) => this.#guarded(() => this.#take(payload)));
    this.#port.resume();
  }

  /**
   * Asks the peer for a channel.
   *
   * @param onOutcome Has to `listen` to the channel at once: what comes while nobody does is lost.
   */
  open(channelType: string, typeData: Buffer, onOutcome: (outcome: OpenOutcome) => void): void {
    if (this.#isClosed) return onOutcome(CONNECTION_LOST);
    if (this.#isFull) return onOutcome({ ...CONNECTION_LOST, ...FULL });
    const senderChannel = this.#takeNumber();
    this.#opening.set(senderChannel, onOutcome);
    this.#send(
      encodeChannelOpen({
        channelType,
        senderChannel,
        initialWindowBytes: WINDOW_BYTES_AT_FIRST,
        packetBytesMax: PACKET_BYTES_MAX,
        typeData,
      }),
    );
  }

  /** @param onReply Given: the peer is asked for an answer. Its data is valid during the call only. */
  request(
    requestName: string,
    requestData: Buffer,
    onReply?: (isGranted: boolean, data: Buffer) => void,
  ): void {
    if (this.#isClosed) {
      onReply?.(false, NOTHING);
      return;
    }
    if (onReply !== undefined) this.#asked.push(onReply);
    const wantReply = onReply !== undefined;
    this.#send(encodeGlobalRequest({ requestName, wantReply, requestData }));
  }

  /** Tells the peer something that belongs to no channel. OpenSSH shows it with `-v`. */
  say(text: string): void {
    this.#send(encodeDebug({ alwaysDisplay: true, text }));
  }

  /** Every channel is over when this returns: what ends with its session leaves nothing behind it. */
  disconnect(reason: number, description: string): void {
    this.#port.disconnect(reason, description);
    this.#close(undefined);
  }

  // For channels.

  get isCongested(): boolean {
    return this.#isCongested;
  }

  send(head: Buffer, data?: Buffer): boolean {
    const isOpen = this.#send(head, data);
    if (!isOpen) this.#isCongested = true;
    return isOpen;
  }

  /**
   * Does not throw: who sends may be anywhere, and perhaps nobody catches. A port that takes nothing more ends the connection
   * when who sends is done.
   */
  #send(head: Buffer, data?: Buffer): boolean {
    if (this.#isClosed || this.#isBroken) return false;
    try {
      return this.#port.send(head, data);
    } catch (error) {
      this.#isBroken = true;
      queueMicrotask(() => this.#break(error));
      return false;
    }
  }

  wait(channel: Channel): void {
    this.#waiting.add(channel);
  }

  forget(channel: Channel): void {
    this.#channels.delete(channel.number);
    this.#waiting.delete(channel);
  }

  /** Whoever waited longest goes first, and behind all others if it has more. */
  #drain(): void {
    this.#isCongested = false;
    for (const channel of this.#waiting) {
      if (this.isCongested) return;
      this.#waiting.delete(channel);
      channel.drain();
    }
  }

  /** What fails here ends this connection and no other. */
  #guarded(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#break(error);
    }
  }

  #break(error: unknown): void {
    const isPeers = error instanceof ProtocolError;
    const reason = isPeers ? DisconnectReason.ProtocolError : DisconnectReason.ByApplication;
    this.#port.disconnect(reason, isPeers ? error.message : 'internal error');
    this.#close(error as Error);
  }

  // What the peer sends.

  #take(payload: Buffer): void {
    if (this.#isClosed || this.#isBroken) return;
    const number = payload.readUInt8(0);
    switch (number) {
      case MessageNumber.ChannelData: {
        const { recipientChannel, data } = decodeChannelData(payload);
        return this.#find(recipientChannel).receive(data, 'stdout');
      }
      case MessageNumber.ChannelExtendedData: {
        const { recipientChannel, dataType, data } = decodeChannelExtendedData(payload);
        const channel = this.#find(recipientChannel);
        // There is no other kind; what nobody knows is dropped, as RFC 4254 lets us.
        return channel.receive(data, dataType === EXTENDED_DATA_STDERR ? 'stderr' : undefined);
      }
      case MessageNumber.ChannelWindowAdjust: {
        const { recipientChannel, bytesToAdd } = decodeChannelWindowAdjust(payload);
        return this.#find(recipientChannel).receiveWindow(bytesToAdd);
      }
      case MessageNumber.ChannelRequest: {
        const request = decodeChannelRequest(payload);
        return this.#find(request.recipientChannel).receiveRequest(request);
      }
      case MessageNumber.ChannelSuccess:
        return this.#find(decodeChannelSuccess(payload)).receiveReply(true);
      case MessageNumber.ChannelFailure:
        return this.#find(decodeChannelFailure(payload)).receiveReply(false);
      case MessageNumber.ChannelEof:
        return this.#find(decodeChannelEof(payload)).receiveEof();
      case MessageNumber.ChannelClose:
        return this.#find(decodeChannelClose(payload)).receiveClose();
      default:
        return this.#takeRare(number, payload);
    }
  }

  #takeRare(number: number, payload: Buffer): void {
    switch (number) {
      case MessageNumber.ChannelOpen:
        return this.#takeOpen(payload);
      case MessageNumber.ChannelOpenConfirmation:
        return this.#takeConfirmation(payload);
      case MessageNumber.ChannelOpenFailure: {
        const failure = decodeChannelOpenFailure(payload);
        return this.#takeOpening(failure.recipientChannel)(describeFailure(failure));
      }
      case MessageNumber.GlobalRequest:
        return this.#takeGlobalRequest(payload);
      case MessageNumber.RequestSuccess:
        return this.#takeReply()(true, decodeRequestSuccess(payload));
      case MessageNumber.RequestFailure:
        return this.#takeReply()(false, NOTHING);
      case MessageNumber.UserauthRequest:
        // RFC 4252 5.1: silently ignored once a user is in.
        return undefined;
      default:
        return this.#port.sendUnimplemented();
    }
  }

  #takeOpen(payload: Buffer): void {
    const { channelType, typeData, ...numbers } = decodeChannelOpen(payload);
    const refuse = (reason: number, description: string): void => {
      const recipientChannel = numbers.senderChannel;
      this.#send(encodeChannelOpenFailure({ recipientChannel, reason, description }));
    };
    if (this.#isFull) return refuse(FULL.reason, FULL.description);
    this.#offered += 1;
    let isAnswered = false;
    const answer = (): boolean => {
      if (isAnswered) return false;
      isAnswered = true;
      this.#offered -= 1;
      return true;
    };
    this.#listener.onOpen({
      channelType,
      typeData: Buffer.from(typeData),
      accept: () => (answer() ? this.#accept(numbers) : undefined),
      refuse: (reason, description) => {
        if (answer()) refuse(reason, description);
      },
    });
  }

  #accept(peer: PeerNumbers): Channel | undefined {
    if (this.#isClosed) return undefined;
    const channel = this.#add(this.#takeNumber(), peer);
    this.#send(
      encodeChannelOpenConfirmation({
        recipientChannel: peer.senderChannel,
        senderChannel: channel.number,
        initialWindowBytes: WINDOW_BYTES_AT_FIRST,
        packetBytesMax: PACKET_BYTES_MAX,
      }),
    );
    return channel;
  }

  #takeConfirmation(payload: Buffer): void {
    const confirmation = decodeChannelOpenConfirmation(payload);
    const opened = this.#takeOpening(confirmation.recipientChannel);
    opened({ kind: 'opened', channel: this.#add(confirmation.recipientChannel, confirmation) });
  }

  #takeOpening(number: number): (outcome: OpenOutcome) => void {
    const opening = this.#opening.get(number);
    if (opening === undefined) {
      throw new ProtocolError('CHANNEL_OPEN_CONFIRMATION', 'is for a channel nobody asked for');
    }
    this.#opening.delete(number);
    return opening;
  }

  #add(local: number, peer: PeerNumbers): Channel {
    const { senderChannel: remote, initialWindowBytes: windowBytes, packetBytesMax } = peer;
    const channel = new Channel(this, { local, remote, windowBytes, packetBytesMax }, this.#budget);
    this.#channels.set(local, channel);
    return channel;
  }

  #takeGlobalRequest(payload: Buffer): void {
    const request = decodeGlobalRequest(payload);
    if (this.#replies.size >= REQUESTS_WAITING_MAX) {
      throw new ProtocolError('GLOBAL_REQUEST', 'comes while too many wait');
    }
    const reply = request.wantReply ? this.#replies.add() : ignoreReply;
    this.#listener.onGlobalRequest(request, reply);
  }

  #takeReply(): (isGranted: boolean, data: Buffer) => void {
    const asked = this.#asked.shift();
    if (asked === undefined) throw new ProtocolError('REQUEST_SUCCESS', 'answers nothing');
    return asked;
  }

  #find(number: number): Channel {
    const channel = this.#channels.get(number);
    if (channel === undefined) throw new ProtocolError('channel message', 'is for no open channel');
    return channel;
  }

  get #isFull(): boolean {
    return this.#channels.size + this.#opening.size + this.#offered >= CHANNELS_MAX;
  }

  /** Numbers rise, so that one is not used again soon after it was closed. */
  #takeNumber(): number {
    let number = this.#nextNumber;
    while (this.#channels.has(number) || this.#opening.has(number)) {
      number = (number + 1) % NUMBERS;
    }
    this.#nextNumber = (number + 1) % NUMBERS;
    return number;
  }

  /** Tells everybody, whatever one of them makes of it. */
  #close(error: Error | undefined): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#waiting.clear();
    const opening = [...this.#opening.values()];
    const asked = this.#asked.splice(0);
    const channels = [...this.#channels.values()];
    this.#opening.clear();
    this.#channels.clear();
    let failure = error;
    const tellAll = [
      ...opening.map((onOutcome) => () => onOutcome(CONNECTION_LOST)),
      ...asked.map((onReply) => () => onReply(false, NOTHING)),
      ...channels.map((channel) => () => channel.drop()),
    ];
    for (const tell of tellAll) {
      try {
        tell();
      } catch (failed) {
        failure ??= failed as Error;
      }
    }
    this.#listener.onClose(failure);
  }
}

interface PeerNumbers {
  readonly senderChannel: number;
  readonly initialWindowBytes: number;
  readonly packetBytesMax: number;
}

const NUMBERS = 2 ** 32;

const FULL: Pick<ChannelOpenFailure, 'reason' | 'description'> = {
  reason: ChannelOpenFailureReason.ResourceShortage,
  description: 'too many channels on this connection',
};

function describeFailure({ reason, description }: ChannelOpenFailure): OpenOutcome {
  return { kind: 'refused', reason, description };
}

function ignoreReply(): void {}
