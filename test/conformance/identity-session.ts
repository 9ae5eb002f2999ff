import type { Socket } from 'node:net';
import type { SqlParser } from '../../src/sql/postgres/parser.ts';
import { encodeCopyFail } from '../../src/wire/postgres/copy-fail.ts';
import { decodeDataRow } from '../../src/wire/postgres/data-row.ts';
import { decodeParse, encodeParse } from '../../src/wire/postgres/parse.ts';
import { decodeQuery, encodeQuery } from '../../src/wire/postgres/query.ts';
import { decodeStartupPacket } from '../../src/wire/postgres/startup-packet.ts';
import { type Difference, findDifference } from './answer-difference.ts';
import type { MaskExpression } from './identity-plan.ts';
import type { IdentityTally } from './identity-tally.ts';
import { bodyOf, MessageReader, openServerSocket, type WholeMessage } from './message-reader.ts';
import {
  type IdenticalRewrite,
  mayChangeCatalog,
  parseShape,
  preparedName,
  rewriteIdentically,
  type TextShape,
  whyLeft,
} from './rewrite-identically.ts';
import { type AskServer, SessionCatalog, type SystemCatalog } from './session-catalog.ts';

/** Where a server listens, without TLS and for everyone. */
export interface ServerAddress {
  readonly host: string;
  readonly port: number;
}

/** What the sessions of one run have in common. */
export interface IdentitySessionParts {
  /** Gets what the client sends. */
  readonly original: ServerAddress;
  /** An equal server that gets the rewritten statements. */
  readonly rewritten: ServerAddress;
  readonly parser: SqlParser;
  readonly tally: IdentityTally;
  readonly expression: MaskExpression;
  readonly system: SystemCatalog;
}

/** What a client prepared, and what the server was given in its place. */
interface Prepared {
  readonly text: string;
  readonly sent: string;
}

/** One server's end. */
interface ServerSide {
  readonly socket: Socket;
  readonly reader: MessageReader;
}

/** Query, Sync and FunctionCall: the server says that it is ready again after each of these. */
const READY_AFTER: ReadonlySet<string> = new Set(['Q', 'S', 'F']);

/** Ends a COPY that was not expected. */
const NO_DATA = encodeCopyFail('there is no data');

/** Gives the client's data for a COPY FROM STDIN to each side in turn. */
type CopyData = (index: number, soFar: readonly WholeMessage[]) => Promise<Buffer>;

/**
 * Serves one client: it sees the original server only, while all that it sends goes to both. Statements run once on each side, so that
 * both stay the same as long as the rewrite means what the original means.
 */
export async function serveIdentitySession(
  client: Socket,
  parts: IdentitySessionParts,
): Promise<void> {
  const reader = new MessageReader(client);
  const startup = await readStartup(client, reader);
  if (startup === undefined) return;
  const sides = await Promise.all([openSide(parts.original), openSide(parts.rewritten)]);
  try {
    await new IdentitySession({ socket: client, reader }, sides, parts).run(startup);
  } finally {
    for (const { socket } of sides) socket.destroy();
  }
}

async function readStartup(client: Socket, reader: MessageReader): Promise<Buffer | undefined> {
  for (;;) {
    const packet = await reader.startupPacket();
    if (packet === undefined) return undefined;
    const { type } = decodeStartupPacket(packet.subarray(4));
    if (type === 'StartupMessage') return packet;
    if (type === 'CancelRequest') return undefined;
    client.write('N');
  }
}

async function openSide({ host, port }: ServerAddress): Promise<ServerSide> {
  const socket = await openServerSocket(host, port);
  return { socket, reader: new MessageReader(socket) };
}

class IdentitySession {
  readonly #client: ServerSide;
  readonly #original: ServerSide;
  readonly #rewritten: ServerSide;
  readonly #parts: IdentitySessionParts;
  readonly #catalog: SessionCatalog;
  /** What was sent for each prepared statement, by its name. */
  readonly #prepared = new Map<string, Prepared>();
  #file = '';
  /** `I`, `T` or `E`, as the rewritten side said last. */
  #transaction = 'I';
  /** Messages of the answer at hand that the client has seen already. */
  #shown = 0;

  constructor(
    client: ServerSide,
    [original, rewritten]: readonly [ServerSide, ServerSide],
    parts: IdentitySessionParts,
  ) {
    this.#client = client;
    this.#original = original;
    this.#rewritten = rewritten;
    this.#parts = parts;
    const ask: AskServer = async (sql) => {
      const answer = await this.#exchange(this.#rewritten, encodeQuery(sql));
      const failure = answer.find(({ type }) => type === 'E');
      if (failure !== undefined)
        throw new Error(`Cannot read the catalog: ${bodyOf(failure).toString()}`);
      return rowsOf(answer);
    };
    this.#catalog = new SessionCatalog(ask, parts.system);
  }

  async run(startup: Buffer): Promise<void> {
    const packet = decodeStartupPacket(startup.subarray(4));
    if (packet.type === 'StartupMessage')
      this.#file = packet.parameters.get('application_name') ?? '';
    const hello = await this.#exchange(this.#original, startup);
    await this.#exchange(this.#rewritten, startup);
    this.#answer(hello);
    let pending: WholeMessage[] = [];
    for (;;) {
      const message = await this.#client.reader.message();
      if (message === undefined || message.type === 'X') return;
      pending.push(message);
      if (!READY_AFTER.has(message.type)) continue;
      const messages = pending;
      pending = [];
      await this.#serve(messages);
    }
  }

