import assert from 'node:assert/strict';
import type { Duplex } from 'node:stream';
import { withoutConnectionFields } from '../../../wire/http/connection-fields.ts';
import type { FieldList } from '../../../wire/http/field-list.ts';
import { findHeadEnd } from '../../../wire/http/head-end.ts';
import { HttpMessageError } from '../../../wire/http/http-message-error.ts';
import { decodeResponseHead, type ResponseHead } from '../../../wire/http/response-head.ts';
import { openTransport, type Peer, type Transport, type TransportOwner } from '../../transport.ts';
import { describeSocketError, UpstreamError } from '../../upstream-error.ts';
import type { HttpRequest, PendingExchange } from '../exchange.ts';
import { WholeBody } from '../whole-body.ts';
import { RequestWriter } from './request-writer.ts';
import { ResponseBody } from './response-body.ts';
import { ReusedTimer } from './reused-timer.ts';
import { UpgradedTransport } from './upgraded-transport.ts';
import {
  type AnswerListener,
  INTERIM_RESPONSES_MAX,
  type UpstreamConnection,
  type UpstreamConnectionOwner,
  type UpstreamTimeouts,
} from './upstream-connection.ts';

const NOTHING: Buffer = Buffer.alloc(0);
const KEEP_ALIVE_MARGIN_MS = 1000;

/** One request on the connection, and its response. */
interface Exchange {
  readonly request: HttpRequest;
  readonly listener: AnswerListener;
  readonly writer: RequestWriter;
  /** Of the response; undefined until its head is there. */
  body: ResponseBody | undefined;
  /** Whether the connection had one before. */
  readonly isFirst: boolean;
  /** Whether a byte came that answers it. */
  isAnswered: boolean;
  /** Milliseconds that the connection may wait for another; 0: there is to be none. */
  keepAliveMs: number;
  interimResponses: number;
}

/** A connection to a target in HTTP/1.1. */
export class Http1UpstreamConnection implements UpstreamConnection, TransportOwner {
  readonly #transport: Transport;
  readonly #owner: UpstreamConnectionOwner;
  readonly #timeouts: UpstreamTimeouts;
  #exchange: Exchange | undefined;
  #upgraded: UpgradedTransport | undefined;
  /** The start of a head, or of a body that nobody wants yet. */
  #unread: Buffer = NOTHING;
  #hasBeenUsed = false;
  #isReading = false;
  #hasTargetEnded = false;
  #isOver = false;
  /** For the head of a response. */
  readonly #lateness: ReusedTimer = new ReusedTimer(() => this.#late());
  /** For the next request. */
  readonly #idleness: ReusedTimer = new ReusedTimer(() => this.#leave());

  /** @param socket Connected; nobody reads it. */
  constructor(socket: Duplex, owner: UpstreamConnectionOwner, timeouts: UpstreamTimeouts) {
    this.#owner = owner;
    this.#timeouts = timeouts;
    socket.pause();
    this.#transport = openTransport(socket, 'target', this);
    this.#transport.resume();
  }

  get freeSlots(): number {
    return this.#isOver || this.#exchange !== undefined || this.#upgraded !== undefined ? 0 : 1;
  }

  get isIdle(): boolean {
    return this.freeSlots === 1;
  }

