import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { ProtocolError } from '../../../wire/protocol-error.ts';
import {
  DisconnectReason,
  decodeDisconnect,
  encodeDisconnect,
} from '../../../wire/ssh/disconnect.ts';
import {
  decodeExtInfo,
  decodeSignatureAlgorithms,
  encodeExtInfo,
} from '../../../wire/ssh/ext-info.ts';
import { findIdentification } from '../../../wire/ssh/identification.ts';
import { SIGNATURE_ALGORITHMS } from '../../../wire/ssh/key-algorithm.ts';
import { MessageNumber, TRANSPORT_MESSAGE_MAX } from '../../../wire/ssh/message-number.ts';
import { decodePing } from '../../../wire/ssh/ping.ts';
import { encodePong } from '../../../wire/ssh/pong.ts';
import { encodeUnimplemented } from '../../../wire/ssh/unimplemented.ts';
import { KeyExchange } from './key-exchange.ts';
import type { PacketKeys } from './packet-algorithms.ts';
import { makeOpener } from './packet-opener.ts';
import { PacketReader } from './packet-reader.ts';
import { makeSealer } from './packet-sealer.ts';
import { PacketWriter } from './packet-writer.ts';
import { PeerAllowances } from './peer-allowances.ts';
import { releaseMemory } from './release-memory.ts';
import { TransportError } from './transport-error.ts';
import {
  limitsOf,
  offerOf,
  type SshTransportOptions,
  type TransportLimits,
} from './transport-options.ts';

/** Bytes that are kept of a peer that is to be read only for the sake of a key exchange. */
const KEPT_BYTES_MAX: number = 4 * 1024 * 1024;
/** How long a peer has to take our last words. */
const LINGER_MS = 2_000;
const KEX_MESSAGE_MIN: number = MessageNumber.KexInit;

type State = 'identifying' | 'exchanging' | 'open' | 'ending' | 'closed';

/**
 * One end of an SSH connection's transport layer: whole messages in and out of an encrypted stream.
 *
 * @see https://www.rfc-editor.org/rfc/rfc4253
 */
export class SshTransport {
  readonly #stream: Duplex;
  readonly #options: SshTransportOptions;
  readonly #limits: TransportLimits;
  readonly #reader: PacketReader = new PacketReader();
  readonly #writer: PacketWriter;
  #state: State = 'identifying';
  #exchange: KeyExchange | undefined;
  #peerIdentification = '';
  #identifying: Buffer = Buffer.alloc(0);
  #serverSignatureAlgorithms: readonly string[] | undefined;
  readonly #allowances: PeerAllowances = new PeerAllowances();
  #keysAreOld = false;
  /** Deadline of what is under way, or age of the keys. */
  #timer: NodeJS.Timeout | undefined;
  #isPaused = false;
  /** Came for a paused owner while a key exchange went on. */
  #kept: { readonly payload: Buffer; readonly sequenceNumber: number }[] = [];
  #keptBytes = 0;
  /** Of the packet with the message that is dealt with. */
  #sequenceNumber = 0;
  #failure: Error | undefined;
  #opened: PromiseWithResolvers<SshTransport> = Promise.withResolvers();
  #messageListener: ((payload: Buffer) => void) | undefined;
  #drainListener: (() => void) | undefined;
  #closeListener: ((error: Error | undefined) => void) | undefined;

  private constructor(stream: Duplex, options: SshTransportOptions) {
    this.#stream = stream;
    this.#options = options;
    this.#limits = limitsOf(options);
    this.#writer = new PacketWriter(stream, this.#limits, () => this.#notifyDrained());
  }

