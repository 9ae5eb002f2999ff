import { CHUNK_END, encodeChunkHead, encodeLastChunk } from '../../../wire/http/chunked-encoder.ts';
import { FieldList } from '../../../wire/http/field-list.ts';
import { encodeRequestHead } from '../../../wire/http/request-head.ts';
import type { Transport } from '../../transport.ts';
import type { BodySink, HttpRequest } from '../exchange.ts';
import { QUEUED_BYTES_MAX } from './upstream-connection.ts';

/** Who is told how a request went out. */
export interface RequestWriterOwner {
  /** All of it is written. */
  onSent(): void;
  /** Its body broke off. */
  onCut(error: Error): void;
}

/** Methods of which servers expect a body, and take a request without a length for a mistake. */
const METHODS_WITH_BODY: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH']);

/** Writes one request of HTTP/1.1. */
export class RequestWriter implements BodySink {
  readonly #transport: Transport;
  readonly #request: HttpRequest;
  readonly #owner: RequestWriterOwner;
  readonly #isChunked: boolean;
  /** Of a body of known length. */
  #missing: number;
  /** Waits for the first piece of the body, to go out with it. */
  #head: Buffer | undefined;
  #isPaused = false;
  #isOver = false;

  constructor(transport: Transport, request: HttpRequest, owner: RequestWriterOwner) {
    this.#transport = transport;
    this.#request = request;
    this.#owner = owner;
    this.#isChunked = request.body.length === undefined;
    this.#missing = request.body.length ?? 0;
  }

  start(): void {
    const { method, body } = this.#request;
    this.#head = encodeRequestHead(method, formatTarget(this.#request), this.#describeFields());
    body.start(this);
    this.#writeHead();
  }

  /** Whether all of it is written. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Whether the target has yet to take what is written before more of the body is read. */
  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** The target has taken all that was written. */
  drained(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#request.body.resume();
  }

  /** Nothing more is to be written. */
  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#request.body.destroy();
  }

  onData(bytes: Buffer): void {
    if (this.#isOver || bytes.length === 0) return;
    if (this.#isChunked) {
      this.#write([encodeChunkHead(bytes.length), bytes, CHUNK_END]);
    } else {
      this.#missing -= bytes.length;
      if (this.#missing < 0) return this.onError(new Error('Cannot send body: it is too long'));
      this.#write([bytes]);
    }
    if (this.#isPaused || this.#transport.queuedBytes <= QUEUED_BYTES_MAX) return;
    this.#isPaused = true;
    this.#request.body.pause();
  }

  onEnd(trailers: FieldList | undefined): void {
    if (this.#isOver) return;
    if (this.#missing > 0) return this.onError(new Error('Cannot send body: it is too short'));
    this.#isOver = true;
    this.#isPaused = false;
    if (this.#isChunked) this.#write([encodeLastChunk(trailers ?? FieldList.empty)]);
    this.#writeHead();
    this.#owner.onSent();
  }

  onError(error: Error): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#owner.onCut(error);
  }

  /** @param pieces Lent. */
  #write(pieces: readonly Buffer[]): void {
    const head = this.#head;
    this.#head = undefined;
    const [only] = pieces;
    if (head !== undefined) this.#transport.writeOwned(Buffer.concat([head, ...pieces]));
    else if (pieces.length > 1) this.#transport.writeOwned(Buffer.concat(pieces));
    else if (only !== undefined) this.#transport.write(only, 0, only.length);
  }

  #writeHead(): void {
    if (this.#head === undefined) return;
    this.#transport.writeOwned(this.#head);
    this.#head = undefined;
  }

  #describeFields(): FieldList {
    const { method, authority, fields, upgrade, body } = this.#request;
    let all = fields.append('host', authority);
    if (upgrade !== undefined) {
      all = all.append('upgrade', upgrade).append('connection', 'upgrade');
    } else if (fields.has('te')) {
      all = all.append('connection', 'te');
    }
    if (this.#isChunked) return all.append('transfer-encoding', 'chunked');
    const { length = 0 } = body;
    if (length === 0 && !METHODS_WITH_BODY.has(method)) return all;
    return all.append('content-length', String(length));
  }
}

/** Path and query as they are written. */
export function formatTarget({ path, query }: Pick<HttpRequest, 'path' | 'query'>): string {
  return query === '' ? path : `${path}?${query}`;
}