  send(request: HttpRequest, listener: AnswerListener): PendingExchange {
    assert.equal(this.freeSlots, 1);
    this.#idleness.stop();
    const writer = new RequestWriter(this.#transport, request, {
      onSent: () => {
        if (this.#exchange === exchange) this.#sent(exchange);
      },
      onCut: (error) => {
        if (this.#exchange === exchange) this.#fail(describeSocketError(error));
      },
    });
    const exchange: Exchange = {
      request,
      listener,
      writer,
      body: undefined,
      isFirst: !this.#hasBeenUsed,
      isAnswered: false,
      keepAliveMs: 0,
      interimResponses: 0,
    };
    this.#hasBeenUsed = true;
    this.#exchange = exchange;
    this.#guarded(() => writer.start());
    this.#awaitHead();
    return {
      abort: () => {
        // What is over, but for the last steps here, need not be given up.
        const isWhole = writer.isOver && exchange.body?.hasEnded === true;
        if (this.#exchange === exchange && !isWhole) this.close();
      },
    };
  }

  close(): void {
    const exchange = this.#exchange;
    this.#leave();
    exchange?.writer.close();
    exchange?.body?.destroy();
  }

  // What the transport calls.

  received(_: Peer, buffer: Buffer, start: number, end: number): void {
    this.#read(buffer.subarray(start, end));
  }

  drained(): void {
    this.#guarded(() => {
      if (this.#upgraded !== undefined) return this.#upgraded.drained();
      this.#exchange?.writer.drained();
      this.#awaitHead();
    });
  }

  ended(): void {
    this.#guarded(() => {
      if (this.#upgraded !== undefined) return this.#upgraded.ended();
      this.#hasTargetEnded = true;
      const body = this.#exchange?.body;
      // What has not been read of the body comes first.
      if (body === undefined || (body.isWanted && this.#unread.length === 0)) this.#endBody();
    });
  }

  closed(_: Peer, error: Error | undefined): void {
    this.#guarded(() => {
      if (this.#upgraded === undefined) return this.#gone(error);
      this.#leave();
      this.#upgraded.closed(error);
    });
  }

  /** What somebody throws who is told something concerns this exchange and no other. */
  #guarded(act: () => void): void {
    try {
      act();
    } catch (error) {
      if (!(error instanceof HttpMessageError)) this.#owner.onUnexpectedError(error);
      const message = error instanceof HttpMessageError ? error.message : 'it cannot be read';
      this.#fail(new UpstreamError('ERR_UPSTREAM_PROTOCOL', message, { cause: error }));
    }
  }

  // The request.

