import { readFileSync } from 'node:fs';
import { connect as connectTcp, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import type { Side } from './environment.ts';

/** One message as it came: its type, and the bytes after its length. */
export interface RawMessage {
  readonly type: string;
  readonly body: Buffer;
}

/** `SSLRequest`, whole. */
export const SSL_REQUEST: Buffer = Buffer.from('0000000804d2162f', 'hex');
/** `GSSENCRequest`, whole. */
export const GSSENC_REQUEST: Buffer = Buffer.from('0000000804d21630', 'hex');

/** A wait that takes longer than this fails: the peer said nothing. */
const WAIT_TIMEOUT_MS = 60_000;

/**
 * A connection on which a test writes the very bytes it wants and sees what comes back. Knows of the
 * protocol only where messages end.
 */
export class RawConnection implements Disposable {
  readonly socket: Socket;
  #received: Buffer = Buffer.alloc(0);
  #ended = false;
  #wake: () => void = () => undefined;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#wake();
    });
    for (const event of ['end', 'close', 'error']) {
      socket.on(event, () => {
        this.#ended = true;
        this.#wake();
      });
    }
  }

  send(...parts: readonly Buffer[]): void {
    this.socket.write(Buffer.concat(parts));
  }

  /** The next `length` bytes. Fails if the peer closes first. */
  async bytes(length: number): Promise<Buffer> {
    await this.#until(() => this.#received.length >= length, `${length} bytes`);
    const bytes = this.#received.subarray(0, length);
    this.#received = this.#received.subarray(length);
    return bytes;
  }

  async message(): Promise<RawMessage> {
    const header = await this.bytes(5);
    const body = await this.bytes(header.readInt32BE(1) - 4);
    return { type: header.toString('latin1', 0, 1), body };
  }

  /** All messages up to and including the first of `type`. */
  async messagesUntil(type: string): Promise<readonly RawMessage[]> {
    const messages: RawMessage[] = [];
    for (;;) {
      const message = await this.message();
      messages.push(message);
      if (message.type === type) return messages;
    }
  }

  /** Resolves with what came before the peer closed. */
  async untilClosed(): Promise<Buffer> {
    await this.#until(() => this.#ended, 'the end of the connection');
    return this.#received;
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }

  async #until(isThere: () => boolean, what: string): Promise<void> {
    let late = false;
    const deadline = setTimeout(() => {
      late = true;
      this.socket.destroy();
    }, WAIT_TIMEOUT_MS);
    try {
      while (!isThere() || late) {
        if (late) throw new Error(`Cannot read ${what}: nothing came in ${WAIT_TIMEOUT_MS} ms`);
        if (this.#ended) {
          throw new Error(
            `Cannot read ${what}: the peer closed after ${this.#received.length} bytes`,
          );
        }
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    } finally {
      clearTimeout(deadline);
    }
  }
}

/** Opens the socket only. */
export async function openSocket(side: Side): Promise<RawConnection> {
  const socket = connectTcp(side.port, '127.0.0.1');
  await new Promise((resolve, reject) => {
    socket.once('connect', resolve).once('error', reject);
  });
  socket.setNoDelay(true);
  return new RawConnection(socket);
}

/** Opens a socket, and TLS on it as libpq does where the side has it. */
export async function openRaw(side: Side): Promise<RawConnection> {
  const plain = await openSocket(side);
  if (side.authorityFile === undefined) return plain;
  plain.send(SSL_REQUEST);
  const answer = await plain.bytes(1);
  if (answer.toString() !== 'S')
    throw new Error(`Cannot start TLS: the answer is ${answer.toString()}`);
  plain.socket.removeAllListeners('data');
  return startTls(side, { socket: plain.socket });
}

/** Starts TLS at once, as PostgreSQL 17's `sslnegotiation=direct` does. */
export function openDirectTls(side: Side, options: ConnectionOptions = {}): Promise<RawConnection> {
  return startTls(side, { host: '127.0.0.1', port: side.port, ...options });
}

async function startTls(side: Side, options: ConnectionOptions): Promise<RawConnection> {
  const ca = side.authorityFile === undefined ? [] : [readFileSync(side.authorityFile)];
  const socket = connectTls({ ca, servername: 'localhost', ...options });
  await new Promise((resolve, reject) => {
    socket.once('secureConnect', resolve).once('error', reject);
  });
  socket.setNoDelay(true);
  return new RawConnection(socket);
}

/** A `StartupMessage`, whole. Minor version: 0 for protocol 3.0, 2 for 3.2. */
export function startupMessage(
  side: Side,
  { minor = 0, extra = {} }: { minor?: number; extra?: Readonly<Record<string, string>> } = {},
): Buffer {
  const parameters = { user: side.user, database: side.database, ...extra };
  const text = Object.entries(parameters).map(([name, value]) => `${name}\0${value}\0`);
  const body = Buffer.concat([int16(3), int16(minor), Buffer.from(`${text.join('')}\0`)]);
  return Buffer.concat([int32(body.length + 4), body]);
}

/** A whole message with a type byte. */
export function message(type: string, ...parts: readonly (Buffer | string)[]): Buffer {
  const body = Buffer.concat(
    parts.map((part) => (typeof part === 'string' ? cString(part) : part)),
  );
  return Buffer.concat([Buffer.from(type), int32(body.length + 4), body]);
}

/** Text with the zero byte that ends it. */
export function cString(text: string): Buffer {
  return Buffer.from(`${text}\0`);
}

export function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

export function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

export const query = (sql: string): Buffer => message('Q', sql);
export const parse = (name: string, sql: string): Buffer => message('P', name, sql, int16(0));
export const bind = (portal: string, name: string): Buffer =>
  message('B', portal, name, int16(0), int16(0), int16(0));
export const execute = (portal: string, rowsMax = 0): Buffer =>
  message('E', portal, int32(rowsMax));
export const sync = (): Buffer => message('S');

/** Signs in with the side's password or token, and reads up to the first ReadyForQuery. */
export async function signIn(
  side: Side,
  startup: Parameters<typeof startupMessage>[1] = {},
): Promise<RawConnection> {
  const connection = await openRaw(side);
  connection.send(startupMessage(side, startup));
  for (;;) {
    const { type, body } = await connection.message();
    if (type === 'R' && body.readInt32BE(0) === 3) connection.send(message('p', side.password));
    if (type === 'E') {
      connection.socket.destroy();
      throw new Error(`Cannot sign in: ${JSON.stringify(errorFields(body))}`);
    }
    if (type === 'Z') return connection;
  }
}

/** Fields of an ErrorResponse or NoticeResponse by their letter. */
export function errorFields(body: Buffer): Readonly<Record<string, string>> {
  const fields = body
    .toString('utf8')
    .split('\0')
    .filter((field) => field !== '');
  return Object.fromEntries(fields.map((field) => [field.slice(0, 1), field.slice(1)]));
}

/** Messages in short, to compare: types, and for errors the SQLSTATE, for the rest the bytes. */
export function summarize(messages: readonly RawMessage[]): readonly string[] {
  return messages.map(({ type, body }) =>
    type === 'E' || type === 'N'
      ? `${type} ${errorFields(body)['C']}`
      : `${type} ${body.toString('latin1')}`,
  );
}