  /**
   * Identifies both sides and exchanges the first keys. Reads no further until {@link onMessage}.
   *
   * @throws {TransportError | ProtocolError} If the peer is no match, breaks the protocol, is too slow,
   * or if `signal` aborts. The stream is then ended.
   */
  static async open(
    stream: Duplex,
    options: SshTransportOptions,
    signal: AbortSignal,
  ): Promise<SshTransport> {
    const transport = new SshTransport(stream, options);
    const abort = (): void =>
      transport.#fail(new TransportError('ERR_SSH_ABORTED', 'Cannot open transport: aborted'));
    signal.addEventListener('abort', abort, { once: true });
    try {
      transport.#begin();
      if (signal.aborted) abort();
      return await transport.#opened.promise;
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  /** Of the first key exchange; what later signatures are bound to. */
  get sessionId(): Buffer {
    return this.#exchange?.sessionId ?? Buffer.alloc(0);
  }

  /** The peer's first line, such as `SSH-2.0-OpenSSH_9.2`, without its end. */
  get peerIdentification(): string {
    return this.#peerIdentification;
  }

  /** Whether both sides keep the rules of strict key exchange (OpenSSH's PROTOCOL, 1.10). */
  get isStrict(): boolean {
    return this.#exchange?.isStrict === true;
  }

  /** Names of the signature algorithms that the server takes for user keys, if it said (RFC 8308). */
  get serverSignatureAlgorithms(): readonly string[] | undefined {
    return this.#serverSignatureAlgorithms;
  }

  /**
   * Encrypts and writes one message: its number and body, `head` followed by `data`. Both are free
   * again when the call returns. Messages wait while keys are exchanged.
   *
   * @returns False if more than the high-water mark waits: stop until {@link onDrain} calls.
   */
  send(head: Buffer, data?: Buffer): boolean {
    if (this.#state !== 'open') return true;
    try {
      const hasRoom = this.#writer.send(head, data);
      this.#replaceKeysIfDue();
      return hasRoom;
    } catch (error) {
      this.#fail(error);
      return true;
    }
  }

  /** Takes messages that are not the transport's own, from SERVICE_REQUEST on. Valid during the call only. */
  onMessage(listener: (payload: Buffer) => void): void {
    const isFirst = this.#messageListener === undefined;
    this.#messageListener = listener;
    if (isFirst) this.resume();
  }

  /** Answers the message that is being delivered with UNIMPLEMENTED. */
  sendUnimplemented(): void {
    this.#allowIdle();
    this.send(encodeUnimplemented(this.#sequenceNumber));
  }

  /** Calls when what waited after a `false` of {@link send} has gone. */
  onDrain(listener: () => void): void {
    this.#drainListener = listener;
  }

  /** Stops delivering messages, from the next one on. */
  pause(): void {
    this.#isPaused = true;
    if (!this.#readsOn()) this.#stream.pause();
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    // Later: whoever resumes is not prepared for messages within the call.
    setImmediate(() => this.#continue());
  }

  /** Sends DISCONNECT and ends the stream. */
  disconnect(reason: number, description: string): void {
    if (this.#state === 'ending' || this.#state === 'closed') return;
    if (this.#exchange !== undefined) {
      this.#writer.sendAtOnce(encodeDisconnect({ reason, description }));
    }
    this.#end();
  }

  /** Calls once, when the stream is gone: with an error unless both sides ended in order. */
  onClose(listener: (error: Error | undefined) => void): void {
    this.#closeListener = listener;
    if (this.#state === 'closed') queueMicrotask(() => listener(this.#failure));
  }

  /** The user is known: packets may be larger, key exchanges repeated, and idle messages frequent. */
  setAuthenticated(): void {
    this.#reader.allowLargePackets();
    this.#allowances.setAuthenticated(performance.now());
  }

  #begin(): void {
    this.#stream.on('data', (chunk: Buffer) => this.#receiveBytes(chunk));
    this.#stream.on('drain', () => this.#writer.notifyDrained());
    this.#stream.on('end', () => this.#receiveEnd());
    this.#stream.on('error', (error) => {
      // A peer that leaves at our last words may not take all of them.
      if (this.#state !== 'ending') this.#failure ??= error;
    });
    this.#stream.on('close', () => this.#close());
    this.#setTimer(this.#limits.handshakeMsMax, () => this.#failSlow('handshake'));
    this.#stream.write(`${this.#ownIdentification()}\r\n`);
    // Whoever opened the stream may have paused it.
    this.#stream.resume();
  }

  #ownIdentification(): string {
    return `SSH-2.0-${this.#options.software}`;
  }

  #receiveBytes(chunk: Buffer): void {
    try {
      if (this.#state === 'identifying') this.#identify(chunk);
      else if (this.#state !== 'ending') this.#reader.push(chunk);
      this.#receivePackets();
    } catch (error) {
      this.#fail(error);
    }
    // A socket's chunks are nobody else's; other streams may have made theirs of larger memory.
    if (this.#stream instanceof Socket && !this.#reader.isReading(chunk)) releaseMemory(chunk);
  }

  #identify(chunk: Buffer): void {
    this.#identifying = Buffer.concat([this.#identifying, chunk]);
    const peerRole = this.#options.role === 'server' ? 'client' : 'server';
    const found = findIdentification(this.#identifying, peerRole);
    if (found === undefined) return;
    this.#reader.push(this.#identifying.subarray(found.end));
    this.#identifying = Buffer.alloc(0);
    this.#peerIdentification = found.line;
    this.#state = 'exchanging';
    const identifications = { own: this.#ownIdentification(), peer: found.line };
    this.#exchange = new KeyExchange(this.#options, offerOf(this.#options), identifications, {
      sendAtOnce: (payload) => this.#writer.sendAtOnce(payload),
      holdMessages: () => this.#holdMessages(),
      sealWith: (keys) => this.#sealWith(keys),
      openWith: (keys) => this.#openWith(keys),
    });
    this.#exchange.begin();
  }

  /** Whether packets are to be read: for a paused owner only those of a key exchange that goes on. */
  #readsOn(): boolean {
    if (this.#state !== 'open') return this.#state === 'exchanging';
    if (!this.#isPaused) return true;
    return this.#exchange?.isUnderWay === true && this.#keptBytes < KEPT_BYTES_MAX;
  }

  #receivePackets(): void {
    while (this.#readsOn()) {
      const payload = this.#reader.next();
      if (payload === undefined) break;
      this.#receive(payload);
    }
    if (this.#state === 'open') {
      if (!this.#readsOn()) this.#stream.pause();
      this.#replaceKeysIfDue();
    }
  }

  #receive(payload: Buffer): void {
    const number = payload[0] ?? 0;
    const exchange = this.#exchange as KeyExchange;
    const sequenceNumber = (this.#reader.sequenceNumber - 1) >>> 0;
    this.#sequenceNumber = sequenceNumber;
    if (number >= KEX_MESSAGE_MIN && number <= TRANSPORT_MESSAGE_MAX) {
      if (number === MessageNumber.KexInit) this.#allowRekey();
      exchange.receive(payload, sequenceNumber);
      return;
    }
    if (number === MessageNumber.Disconnect) return this.#receiveDisconnect(payload);
    if (this.#state === 'exchanging' && (exchange.isStrict || !isIdle(number))) {
      throw new ProtocolError('key exchange', `message ${number} before the first keys`);
    }
    if (isIdle(number)) return this.#allowIdle();
    if (exchange.isStrict && exchange.bindsPeer) {
      throw new ProtocolError('key exchange', `message ${number} in the middle`);
    }
    if (number === MessageNumber.ExtInfo) return this.#receiveExtInfo(payload);
    if (number === MessageNumber.Ping) return this.#receivePing(payload);
    if (number === MessageNumber.Pong) return this.#allowIdle();
    if (isOwn(number)) return this.sendUnimplemented();
    if (!this.#isPaused && this.#kept.length === 0) return this.#deliver(payload);
    this.#kept.push({ payload, sequenceNumber });
    this.#keptBytes += payload.length;
  }

  #deliver(payload: Buffer): void {
    this.#messageListener?.(payload);
    releaseMemory(payload);
  }

  #receiveDisconnect(payload: Buffer): void {
    const { reason } = decodeDisconnect(payload);
    if (this.#state !== 'open' || reason !== DisconnectReason.ByApplication) {
      this.#failure = new TransportError(
        'ERR_SSH_PEER_LEFT',
        `Cannot go on: the peer disconnected for reason ${reason}`,
      );
    }
    this.#end();
  }

  #receiveExtInfo(payload: Buffer): void {
    this.#allowances.takeExtInfo();
    const value = decodeExtInfo(payload).get('server-sig-algs');
    if (value === undefined || this.#options.role === 'server') return;
    this.#serverSignatureAlgorithms = decodeSignatureAlgorithms(value);
  }

  #receivePing(payload: Buffer): void {
    this.#allowIdle();
    this.send(encodePong(decodePing(payload)));
  }

  #allowIdle(): void {
    this.#allowances.takeIdle(performance.now());
  }

  #allowRekey(): void {
    if (this.#state === 'exchanging' || this.#exchange?.isUnderWay === true) return;
    const bytes = this.#reader.bytesOpened + this.#writer.bytesSealed;
    this.#allowances.takeRekey(bytes, performance.now());
  }

  /** A key exchange begins, whoever began it. */
  #holdMessages(): void {
    this.#writer.hold();
    if (this.#state !== 'open') return;
    this.#setTimer(this.#limits.rekeyMsMax, () => this.#failSlow('key exchange'));
  }

  #sealWith(keys: PacketKeys): void {
    this.#writer.sealWith(makeSealer(keys), this.isStrict);
    const { role } = this.#options;
    if (this.#state === 'exchanging' && role === 'server') this.#sendExtInfo();
    this.#writer.release();
  }

  #sendExtInfo(): void {
    if (this.#exchange?.peerUnderstandsExtInfo !== true) return;
    const extensions = new Map([
      ['server-sig-algs', Buffer.from(SIGNATURE_ALGORITHMS.join(','))],
      ['ping@openssh.com', Buffer.from('0')],
    ]);
    this.#writer.sendAtOnce(encodeExtInfo(extensions));
  }

  #openWith(keys: PacketKeys): void {
    this.#reader.openWith(makeOpener(keys), this.isStrict);
    this.#keysAreOld = false;
    this.#setTimer(this.#limits.keysMsMax, () => {
      this.#keysAreOld = true;
    }).unref();
    if (this.#state !== 'exchanging') return;
    this.#state = 'open';
    this.#isPaused = true;
    this.#opened.resolve(this);
  }

  /** Begins a key exchange when keys have been in use long enough. Idle connections keep theirs. */
  #replaceKeysIfDue(): void {
    const { keysBytesMax } = this.#limits;
    const isDue =
      this.#keysAreOld ||
      this.#writer.bytesSealed >= keysBytesMax ||
      this.#reader.bytesOpened >= keysBytesMax;
    if (!isDue || this.#state !== 'open' || this.#exchange?.isUnderWay !== false) return;
    if (!this.#allowances.isAuthenticated) return;
    this.#exchange.begin();
    if (this.#isPaused) this.#stream.resume();
  }

  #notifyDrained(): void {
    try {
      this.#drainListener?.();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Goes on where a pause stopped. */
  #continue(): void {
    try {
      while (!this.#isPaused && this.#state === 'open') {
        const kept = this.#kept.shift();
        if (kept === undefined) break;
        this.#keptBytes -= kept.payload.length;
        this.#sequenceNumber = kept.sequenceNumber;
        this.#deliver(kept.payload);
      }
      if (this.#isPaused || this.#state !== 'open') return;
      this.#stream.resume();
      this.#receivePackets();
    } catch (error) {
      this.#fail(error);
    }
  }

  #receiveEnd(): void {
    const isOrderly = this.#state === 'open' && this.#reader.isBetweenPackets;
    if (!isOrderly && this.#state !== 'ending') {
      this.#failure ??= new TransportError('ERR_SSH_PEER_LEFT', 'Cannot go on: the peer left');
    }
    this.#end();
    this.#stream.destroy();
  }

  #failSlow(what: string): void {
    this.#fail(new TransportError('ERR_SSH_TOO_SLOW', `Cannot finish ${what}: out of time`));
  }

  #fail(error: unknown): void {
    if (this.#state === 'ending' || this.#state === 'closed') return;
    const failure = error instanceof Error ? error : new Error('not an error', { cause: error });
    this.#failure ??= failure;
    if (failure instanceof TransportError) {
      this.disconnect(failure.disconnectReason, failure.message);
    } else if (failure instanceof ProtocolError) {
      this.disconnect(DisconnectReason.ProtocolError, failure.message);
    } else {
      // What it says is not meant for the peer.
      this.disconnect(DisconnectReason.ByApplication, 'internal error');
    }
  }

  /** Hands over what was sent, then waits a little for the peer to leave. */
  #end(): void {
    if (this.#state === 'ending' || this.#state === 'closed') return;
    this.#opened.reject(this.#failure ?? new TransportError('ERR_SSH_PEER_LEFT', 'Cannot go on'));
    this.#state = 'ending';
    this.#kept = [];
    this.#writer.flush();
    this.#stream.end();
    // What still comes is thrown away: closing with bytes unread would take our last words along.
    this.#stream.resume();
    this.#setTimer(LINGER_MS, () => this.#stream.destroy());
  }

  #close(): void {
    if (this.#state === 'closed') return;
    const wasOpen = this.#state === 'open' || this.#state === 'ending';
    this.#state = 'closed';
    clearTimeout(this.#timer);
    if (!wasOpen) {
      this.#failure ??= new TransportError('ERR_SSH_PEER_LEFT', 'Cannot go on: the stream closed');
      this.#opened.reject(this.#failure);
    }
    this.#closeListener?.(this.#failure);
  }

  #setTimer(ms: number, act: () => void): NodeJS.Timeout {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(act, ms);
    return this.#timer;
  }
}

/** Messages that ask for nothing. */
function isIdle(number: number): boolean {
  return (
    number === MessageNumber.Ignore ||
    number === MessageNumber.Debug ||
    number === MessageNumber.Unimplemented
  );
}

/** Numbers of the transport layer that mean nothing yet. */
function isOwn(number: number): boolean {
  const { ServiceRequest, ServiceAccept } = MessageNumber;
  return number <= TRANSPORT_MESSAGE_MAX && number !== ServiceRequest && number !== ServiceAccept;
}
