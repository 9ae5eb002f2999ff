import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { type SecureContext, TLSSocket } from 'node:tls';
import { encodeAuthenticationOk } from '../../src/wire/postgres/authentication.ts';
import { encodeBackendKeyData } from '../../src/wire/postgres/backend-key-data.ts';
import { encodeCommandComplete } from '../../src/wire/postgres/command-complete.ts';
import { encodeDataRow } from '../../src/wire/postgres/data-row.ts';
import { encodeParameterStatus } from '../../src/wire/postgres/parameter-status.ts';
import { encodeReadyForQuery } from '../../src/wire/postgres/ready-for-query.ts';
import { encodeRowDescription } from '../../src/wire/postgres/row-description.ts';
import type { StartupMessage } from '../../src/wire/postgres/startup-message.ts';
import { decodeStartupPacket } from '../../src/wire/postgres/startup-packet.ts';

/** What the gateway calls itself when it reads the catalog: those sessions are always answered honestly. */
const CATALOG_READER = 'sallyport catalog';
const TEXT_OID = 25;
const VERSION_NUMBER = 150_000;

/** A message as the gateway sent it, or the end of the connection. */
export interface FakeMessage {
  readonly type: string;
  readonly body: Buffer;
}

/** One connection of the gateway to a fake server. */
export class FakePeer {
  readonly socket: Socket;
  startup: StartupMessage = {
    type: 'StartupMessage',
    minorVersion: 0,
    parameters: new Map(),
    protocolOptions: new Map(),
  };
  #received: Buffer = Buffer.alloc(0);
  #isEnded = false;
  #wake: () => void = () => undefined;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
      this.#wake();
    });
    socket.on('error', () => undefined);
    for (const event of ['end', 'close']) {
      socket.on(event, () => {
        this.#isEnded = true;
        this.#wake();
      });
    }
  }

  send(...messages: readonly Buffer[]): void {
    this.socket.write(Buffer.concat(messages));
  }

  /** The next `length` bytes; undefined when the gateway hung up before. */
  async bytes(length: number): Promise<Buffer | undefined> {
    while (this.#received.length < length) {
      if (this.#isEnded) return undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const bytes = this.#received.subarray(0, length);
    this.#received = this.#received.subarray(length);
    return bytes;
  }

  async message(): Promise<FakeMessage | undefined> {
    const header = await this.bytes(5);
    const body = header && (await this.bytes(header.readInt32BE(1) - 4));
    return header && body && { type: header.toString('latin1', 0, 1), body };
  }

  /** The text of the next Query; undefined when the session is over. Answers the gateway's own questions. */
  async query(): Promise<string | undefined> {
    for (;;) {
      const message = await this.message();
      if (message === undefined || message.type === 'X') return undefined;
      assert.equal(message.type, 'Q', 'a fake server knows simple queries only');
      const text = message.body.toString('utf8', 0, message.body.length - 1);
      if (!text.includes('current_schemas')) return text;
      this.send(...answerWith([['public']]));
    }
  }
}

/** What a fake server does with a session, after the startup message. */
export type FakeScript = (peer: FakePeer) => Promise<void>;

/** A server that says what a test wants. */
export interface FakePostgres extends AsyncDisposable {
  readonly port: number;
  /** Connections that are open now, those that read the catalog included. */
  readonly openConnections: number;
  /** Texts of statements that came, other than the gateway's own. */
  readonly statements: readonly string[];
}

/** How a fake server is unlike a real one. */
export interface FakePostgresOptions {
  /** Default: {@link serveHonestly}. */
  readonly script?: FakeScript;
  /** Answers SSLRequest with `S` and this certificate. Default: answers `N`. */
  readonly secureContext?: SecureContext;
  /** Whether the script serves those that read the catalog, too. Default: false. */
  readonly liesToCatalogReader?: boolean;
}

/** Everything a server says from the startup message to the first ReadyForQuery. */
export function greeting(): Buffer[] {
  return [
    encodeAuthenticationOk(),
    encodeParameterStatus('server_version', '15.0'),
    encodeParameterStatus('client_encoding', 'UTF8'),
    encodeParameterStatus('standard_conforming_strings', 'on'),
    encodeBackendKeyData(4_242, Buffer.from('fake')),
    encodeReadyForQuery('idle'),
  ];
}

/** A whole answer to a simple query: rows of text. */
export function answerWith(rows: readonly (readonly (string | null)[])[]): Buffer[] {
  const width = rows[0]?.length ?? 1;
  return [
    describeColumns(width),
    ...rows.map((row) =>
      encodeDataRow(row.map((field) => (field === null ? null : Buffer.from(field)))),
    ),
    encodeCommandComplete(`SELECT ${rows.length}`),
    encodeReadyForQuery('idle'),
  ];
}

/** A RowDescription of text columns. */
export function describeColumns(width: number): Buffer {
  return encodeRowDescription(
    Array.from({ length: width }, (_, index) => ({
      name: `column${index}`,
      tableOid: 0,
      attributeNumber: 0,
      typeOid: TEXT_OID,
      typeSize: -1,
      typeModifier: -1,
      formatCode: 0,
    })),
  );
}

/** Lets everybody in and answers every query with one row. */
export async function serveHonestly(peer: FakePeer): Promise<void> {
  peer.send(...greeting());
  while ((await peer.query()) !== undefined) peer.send(...answerWith([['1']]));
  peer.socket.end();
}

/**
 * Starts a server that speaks PostgreSQL as a script says.
 *
 * A real server neither lies nor cuts its answers at a chosen byte, and 9 000 of its sessions do not
 * fit into the memory of a small machine. The encoders are the gateway's own, checked against
 * captured bytes elsewhere.
 */
export async function startFakePostgres(options: FakePostgresOptions = {}): Promise<FakePostgres> {
  const sockets = new Set<Socket>();
  const statements: string[] = [];
  const listener = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    // Whatever a script throws is about a peer that went away.
    serve(socket, options, statements).catch(() => socket.destroy());
  });
  listener.listen({ port: 0, host: '127.0.0.1', backlog: 4_096 });
  await once(listener, 'listening');
  return {
    port: (listener.address() as AddressInfo).port,
    get openConnections() {
      return sockets.size;
    },
    statements,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      listener.close();
      await once(listener, 'close');
    },
  };
}

