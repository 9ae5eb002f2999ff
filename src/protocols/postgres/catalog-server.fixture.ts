import { Duplex } from 'node:stream';
import { encodeCommandComplete } from '../../wire/postgres/command-complete.ts';
import { encodeDataRow } from '../../wire/postgres/data-row.ts';
import { encodeErrorResponse } from '../../wire/postgres/error-response.ts';
import { MESSAGE_HEADER_BYTES } from '../../wire/postgres/message-framing.ts';
import { encodeReadyForQuery } from '../../wire/postgres/ready-for-query.ts';
import type { TextRow } from './catalog-reader.ts';
import type { UpstreamConnection } from './upstream.ts';
import { channelOf } from './upstream-channel.ts';

/** What is asked of the server, by what the text is. */
export type CatalogQuestion = 'all' | 'process' | 'prepare' | 'own' | 'built-in';

/** A server whose catalog is a few rows. */
export interface CatalogServer {
  /** Names of its relations, by OID. */
  readonly relations: Map<number, string>;
  /** Of all of them. A view's definition cannot be read. */
  kind: 'r' | 'v';
  /** Of what came with it; null if that is not known. */
  builtInVersion: string | null;
  /** Whether it passes statements on to whatever process is free. */
  isPooler: boolean;
  /** Whether half a message follows each of its answers. */
  isTalking: boolean;
  /** Whether it answers all with an error. */
  refuses: boolean;
  /** Prepared statements, of whatever connection. */
  readonly statements: Set<string>;
  /** All that was asked, over all connections. */
  readonly asked: CatalogQuestion[];
  /** Those that were opened, in order. */
  readonly connections: UpstreamConnection[];
  readonly connect: () => Promise<UpstreamConnection>;
}

const PROCESS_ID = 42;
const FIRST_USER_OID = 16_384;

/** For tests: a server that knows the questions after its catalog and no others. */
export function startCatalogServer(): CatalogServer {
  const server: CatalogServer = {
    relations: new Map([
      [1259, 'pg_class'],
      [16_384, 'mine'],
    ]),
    kind: 'r',
    builtInVersion: 'first',
    isPooler: false,
    isTalking: false,
    refuses: false,
    statements: new Set(),
    asked: [],
    connections: [],
    connect() {
      const connection = openConnection(server);
      server.connections.push(connection);
      return Promise.resolve(connection);
    },
  };
  return server;
}

function openConnection(server: CatalogServer): UpstreamConnection {
  const socket = new Duplex({
    read() {},
    write(bytes: Buffer, _encoding, done) {
      const sql = bytes.toString('utf8', MESSAGE_HEADER_BYTES, bytes.length - 1);
      const question = understand(sql);
      server.asked.push(question);
      const name = /^(?:prepare|execute) (\S+)/u.exec(sql)?.[1] ?? '';
      if (question === 'prepare') server.statements.add(name);
      const isMissing = question === 'own' && !server.statements.has(name);
      const said = server.refuses || isMissing ? [REFUSAL] : answer(question, server);
      const rest = server.isTalking ? [HALF_A_MESSAGE] : [];
      this.push(Buffer.concat([...said, encodeReadyForQuery('idle'), ...rest]));
      done();
    },
  });
  const channel = channelOf(socket);
  socket.pause();
  const backendKey = { processId: PROCESS_ID, secretKey: Buffer.alloc(4) };
  return { socket, channel, backendKey, serverVersion: '', parameters: new Map(), notices: [] };
}

/** Of a ParameterStatus. */
const HALF_A_MESSAGE = Buffer.from('S\0\0', 'latin1');

const REFUSAL = encodeErrorResponse({
  severity: 'ERROR',
  sqlState: '26000',
  message: 'prepared statement does not exist',
});

function understand(sql: string): CatalogQuestion {
  if (sql.startsWith('prepare ')) return 'prepare';
  if (sql.startsWith('execute ')) return 'own';
  if (sql.includes('pg_backend_pid')) return 'process';
  return sql.includes('set search_path') ? 'all' : 'built-in';
}

function answer(question: CatalogQuestion, server: CatalogServer): Buffer[] {
  if (question === 'process') return [encodeRow([String(server.isPooler ? 7 : PROCESS_ID)])];
  if (question === 'prepare') return [encodeCommandComplete('PREPARE')];
  const rows: TextRow[] = [['built-ins', null, null, '[]']];
  for (const [oid, name] of server.relations) {
    const isBuiltIn = oid < FIRST_USER_OID;
    if (question === 'all' || isBuiltIn === (question === 'built-in')) {
      rows.push(['relation', 'public', name, `[${oid}, "${server.kind}"]`]);
    }
  }
  if (question !== 'all') rows.push(['version', null, null, JSON.stringify(server.builtInVersion)]);
  if (question !== 'built-in') {
    const facts = { server: '150018', operators: '[]', conversions: '[]' };
    for (const [kind, text] of Object.entries(facts)) rows.push([kind, null, null, text]);
  }
  return rows.map(encodeRow);
}

function encodeRow(row: TextRow): Buffer {
  return encodeDataRow(row.map((cell) => (cell === null ? null : Buffer.from(cell))));
}
