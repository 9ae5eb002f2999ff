import type { Duplex } from 'node:stream';
import { CHUNK_END, encodeChunkHead, encodeLastChunk } from '../../../wire/http/chunked-encoder.ts';
import { FieldList } from '../../../wire/http/field-list.ts';
import { encodeResponseHead } from '../../../wire/http/response-head.ts';
import { writeCopies } from '../../write-copy.ts';
import type { BodySink, HttpResponse } from '../exchange.ts';

/** Bytes that a client may leave waiting before its response is read no further. */
export const QUEUED_BYTES_MAX: number = 256 * 1024;
/** Pieces below wait until the turn ends, for what may come with them. */
const SMALL_BYTES_MAX: number = 16 * 1024;

/** Who is told how a response went. */
export interface ResponseWriterOwner {
  onWritten(): void;
  /** The body broke off: what the client has is not all. */
  onCut(): void;
}

/** Writes one response of HTTP/1.1 to its client. */
export class ResponseWriter implements BodySink {
  readonly #socket: Duplex;
  readonly #response: HttpResponse;
  readonly #owner: ResponseWriterOwner;
  readonly #hasBody: boolean;
  readonly #isChunked: boolean;
  /** Of what was announced, still to come; undefined where nothing was. */
  #missing: number | undefined;
  /** Waits for the end of the turn. */
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #isPaused = false;
  #isOver = false;

  /** @param closes Whether the client is told that the connection ends with the response. */
  constructor(
    socket: Duplex,
    { response, method, closes }: { response: HttpResponse; method: string; closes: boolean },
    owner: ResponseWriterOwner,
  ) {
    this.#socket = socket;
    this.#response = response;
    this.#owner = owner;
    const { status, body } = response;
    const hasBody = method !== 'HEAD' && status !== 204 && status !== 304;
    this.#hasBody = hasBody;
    this.#isChunked = hasBody && body.length === undefined;
    this.#missing = hasBody ? body.length : 0;
    let { fields } = response;
    if (this.#isChunked) fields = fields.append('transfer-encoding', 'chunked');
    else if (hasBody) fields = fields.append('content-length', String(body.length));
    if (closes) fields = fields.append('connection', 'close');
    this.#hold(encodeResponseHead(status, fields));
  }

  start(): void {
    const { body } = this.#response;
    if (this.#hasBody) return body.start(this);
    if (body.length !== 0) body.destroy();
    this.onEnd(undefined);
  }

  /** The client has taken all that was written. */
  drained(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#response.body.resume();
  }

  /** The client is gone, or the response is not for it any more. */
  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#pending = [];
    this.#response.body.destroy();
  }

  onData(bytes: Buffer): void {
    if (this.#isOver || bytes.length === 0) return;
    if (this.#isChunked) {
      this.#write([encodeChunkHead(bytes.length), bytes, CHUNK_END]);
    } else {
      this.#missing = (this.#missing ?? 0) - bytes.length;
      if (this.#missing < 0) return this.#cut();
      this.#write([bytes]);
    }
    if (this.#socket.writableLength <= QUEUED_BYTES_MAX || this.#isPaused) return;
    this.#isPaused = true;
    this.#response.body.pause();
  }

  onEnd(trailers: FieldList | undefined): void {
    if (this.#isOver) return;
    if (this.#missing !== undefined && this.#missing > 0) return this.#cut();
    this.#isOver = true;
    if (this.#isChunked) this.#hold(encodeLastChunk(trailers ?? FieldList.empty));
    this.#flush();
    this.#owner.onWritten();
  }

  onError(): void {
    if (!this.#isOver) this.#cut();
  }

  #cut(): void {
    this.close();
    this.#owner.onCut();
  }

  /** Copies: what a body delivers is only lent. */
  #write(pieces: readonly Buffer[]): void {
    const bytes = pieces.reduce((sum, { length }) => sum + length, 0);
    if (bytes >= SMALL_BYTES_MAX) {
      this.#flush();
      writeCopies(this.#socket, pieces);
      return;
    }
    // Nothing more comes that could go out with it.
    if (this.#missing === 0) return this.#flush(pieces);
    this.#hold(Buffer.concat(pieces));
    if (this.#pendingBytes >= SMALL_BYTES_MAX) this.#flush();
  }

  #hold(bytes: Buffer): void {
    if (this.#pending.length === 0) process.nextTick(flush, this);
    this.#pending.push(bytes);
    this.#pendingBytes += bytes.length;
  }

  /** @param last Behind what waits. */
  #flush(last: readonly Buffer[] = []): void {
    const [only] = this.#pending;
    if (last.length > 0) this.#socket.write(Buffer.concat([...this.#pending, ...last]));
    else if (only === undefined) return;
    else this.#socket.write(this.#pending.length === 1 ? only : Buffer.concat(this.#pending));
    this.#pending = [];
    this.#pendingBytes = 0;
  }

  /** The turn is over: what waits goes out alone. */
  flush(): void {
    this.#flush();
  }
}

function flush(writer: ResponseWriter): void {
  writer.flush();
}
