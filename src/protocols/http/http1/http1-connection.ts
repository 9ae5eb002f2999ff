import type { Duplex } from 'node:stream';
import { FieldList } from '../../../wire/http/field-list.ts';
import { FieldMemory } from '../../../wire/http/field-memory.ts';
import { findHeadEnd } from '../../../wire/http/head-end.ts';
import { HttpMessageError } from '../../../wire/http/http-message-error.ts';
import { decodeRequestHead, type RequestHead } from '../../../wire/http/request-head.ts';
import { encodeResponseHead } from '../../../wire/http/response-head.ts';
import type { ClientConnection, ClientConnectionOwner } from '../client-connection.ts';
import type { HttpResponse, RawStream } from '../exchange.ts';
import { RawSocket } from '../raw-socket.ts';
import { toClientRequest } from './client-request.ts';
import { type ExchangeConnection, Http1Exchange } from './http1-exchange.ts';
import { RequestBody } from './request-body.ts';
import { ResponseWriter } from './response-writer.ts';

const CONTINUE: Buffer = encodeResponseHead(100, FieldList.empty);
const NOTHING: Buffer = Buffer.alloc(0);
/** Milliseconds for a head, from when a part of it has come. */
const HEAD_MS_MAX = 15_000;
/** Milliseconds that a connection may be silent: between requests, in a body, before it takes a response. */
const SILENT_MS_MAX = 120_000;
/** The same before the first request: whoever holds connections without using them gets no more of them. */
const UNUSED_MS_MAX = 20_000;
/** Milliseconds until a connection that was said goodbye on is closed, whatever its client does. */
const LINGER_MS_MAX = 2_000;
/** Milliseconds that a client may be silent between requests once it is to go elsewhere: one in use learns it by its next response. */
const DRAIN_SILENT_MS_MAX = 1_000;

/** A socket, or a stream of HTTP/2 that carries one. */
type TimedStream = Duplex & {
  /** Calls back after so many milliseconds without a byte either way; 0 for never. */
  setTimeout(ms: number, callback?: () => void): unknown;
};

/**
 * One connection of a client that speaks HTTP/1.1: one request after the other, those that come early wait. It is
 * closed after anything that leaves a doubt where the next request begins.
 */
export class Http1Connection implements ClientConnection, ExchangeConnection {
  readonly #socket: TimedStream;
  readonly #owner: ClientConnectionOwner;
  readonly #scheme: 'http' | 'https';
  readonly #fieldMemory = new FieldMemory();
  #unread: Buffer = NOTHING;
  /** Of `#unread`, looked through for the end of a head. */
  #searched = 0;
  #exchange: Http1Exchange | undefined;
  #writer: ResponseWriter | undefined;
  #closesAfter = false;
  #isDraining = false;
  #isResponded = false;
  #isReading = false;
  #isOver = false;
  #headTimer: NodeJS.Timeout | undefined;
  /** Milliseconds that the socket may be silent. */
  #silentMs = 0;

  constructor(socket: TimedStream, scheme: 'http' | 'https', owner: ClientConnectionOwner) {
    this.#socket = socket;
    this.#scheme = scheme;
    this.#owner = owner;
  }