  #sent(exchange: Exchange): void {
    this.#awaitHead();
    if (exchange.body?.hasEnded) this.#settle(exchange);
  }

  /** While the target has something to do, and only then, it has so much time for it. */
  #awaitHead(): void {
    const exchange = this.#exchange;
    if (exchange === undefined || exchange.body !== undefined) return;
    const isTargetsTurn = exchange.writer.isOver || exchange.writer.isPaused;
    if (isTargetsTurn) this.#lateness.start(this.#timeouts.headTimeoutMs);
    else this.#lateness.stop();
  }

  #late(): void {
    this.#fail(new UpstreamError('ERR_UPSTREAM_TIMEOUT', 'no response in time'));
  }

  // The response.

  #read(bytes: Buffer): void {
    this.#isReading = true;
    this.#guarded(() => {
      if (this.#upgraded === undefined) this.#readAll(bytes);
      else this.#upgraded.receive(bytes);
    });
    this.#isReading = false;
  }

  #readAll(bytes: Buffer): void {
    let rest = bytes;
    while (rest.length > 0) {
      const exchange = this.#exchange;
      // Nobody asked: whoever speaks out of turn may take the next request for another.
      if (exchange === undefined) return this.#leave();
      if (exchange.body === undefined) {
        rest = this.#readHead(exchange, rest);
        if (this.#upgraded !== undefined) return;
        continue;
      }
      if (exchange.body.hasEnded) {
        exchange.keepAliveMs = 0;
        break;
      }
      if (!exchange.body.isWanted) {
        this.#unread = Buffer.from(rest);
        this.#transport.pause();
        return;
      }
      rest = rest.subarray(exchange.body.push(rest));
    }
    const exchange = this.#exchange;
    if (exchange?.body?.hasEnded) this.#settle(exchange);
  }

  /** Returns what follows the head. */
  #readHead(exchange: Exchange, piece: Buffer): Buffer {
    exchange.isAnswered = true;
    const searched = this.#unread.length;
    const bytes = searched === 0 ? piece : Buffer.concat([this.#unread, piece]);
    const end = findHeadEnd(bytes, 0, searched);
    if (end === -1) {
      this.#unread = Buffer.from(bytes);
      return NOTHING;
    }
    this.#unread = NOTHING;
    const head = decodeResponseHead(bytes, 0, end, exchange.request.method);
    const rest = bytes.subarray(end);
    if (head.status === 101) this.#upgrade(exchange, head, rest);
    else if (head.status < 200) this.#passOver(exchange);
    else this.#respond(exchange, head);
    return rest;
  }

  /** The gateway says 100 itself, and nothing is lost with 103. */
  #passOver(exchange: Exchange): void {
    exchange.interimResponses += 1;
    if (exchange.interimResponses <= INTERIM_RESPONSES_MAX) return;
    throw new HttpMessageError('response', 'does not come to its end');
  }

  #respond(exchange: Exchange, head: ResponseHead): void {
    const body = new ResponseBody(head.framing, {
      onWanted: () => this.#resume(),
      onUnwanted: () => this.#transport.pause(),
      onAbandoned: () => {
        if (this.#exchange === exchange) this.close();
      },
    });
    exchange.body = body;
    // What a failed upgrade leaves behind is nobody's to guess.
    if (head.keepAlive && exchange.request.upgrade === undefined) {
      exchange.keepAliveMs = Math.min(this.#timeouts.idleTimeoutMs, findKeepAliveMs(head.fields));
    }
    this.#lateness.stop();
    const fields = endToEnd(head, exchange.request.method);
    exchange.listener.onResponse({ status: head.status, fields, body });
  }

  #upgrade(exchange: Exchange, head: ResponseHead, rest: Buffer): void {
    const { request, listener, writer } = exchange;
    if (request.upgrade === undefined || head.upgrade !== request.upgrade || !writer.isOver) {
      throw new HttpMessageError('response', 'switches to what nobody asked for');
    }
    this.#closeTimers();
    this.#exchange = undefined;
    this.#transport.pause();
    this.#upgraded = new UpgradedTransport(this.#transport, Buffer.from(rest));
    const fields = endToEnd(head, request.method);
    listener.onUpgrade({ status: head.status, fields, body: WholeBody.empty }, this.#upgraded);
  }

  /** The body is wanted: first what came while it was not. */
  #resume(): void {
    if (this.#isReading || this.#isOver) return;
    const unread = this.#unread;
    this.#unread = NOTHING;
    if (unread.length > 0) this.#read(unread);
    if (this.#unread.length > 0 || this.#isOver) return;
    if (this.#hasTargetEnded) this.#endBody();
    else if (this.#exchange?.body?.isWanted !== false) this.#transport.resume();
  }

  /** The target sends nothing more: where nothing else says so, that is the end of the body. */
  #endBody(): void {
    const exchange = this.#exchange;
    if (exchange === undefined) return this.#leave();
    if (exchange.body === undefined) return this.#gone();
    try {
      exchange.body.close();
    } catch (error) {
      if (!(error instanceof HttpMessageError)) throw error;
      // It is not that what came were wrong: it is not all.
      return this.#gone();
    }
    this.#settle(exchange);
  }

  // The end.

  /** The response is whole. If the request is not, the rest of it says nothing to anybody. */
  #settle(exchange: Exchange): void {
    if (this.#exchange !== exchange) return;
    const { writer, keepAliveMs } = exchange;
    if (!writer.isOver || keepAliveMs <= 0 || this.#hasTargetEnded) return this.close();
    this.#exchange = undefined;
    this.#idleness.start(keepAliveMs);
    this.#transport.resume();
    this.#owner.onFree(this);
  }

  /** The target closed the connection, with whatever was under way. */
  #gone(error?: Error): void {
    const failure =
      error === undefined
        ? new UpstreamError('ERR_UPSTREAM_UNREACHABLE', 'it closed the connection')
        : describeSocketError(error);
    const exchange = this.#exchange;
    const isStale = exchange !== undefined && !exchange.isFirst && !exchange.isAnswered;
    if (!isStale) return this.#fail(failure);
    this.#leave();
    exchange.listener.onStale(failure);
  }

  #fail(error: UpstreamError): void {
    const exchange = this.#exchange;
    this.#leave();
    if (exchange === undefined) return;
    exchange.writer.close();
    if (exchange.body === undefined) exchange.listener.onError(error);
    else exchange.body.cut(error);
  }

  #leave(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#exchange = undefined;
    this.#unread = NOTHING;
    this.#closeTimers();
    this.#transport.destroy();
    this.#owner.onClosed(this);
  }

  #closeTimers(): void {
    this.#lateness.close();
    this.#idleness.close();
  }
}

/** The length of a body goes with it, but where the response has none to go with. */
function endToEnd({ fields, status }: ResponseHead, method: string): FieldList {
  const kept = withoutConnectionFields(fields);
  return method === 'HEAD' || status === 304 ? kept : kept.without('content-length');
}

/** How long the target says that it keeps the connection, less what a request takes to get there. */
function findKeepAliveMs(fields: FieldList): number {
  const [, seconds] =
    /(?:^|[,\s])timeout=(\d{1,6})(?:$|[,\s])/.exec(fields.get('keep-alive') ?? '') ?? [];
  return seconds === undefined
    ? Number.POSITIVE_INFINITY
    : Number(seconds) * 1000 - KEEP_ALIVE_MARGIN_MS;
}
