import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { decodeAuthentication } from '../src/wire/postgres/authentication.ts';
import { encodeCopyData } from '../src/wire/postgres/copy-data.ts';
import { decodeErrorResponse } from '../src/wire/postgres/error-response.ts';
import { BackendType, MESSAGE_HEADER_BYTES } from '../src/wire/postgres/message-framing.ts';
import { encodePasswordMessage } from '../src/wire/postgres/password-message.ts';
import { encodeQuery } from '../src/wire/postgres/query.ts';
import { encodeStartupMessage } from '../src/wire/postgres/startup-message.ts';
import type { Contestant } from './contestant.ts';

/** One for all connections: what is received is counted and forgotten. */
const RECEIVE_BUFFER = Buffer.allocUnsafe(1024 * 1024);

/** `ReadyForQuery` without its last byte, the transaction's state. */
const READY = Buffer.from([BackendType.ReadyForQuery, 0, 0, 0, 5]);

const COPY_DONE = Buffer.from([0x63, 0, 0, 0, 4]);

/** The first bytes of an answer are kept: enough for an error's text. */
const HEAD_BYTES_MAX = 8192;
/** And the last ones: `CommandComplete` of a SELECT or COPY, and `ReadyForQuery`. */
const TAIL_BYTES_MAX = 64;
const COUNTED = /(?:SELECT|COPY) (\d+)\0Z/;

/** What is kept of an answer. */
export interface DiscardedAnswer {
  readonly bytes: number;
  /** As the server says at its end; 0 where it says none. */
  readonly rows: number;
}

/**
 * A client that logs in, sends, and counts the bytes that come back, so that it costs close to
 * nothing itself.
 */
export class DiscardingClient implements Disposable {
  readonly #socket: Socket;
  #receivedBytes = 0;
  #head: Buffer = Buffer.alloc(0);
  #tail: Buffer = Buffer.alloc(0);
  #changed: () => void = () => undefined;
  #failed: (error: Error) => void = () => undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('error', (error) => this.#failed(error));
    socket.on('close', () => this.#failed(new Error('the connection was closed')));
  }

  /** Connects and logs in, without TLS. */
  static async connect({
    host,
    port,
    user,
    password,
    database,
  }: Contestant): Promise<DiscardingClient> {
    let receive: (bytes: Buffer) => void = () => undefined;
    const socket = connect({
      host,
      port,
      noDelay: true,
      onread: {
        buffer: RECEIVE_BUFFER,
        callback: (length) => {
          receive(RECEIVE_BUFFER.subarray(0, length));
          return true;
        },
      },
    });
    const client = new DiscardingClient(socket);
    receive = (bytes) => client.#receive(bytes);
    await once(socket, 'connect');
    const authenticated = client.#until(() => client.#head.length >= MESSAGE_HEADER_BYTES + 4);
    socket.write(
      encodeStartupMessage(
        new Map([
          ['user', user],
          ['database', database],
        ]),
      ),
    );
    await authenticated;
    client.#assertNoError();
    const bodyEnd = 1 + client.#head.readInt32BE(1);
    const { type } = decodeAuthentication(client.#head.subarray(MESSAGE_HEADER_BYTES, bodyEnd));
    if (type === 'AuthenticationCleartextPassword') {
      client.#forget();
      socket.write(encodePasswordMessage(password));
    } else if (type !== 'AuthenticationOk') {
      throw new Error(`Cannot log in to ${host}:${port}: it asks for ${type}`);
    }
    await client.#until(() => client.#isReady());
    client.#assertNoError();
    return client;
  }

  /** Runs one statement. */
  async query(sql: string): Promise<DiscardedAnswer> {
    this.#forget();
    this.#socket.write(encodeQuery(sql));
    await this.#until(() => this.#isReady());
    this.#assertNoError();
    const [, rows = '0'] = COUNTED.exec(this.#tail.toString('latin1')) ?? [];
    return { bytes: this.#receivedBytes, rows: Number(rows) };
  }

  /** Runs a `COPY … FROM STDIN` with `chunk` sent `times` times. */
  async copyIn(sql: string, chunk: Buffer, times: number): Promise<void> {
    this.#forget();
    this.#socket.write(encodeQuery(sql));
    await this.#until(() => this.#head[0] === BackendType.CopyInResponse || this.#isReady());
    this.#assertNoError();
    this.#forget();
    const message = encodeCopyData(chunk);
    for (let sent = 0; sent < times; sent++) {
      if (!this.#socket.write(message)) await once(this.#socket, 'drain');
    }
    this.#socket.write(COPY_DONE);
    await this.#until(() => this.#isReady());
    this.#assertNoError();
  }

  /** Bytes of the answer that is coming, or came last. */
  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  [Symbol.dispose](): void {
    this.#failed = () => undefined;
    this.#socket.destroy();
  }

  #receive(bytes: Buffer): void {
    this.#receivedBytes += bytes.length;
    if (this.#head.length < HEAD_BYTES_MAX) {
      const room = HEAD_BYTES_MAX - this.#head.length;
      this.#head = Buffer.concat([this.#head, bytes.subarray(0, room)]);
    }
    const last = bytes.subarray(-TAIL_BYTES_MAX);
    this.#tail = Buffer.concat([this.#tail, last]).subarray(-TAIL_BYTES_MAX);
    this.#changed();
  }

  #forget(): void {
    this.#receivedBytes = 0;
    this.#head = Buffer.alloc(0);
    this.#tail = Buffer.alloc(0);
  }

  /** The server sends nothing after `ReadyForQuery`, so a look at the last bytes is enough. */
  #isReady(): boolean {
    return this.#tail.subarray(-READY.length - 1, -1).equals(READY);
  }

  #assertNoError(): void {
    if (this.#head[0] !== BackendType.ErrorResponse) return;
    const body = this.#head.subarray(MESSAGE_HEADER_BYTES, 1 + this.#head.readInt32BE(1));
    throw new Error(`the server refused: ${decodeErrorResponse(body).fields.get('M')}`);
  }

  async #until(isTrue: () => boolean): Promise<void> {
    if (isTrue()) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#failed = (error) => {
      // A server that refuses says why before it hangs up.
      try {
        this.#assertNoError();
        reject(error);
      } catch (refusal) {
        reject(refusal instanceof Error ? refusal : error);
      }
    };
    this.#changed = () => {
      if (isTrue()) resolve();
    };
    await promise;
    this.#changed = () => undefined;
  }
}