async function serve(
  socket: Socket,
  options: FakePostgresOptions,
  statements: string[],
): Promise<void> {
  let peer = new FakePeer(socket);
  for (;;) {
    const header = await peer.bytes(4);
    const body = header && (await peer.bytes(header.readInt32BE(0) - 4));
    if (body === undefined) return;
    const packet = decodeStartupPacket(body);
    if (packet.type === 'StartupMessage') {
      peer.startup = packet;
      break;
    }
    if (packet.type !== 'SSLRequest') return void socket.end();
    const { secureContext } = options;
    if (secureContext === undefined) peer.send(Buffer.from('N'));
    else {
      peer.send(Buffer.from('S'));
      socket.removeAllListeners('data');
      peer = new FakePeer(new TLSSocket(socket, { isServer: true, secureContext }));
    }
  }
  const isCatalogReader = peer.startup.parameters.get('application_name') === CATALOG_READER;
  if (isCatalogReader && options.liesToCatalogReader !== true) return serveCatalog(peer);
  const query = peer.query.bind(peer);
  peer.query = async () => {
    const text = await query();
    if (text !== undefined) statements.push(text);
    return text;
  };
  return (options.script ?? serveHonestly)(peer);
}

/** An empty database: no relation of a user, and one function. */
async function serveCatalog(peer: FakePeer): Promise<void> {
  peer.send(...greeting());
  while ((await peer.query()) !== undefined) {
    const rows = [
      ['server', null, null, JSON.stringify(VERSION_NUMBER)],
      ['built-ins', null, null, JSON.stringify(['count', 'now'])],
      ['operators', null, null, '[]'],
      ['conversions', null, null, '[]'],
    ];
    peer.send(...answerWith(rows));
  }
  peer.socket.end();
}