  async #serve(messages: readonly WholeMessage[]): Promise<void> {
    const text = textOf(messages);
    const shape = parseShape(text ?? '', this.#parts.parser);
    const rewrite: IdenticalRewrite =
      text === undefined
        ? { kind: 'left', because: 'no relation' }
        : await this.#rewrite(text, shape);
    const before = this.#transaction;
    const data = this.#copyData();
    const bytes = Buffer.concat(messages.map((message) => message.bytes));
    const expected = await this.#exchange(this.#original, bytes, data);
    const sent =
      rewrite.kind === 'rewritten'
        ? Buffer.concat(messages.map((message) => replaceText(message, rewrite.text)))
        : bytes;
    const answer = await this.#exchange(this.#rewritten, sent, data);
    this.#answer(expected.slice(this.#shown));
    this.#shown = 0;
    if (text === undefined) return;
    if (rewrite.kind === 'rewritten')
      this.#notePrepared(shape, { text, sent: rewrite.text }, answer);
    const difference = findDifference(expected, answer);
    this.#parts.tally.note({ file: this.#file, text }, rewrite, difference);
    if (difference !== undefined && rewrite.kind === 'rewritten')
      await this.#mend(difference, before, bytes);
    this.#forgetCatalogAfter(shape);
  }

  async #rewrite(text: string, shape: TextShape): Promise<IdenticalRewrite> {
    const because = whyLeft(shape);
    if (await this.#isStale(shape)) return { kind: 'stale' };
    if (because !== undefined) return { kind: 'left', because };
    if (this.#transaction === 'E') return { kind: 'left', because: 'a failed transaction' };
    return this.#rewriteNow(text);
  }

  async #rewriteNow(text: string): Promise<IdenticalRewrite> {
    const { parser, expression } = this.#parts;
    return rewriteIdentically(text, parser, await this.#catalog.look(), expression);
  }

  /** What is executed is what the target was given when it was prepared. */
  async #isStale(shape: TextShape): Promise<boolean> {
    const prepared = this.#prepared.get(preparedName(shape).executes ?? '');
    if (prepared === undefined || this.#transaction === 'E') return false;
    const rewrite = await this.#rewriteNow(prepared.text);
    return rewrite.kind !== 'rewritten' || rewrite.text !== prepared.sent;
  }

  #notePrepared(shape: TextShape, prepared: Prepared, answer: readonly WholeMessage[]): void {
    const name = preparedName(shape).prepares;
    if (name === undefined || answer.some(({ type }) => type === 'E')) return;
    this.#prepared.set(name, prepared);
  }

  /** A write that failed on one side only is made up for, where nothing is open that would be in the way. */
  async #mend(difference: Difference, before: string, bytes: Buffer): Promise<void> {
    if (difference.kind !== 'outcome' || before !== 'I' || this.#transaction !== 'I') return;
    await this.#exchange(this.#rewritten, bytes);
  }

  #forgetCatalogAfter(shape: TextShape): void {
    const { known } = this.#catalog;
    if (known !== undefined && mayChangeCatalog(shape, known)) this.#catalog.forget();
  }

  #copyData(): CopyData {
    const read: Buffer[] = [];
    return async (index, soFar) => {
      const known = read[index];
      if (known !== undefined) return known;
      this.#answer(soFar.slice(this.#shown));
      this.#shown = soFar.length;
      const messages = await this.#client.reader.messagesUntil('cf');
      const data = Buffer.concat(messages.map(({ bytes }) => bytes));
      read.push(data);
      return data;
    };
  }

  #answer(messages: readonly WholeMessage[]): void {
    this.#client.socket.write(Buffer.concat(messages.map(({ bytes }) => bytes)));
  }

  /** Sends something and reads until the server is ready again. */
  async #exchange(
    side: ServerSide,
    bytes: Buffer,
    data: CopyData = () => Promise.resolve(NO_DATA),
  ): Promise<readonly WholeMessage[]> {
    side.socket.write(bytes);
    const answer: WholeMessage[] = [];
    for (let copies = 0; ; ) {
      answer.push(...(await side.reader.messagesUntil('ZG')));
      const last = answer.at(-1);
      if (last?.type !== 'G') {
        const state = last === undefined ? '' : bodyOf(last).toString('latin1');
        if (side === this.#rewritten) this.#transaction = state;
        return answer;
      }
      side.socket.write(await data(copies, answer));
      copies += 1;
    }
  }
}

function textOf(messages: readonly WholeMessage[]): string | undefined {
  for (const message of messages) {
    if (message.type === 'Q') return decodeQuery(bodyOf(message)).text;
    if (message.type === 'P') return decodeParse(bodyOf(message)).text;
  }
  return undefined;
}

function replaceText(message: WholeMessage, text: string): Buffer {
  if (message.type === 'Q') return encodeQuery(text);
  if (message.type !== 'P') return message.bytes;
  const { statementName, parameterTypeOids } = decodeParse(bodyOf(message));
  return encodeParse(statementName, text, parameterTypeOids);
}

function rowsOf(messages: readonly WholeMessage[]): readonly (readonly (string | null)[])[] {
  const rows: (readonly (string | null)[])[] = [];
  for (const message of messages) {
    // Of several results the last one counts.
    if (message.type === 'T') rows.length = 0;
    if (message.type !== 'D') continue;
    rows.push(decodeDataRow(bodyOf(message)).fields.map((field) => field?.toString() ?? null));
  }
  return rows;
}