  start(): void {
    const socket = this.#socket;
    socket.on('data', this.#onData);
    socket.on('drain', this.#onDrain);
    socket.on('end', this.#onEnd);
    socket.on('close', this.#onClose);
    socket.on('timeout', this.#onSilence);
    this.#expectWithin(UNUSED_MS_MAX);
    socket.resume();
  }

  /** The next response that begins says that it is the last. */
  drain(): void {
    this.#isDraining = true;
    if (this.#exchange === undefined) this.#expectWithin(DRAIN_SILENT_MS_MAX);
  }

  /** Ends the connection once the request at hand is answered. */
  stop(): void {
    this.#closesAfter = true;
    if (this.#exchange === undefined) this.#goodbye();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  // Reading.

  readonly #onData = (bytes: Buffer): void => {
    if (this.#isOver) return;
    this.#unread = this.#unread.length === 0 ? bytes : Buffer.concat([this.#unread, bytes]);
    this.#read();
  };

  /** Reads as much as may be read now; what a response completes on the way is gone on with here. */
  #read(): void {
    if (this.#isReading) return;
    this.#isReading = true;
    try {
      while (this.#unread.length > 0 && !this.#isOver && this.#readSome());
    } catch (error) {
      if (error instanceof HttpMessageError) this.#refuse(error);
      else this.#fail(error);
    } finally {
      this.#isReading = false;
    }
    if (!this.#isOver) this.#setFlow();
  }

  /** False if nothing more can be read at present. */
  #readSome(): boolean {
    const exchange = this.#exchange;
    if (exchange === undefined) return this.#readHead();
    const { requestBody } = exchange;
    if (!requestBody.isWanted) return false;
    const taken = requestBody.push(this.#unread);
    this.#unread = this.#unread.subarray(taken);
    if (requestBody.isBeyondDraining) {
      this.#closesAfter = true;
      if (this.#isResponded) this.#goodbye();
      return false;
    }
    return true;
  }

  #readHead(): boolean {
    const end = findHeadEnd(this.#unread, 0, this.#searched);
    if (end === -1) {
      this.#searched = this.#unread.length;
      this.#headTimer ??= setTimeout(this.#onLateHead, HEAD_MS_MAX);
      return false;
    }
    clearTimeout(this.#headTimer);
    this.#headTimer = undefined;
    const head = decodeRequestHead(this.#unread, 0, end, this.#fieldMemory);
    this.#searched = 0;
    this.#unread = this.#unread.subarray(end);
    this.#begin(head);
    return true;
  }

  #begin(head: RequestHead): void {
    this.#expectWithin(SILENT_MS_MAX);
    const body = new RequestBody(head.framing, this.#bodyOwner);
    const request = toClientRequest(head, body.length ?? -1, this.#scheme);
    this.#closesAfter ||= !head.keepAlive;
    this.#isResponded = false;
    const exchange = new Http1Exchange(this, {
      request,
      body,
      expectsContinue: head.expectsContinue,
    });
    this.#exchange = exchange;
    this.#owner.onExchange(exchange);
  }

  readonly #bodyOwner = {
    onWanted: (): void => this.#read(),
    onBodyEnd: (): void => this.#finishIfDone(),
  };

  /** Bytes that nobody can take yet stay in the socket. */
  #setFlow(): void {
    const isWanted = this.#exchange === undefined || this.#exchange.requestBody.isWanted;
    // What is left of a request that is read already: it waits for its turn.
    if (isWanted || this.#unread.length === 0) this.#socket.resume();
    else this.#socket.pause();
  }

  // Writing.

  sendContinue(): void {
    this.#socket.write(CONTINUE);
  }

  respond(exchange: Http1Exchange, response: HttpResponse): void {
    const { requestBody, request } = exchange;
    if (this.#isOver) return response.body.destroy();
    if (exchange.isBodyUncertain || requestBody.isTooLongToDrain) this.#closesAfter = true;
    if (this.#isDraining) this.#closesAfter = true;
    this.#writer = new ResponseWriter(
      this.#socket,
      { response, method: request.method, closes: this.#closesAfter },
      this.#writerOwner,
    );
    this.#writer.start();
  }

  readonly #writerOwner = {
    onWritten: (): void => {
      const exchange = this.#exchange;
      this.#writer = undefined;
      this.#isResponded = true;
      exchange?.requestBody.destroy();
      exchange?.owner.onResponded();
      this.#finishIfDone();
    },
    onCut: (): void => this.destroy(),
  };

  #finishIfDone(): void {
    const exchange = this.#exchange;
    if (exchange === undefined || !this.#isResponded || this.#isOver) return;
    if (this.#closesAfter) return this.#goodbye();
    if (!exchange.requestBody.hasEnded) return;
    this.#exchange = undefined;
    if (this.#isDraining) this.#expectWithin(DRAIN_SILENT_MS_MAX);
    this.#read();
  }

  upgrade(fields: FieldList): RawStream {
    this.#leave();
    this.#socket.setTimeout(0);
    this.#socket.write(encodeResponseHead(101, fields));
    return new RawSocket(this.#socket, this.#unread);
  }

  abort(): void {
    this.#socket.destroy();
  }

  // The end.

  #fail(error: unknown): void {
    this.#socket.destroy();
    this.#owner.onFailure(error);
  }

  /** Says what is wrong with what came, and closes: nobody knows where a next request would begin. */
  #refuse(error: HttpMessageError): void {
    this.#owner.onMessageError(error);
    if (this.#writer !== undefined) return this.destroy();
    const exchange = this.#exchange;
    this.#exchange = undefined;
    // Not the target's fault: it is given up before it hears of it.
    if (!this.#isResponded) exchange?.owner.onGone();
    exchange?.requestBody.cut(error);
    if (exchange !== undefined && this.#isResponded) return this.#goodbye();
    const { status, fields, body } = this.#owner.describeMessageError(error);
    const head = fields.with('content-length', String(body.length)).with('connection', 'close');
    this.#socket.write(Buffer.concat([encodeResponseHead(status, head), body]));
    this.#goodbye();
  }

  /** Ends our side, and waits a little for the client to do so: a reset could take the response away from it. */
  #goodbye(): void {
    if (this.#isOver) return;
    this.#leave();
    const socket = this.#socket;
    socket.on('data', ignore);
    socket.resume();
    socket.end();
    const timer = setTimeout(() => socket.destroy(), LINGER_MS_MAX);
    socket.once('close', () => clearTimeout(timer));
    socket.once('end', () => {
      if (socket.writableFinished) socket.destroy();
      else socket.once('finish', () => socket.destroy());
    });
  }

  #leave(): void {
    this.#isOver = true;
    clearTimeout(this.#headTimer);
    this.#socket.off('data', this.#onData);
    this.#socket.off('drain', this.#onDrain);
    this.#socket.off('end', this.#onEnd);
  }

  readonly #onDrain = (): void => this.#writer?.drained();

  /** As other servers have it: a client that has ended its side does not wait for a response either. */
  readonly #onEnd = (): void => {
    if (this.#exchange === undefined) this.#goodbye();
    else this.#socket.destroy();
  };

  readonly #onClose = (): void => {
    const exchange = this.#exchange;
    this.#leave();
    this.#socket.off('timeout', this.#onSilence);
    if (exchange !== undefined) {
      this.#writer?.close();
      if (!this.#isResponded) exchange.owner.onGone();
      exchange.requestBody.cut(new HttpMessageError('body', 'ends too early'));
    }
    this.#owner.onClose();
  };

  readonly #onLateHead = (): void => this.destroy();

  /** Whatever moves begins the time anew: it is set only where it becomes another. */
  #expectWithin(silentMs: number): void {
    if (silentMs === this.#silentMs) return;
    this.#silentMs = silentMs;
    this.#socket.setTimeout(silentMs);
  }

  /** Neither side of the socket moved. Whoever waits for the target has nothing to send or to take. */
  readonly #onSilence = (): void => {
    const exchange = this.#exchange;
    const waitsForClient =
      exchange === undefined || this.#socket.writableLength > 0 || exchange.requestBody.isWanted;
    if (waitsForClient) this.#socket.destroy();
  };
}

function ignore(): void {}
