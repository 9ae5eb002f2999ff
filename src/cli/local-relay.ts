import { timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { connect as connectTcp, createServer, isIP, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import {
  decodeAuthentication,
  encodeAuthenticationCleartextPassword,
} from '../wire/postgres/authentication.ts';
import { encodeCancelRequest } from '../wire/postgres/cancel-request.ts';
import { encodeErrorResponse } from '../wire/postgres/error-response.ts';
import {
  BackendType,
  FrontendType,
  frameLength,
  MESSAGE_HEADER_BYTES,
  startupFrameLength,
} from '../wire/postgres/message-framing.ts';
import { decodePasswordMessage, encodePasswordMessage } from '../wire/postgres/password-message.ts';
import { encodeSslRequest } from '../wire/postgres/ssl-request.ts';
import { encodeStartupMessage, type StartupMessage } from '../wire/postgres/startup-message.ts';
import { decodeStartupPacket } from '../wire/postgres/startup-packet.ts';

export interface LocalRelayOptions {
  /** Where the gateway takes PostgreSQL connections. */
  readonly gateway: { readonly host: string; readonly port: number };
  /** PEM; the system's authorities when undefined. */
  readonly ca: string | undefined;
  /** What every connection is for, whatever database the tool names. */
  readonly target: string;
  /** What the tool must log in with; undefined: anything. */
  readonly password: string | undefined;
  readonly token: () => Promise<string>;
  /** Says why a connection came to nothing. Holds no secret. */
  readonly onFailure: (message: string) => void;
}

/** Milliseconds for a tool to log in, and for the gateway to answer. */
const LOGIN_TIMEOUT_MS = 60_000;
/** Bytes of a message while logging in. */
const LOGIN_MESSAGE_BYTES_MAX = 64 * 1024;
const DENIED = Buffer.from('N');
const ACCEPTED = 0x53; // S

/**
 * A port on loopback that speaks PostgreSQL without TLS to a tool, and with TLS and a token to the
 * gateway. It reads the messages of logging in; from then on bytes pass as they are.
 */
export class LocalRelay {
  readonly #options: LocalRelayOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Duplex>();

  constructor(options: LocalRelayOptions) {
    this.#options = options;
    // Half open: whoever sent a cancel request and no more is answered by the end of the connection.
    this.#server = createServer({ allowHalfOpen: true }, (socket) => void this.#serve(socket));
  }

  /** @returns The port, chosen by the system for 0. */
  async listen(port: number): Promise<number> {
    this.#server.listen({ host: '127.0.0.1', port });
    await once(this.#server, 'listening');
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : port;
  }

  /** Stops listening and cuts all connections. */
  async close(): Promise<void> {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    if (this.#server.listening) await once(this.#server, 'close');
  }

  async #serve(tool: Socket): Promise<void> {
    this.#track(tool);
    tool.setNoDelay(true);
    let gateway: TLSSocket | undefined;
    const timer = setTimeout(() => tool.destroy(), LOGIN_TIMEOUT_MS);
    try {
      const reader = new MessageReader(tool);
      const startup = await this.#accept(tool, reader);
      if (startup === undefined) return;
      gateway = await this.#dial();
      if (!(await this.#logIn(startup, tool, gateway))) return;
      clearTimeout(timer);
      gateway.write(reader.takeRest());
      await pass(tool, gateway);
    } catch (error) {
      const reason = error instanceof Error ? error.message : 'unknown';
      this.#options.onFailure(`A connection ended: ${reason}`);
      refuse(tool, 'the gateway cannot be reached or does not accept the sign-in');
    } finally {
      clearTimeout(timer);
      tool.destroySoon();
      gateway?.destroySoon();
    }
  }

  /** Reads the tool's first packets and its password. Undefined when there is nothing to relay. */
  async #accept(tool: Socket, reader: MessageReader): Promise<StartupMessage | undefined> {
    for (;;) {
      const packet = decodeStartupPacket((await reader.startup()).subarray(4));
      switch (packet.type) {
        case 'SSLRequest':
        case 'GSSENCRequest':
          tool.write(DENIED);
          continue;
        case 'UnsupportedVersion':
          refuse(tool, 'this protocol version is not supported');
          return undefined;
        case 'CancelRequest': {
          const gateway = await this.#dial();
          gateway.end(encodeCancelRequest(packet.processId, packet.secretKey));
          // Read to its end, or the end would never be seen.
          gateway.resume();
          await once(gateway, 'close');
          return undefined;
        }
        case 'StartupMessage': {
          tool.write(encodeAuthenticationCleartextPassword());
          const message = await reader.message();
          const { password } =
            message[0] === FrontendType.PasswordMessage
              ? decodePasswordMessage(message.subarray(MESSAGE_HEADER_BYTES))
              : { password: '' };
          if (this.#accepts(password)) return packet;
          refuse(tool, 'the password is not the one that sallyport connect printed');
          return undefined;
        }
      }
    }
  }

  #accepts(password: string): boolean {
    const { password: expected } = this.#options;
    if (expected === undefined) return true;
    const given = Buffer.from(password);
    const wanted = Buffer.from(expected);
    return given.length === wanted.length && timingSafeEqual(given, wanted);
  }

  /** A TLS connection to the gateway whose certificate was checked, before any PostgreSQL message. */
  async #dial(): Promise<TLSSocket> {
    const { gateway, ca } = this.#options;
    const plain = connectTcp(gateway);
    this.#track(plain);
    await once(plain, 'connect');
    plain.write(encodeSslRequest());
    // Read as one byte: what an attacker put behind it must not be taken for encrypted.
    const answer = await readByte(plain);
    if (answer !== ACCEPTED) throw new Error('the gateway offers no TLS');
    const encrypted = connectTls({
      socket: plain,
      ALPNProtocols: ['postgresql'],
      minVersion: 'TLSv1.2',
      ...(ca !== undefined && { ca }),
      ...(isIP(gateway.host) === 0 && { servername: gateway.host }),
      // Without a server name, the certificate is still checked against the address.
      host: gateway.host,
    });
    this.#track(encrypted);
    await once(encrypted, 'secureConnect');
    return encrypted;
  }

  /** Logs in to the gateway with the token. False if it was refused, which the tool was told. */
  async #logIn(startup: StartupMessage, tool: Socket, gateway: TLSSocket): Promise<boolean> {
    const parameters = new Map([
      ...startup.parameters,
      ['database', this.#options.target] as const,
    ]);
    gateway.write(encodeStartupMessage(parameters, startup.minorVersion));
    const reader = new MessageReader(gateway);
    for (;;) {
      const message = await reader.message();
      if (message[0] !== BackendType.Authentication) {
        tool.write(message);
        if (message[0] === BackendType.ErrorResponse) return false;
        continue;
      }
      const { type } = decodeAuthentication(message.subarray(MESSAGE_HEADER_BYTES));
      if (type === 'AuthenticationCleartextPassword') {
        gateway.write(encodePasswordMessage(await this.#options.token()));
      } else if (type === 'AuthenticationOk') {
        tool.write(Buffer.concat([message, reader.takeRest()]));
        return true;
      } else {
        throw new Error('the gateway asks for another sign-in than a token as password');
      }
    }
  }

  #track(socket: Duplex): void {
    this.#sockets.add(socket);
    // Whoever reads from it learns of a failure; without a listener it would end the process.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#sockets.delete(socket));
  }
}

/** Reads whole messages while logging in, then hands over what it read too much. */
class MessageReader {
  readonly #socket: Duplex;
  #buffer: Buffer = Buffer.alloc(0);

  constructor(socket: Duplex) {
    this.#socket = socket;
  }

  startup(): Promise<Buffer> {
    return this.#read((buffer) => startupFrameLength(buffer, 0, buffer.length));
  }

  message(): Promise<Buffer> {
    return this.#read((buffer) => frameLength(buffer, 0, buffer.length, LOGIN_MESSAGE_BYTES_MAX));
  }

  takeRest(): Buffer {
    const rest = this.#buffer;
    this.#buffer = Buffer.alloc(0);
    return rest;
  }

  /** @param frame Bytes of the first message, or 0 while that is unknown. */
  async #read(frame: (buffer: Buffer) => number): Promise<Buffer> {
    for (;;) {
      const length = frame(this.#buffer);
      if (length > 0 && this.#buffer.length >= length) {
        const message = this.#buffer.subarray(0, length);
        this.#buffer = this.#buffer.subarray(length);
        return message;
      }
      this.#buffer = Buffer.concat([this.#buffer, await readChunk(this.#socket)]);
    }
  }
}

/** The next bytes, leaving the socket paused. */
async function readChunk(socket: Duplex): Promise<Buffer> {
  for (;;) {
    const chunk: unknown = socket.read();
    if (chunk instanceof Buffer) return chunk;
    if (socket.readableEnded || socket.destroyed) throw new Error('the connection was closed');
    await readable(socket);
  }
}

async function readByte(socket: Socket): Promise<number> {
  for (;;) {
    const chunk: unknown = socket.read(1);
    if (chunk instanceof Buffer) return chunk[0] ?? 0;
    if (socket.readableEnded || socket.destroyed) throw new Error('the connection was closed');
    await readable(socket);
  }
}

/** Resolves when there may be something to read, or nothing more to come. */
function readable(socket: Duplex): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const events = ['readable', 'end', 'close', 'error'];
  const done = (): void => {
    for (const event of events) socket.off(event, done);
    resolve();
  };
  for (const event of events) socket.on(event, done);
  return promise;
}

/** Passes bytes both ways until both sides are done. */
async function pass(tool: Socket, gateway: TLSSocket): Promise<void> {
  tool.pipe(gateway);
  gateway.pipe(tool);
  const ended = [tool, gateway].map((socket) => once(socket, 'close').catch(() => undefined));
  await Promise.race(ended);
}

function refuse(tool: Socket, message: string): void {
  if (tool.destroyed || tool.writableEnded) return;
  tool.end(
    encodeErrorResponse({ severity: 'FATAL', sqlState: '28000', message: `sallyport: ${message}` }),
  );
}
