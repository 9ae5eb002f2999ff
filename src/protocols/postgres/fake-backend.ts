import type { Socket } from 'node:net';
import { decodeBind } from '../../wire/postgres/bind.ts';
import { decodeClose } from '../../wire/postgres/close.ts';
import { encodeCommandComplete } from '../../wire/postgres/command-complete.ts';
import { encodeDataRow } from '../../wire/postgres/data-row.ts';
import { decodeDescribe } from '../../wire/postgres/describe.ts';
import { encodeErrorResponse } from '../../wire/postgres/error-response.ts';
import { decodeExecute } from '../../wire/postgres/execute.ts';
import { finishMessage, startMessage } from '../../wire/postgres/message-framing.ts';
import { decodeParse } from '../../wire/postgres/parse.ts';
import { decodeQuery } from '../../wire/postgres/query.ts';
import { encodeReadyForQuery } from '../../wire/postgres/ready-for-query.ts';
import { FakeNames } from './fake-names.ts';

/** The server keeps names in fields of 64 bytes, the last one zero. */
const NAME_BYTES_MAX = 63;

interface Portal {
  readonly text: string;
  /** Set for cursors of SQL: what they read. */
  readonly relations: readonly string[] | undefined;
  /** What it was planned with, where that was done when it was bound. */
  readonly planned?: readonly string[] | undefined;
  readonly isHeld: boolean;
}

/** In the question of the gateway's own that asks what a transaction changed. */
const COUNTING = 'pg_stat_xact_user_tables';

/** Statements whose names are looked up when they are bound; others', when they run. */
const PLANNED = /^(?:SELECT|DELETE|DECLARE)/u;

class SqlError extends Error {
  override readonly name = 'SqlError';
}

/**
 * For tests: a server that follows PostgreSQL's rules for the order of messages, prepared statements,
 * cursors, COPY and errors, over a handful of statements, and remembers what really ran.
 */
export class FakeBackend {
  readonly socket: Socket;
  /** Per statement that ran: the number of the message that ran it, and the relations touched. */
  readonly ran: { readonly message: number; readonly relations: readonly string[] }[] = [];
  /** Per transaction that was committed with anything in it: the message that did, and which of `ran` were part of it. */
  readonly committed: { readonly message: number; readonly ran: readonly number[] }[] = [];
  /** Of the transaction at hand, also one without BEGIN. */
  #uncommitted: number[] = [];
  readonly statements: Map<string, string> = new Map();
  readonly names: FakeNames;
  readonly #portals = new Map<string, Portal>();
  /** Query and Execute messages that were not made by a refusal. */
  #operations = -1;
  messageCount = 0;
  #received: Buffer = Buffer.alloc(0);
  #status: 'idle' | 'transaction' | 'failed' = 'idle';
  #isSkipping = false;
  #copy: 'query' | 'execute' | undefined;
  /** Of a text with several statements: those behind the COPY at hand. */
  #behindCopy: readonly string[] = [];

  /** @param relations Those outside of `public`. */
  constructor(socket: Socket, relations: readonly string[] = []) {
    this.socket = socket;
    this.names = new FakeNames(relations);
    socket.on('data', (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#read();
    });
    socket.on('end', () => socket.end());
    socket.resume();
  }

  /** As after pg_terminate_backend(). */
  leave(): void {
    this.socket.end(error('FATAL', '57P01', 'terminating connection'));
  }

  #read(): void {
    while (this.#received.length >= 5) {
      const end = 1 + this.#received.readInt32BE(1);
      if (this.#received.length < end) return;
      const type = this.#received.toString('latin1', 0, 1);
      const body = this.#received.subarray(5, end);
      this.#received = this.#received.subarray(end);
      this.messageCount += 1;
      this.#take(type, body);
    }
  }

  #take(type: string, body: Buffer): void {
    const isRefusal = body.includes('sallyport_refused_');
    const isOwn = body.includes('current_schemas') || body.includes(COUNTING);
    const isOwnPortal = body.includes('_sallyport_question');
    if ((type === 'Q' && !isRefusal && !isOwn) || (type === 'E' && !isOwnPortal)) {
      this.#operations += 1;
    }
    if (this.#copy !== undefined) return this.#takeCopy(type);
    if (type === 'c' || type === 'd' || type === 'f') return;
    if (this.#isSkipping && type !== 'S') return;
    try {
      this.#obey(type, body);
    } catch (thrown) {
      if (!(thrown instanceof SqlError)) throw thrown;
      this.#fail(thrown.message, type === 'Q' ? 'query' : 'extended');
    }
  }

  #obey(type: string, body: Buffer): void {
    switch (type) {
      case 'Q':
        return this.#query(decodeQuery(body).text);
      case 'P': {
        const { statementName, text } = decodeParse(body);
        checkSyntax(text);
        if (text.includes('; ')) throw new SqlError('multiple commands in a prepared statement');
        this.#checkUsable(text);
        const key = cut(statementName);
        if (key !== '' && this.statements.has(key)) throw new SqlError('statement exists');
        this.#prepare(key, text);
        return this.#say('1');
      }
      case 'B': {
        const { portalName, statementName } = decodeBind(body);
        const text = this.statements.get(cut(statementName));
        if (text === undefined) throw new SqlError('no such statement');
        this.#checkUsable(text);
        const key = cut(portalName);
        if (key !== '' && this.#portals.has(key)) throw new SqlError('portal exists');
        const planned = PLANNED.test(text) ? this.#findPrepared(cut(statementName)) : undefined;
        this.#portals.set(key, { text, relations: undefined, planned, isHeld: false });
        return this.#say('2');
      }
      case 'E': {
        const portal = this.#portals.get(cut(decodeExecute(body).portalName));
        if (portal === undefined) throw new SqlError('no such portal');
        this.#checkUsable(portal.text);
        if (portal.relations !== undefined) return this.#touch(portal.relations);
        if (portal.text.includes(COUNTING)) return this.#count();
        if (portal.text === '') return this.#say('I');
        this.#statement(portal.text, 'execute', portal.planned);
        return undefined;
      }
      case 'D': {
        const { kind, name } = decodeDescribe(body);
        if (kind === 'portal') {
          if (!this.#portals.has(cut(name))) throw new SqlError('no such portal');
          return this.#say('n');
        }
        const text = this.statements.get(cut(name));
        if (text === undefined) throw new SqlError('no such statement');
        this.#checkUsable(text);
        this.#findPrepared(cut(name));
        this.#write(finishMessage(startMessage(0x74).uint16(0)));
        return this.#say('n');
      }
      case 'C': {
        const subject = decodeClose(body);
        if (subject.kind === 'statement') this.names.forget(cut(subject.name));
        (subject.kind === 'statement' ? this.statements : this.#portals).delete(cut(subject.name));
        return this.#say('3');
      }
      case 'S':
        this.#isSkipping = false;
        return this.#ready();
    }
  }

  #takeCopy(type: string): void {
    const mode = this.#copy;
    if (type === 'd' || type === 'H' || type === 'S') return;
    this.#copy = undefined;
    if (type !== 'c') return this.#fail('copy failed', mode === 'query' ? 'query' : 'extended');
    this.#write(encodeCommandComplete('COPY 1'));
    if (mode === 'execute') return;
    try {
      this.#runParts(this.#behindCopy);
    } catch (thrown) {
      if (!(thrown instanceof SqlError)) throw thrown;
      this.#fail(thrown.message, 'query');
    }
  }

  #query(text: string): void {
    checkSyntax(text);
    if (text.includes('current_schemas')) {
      for (const schema of this.names.path) this.#write(encodeDataRow([Buffer.from(schema)]));
      this.#write(encodeCommandComplete('SELECT 1'));
      return this.#ready();
    }
    if (text.includes(COUNTING)) {
      this.#checkUsable(text);
      this.#count();
      return this.#ready();
    }
    if (text === '') this.#say('I');
    this.#runParts(text === '' ? [] : text.split('; '));
  }

  /** Up to the end of the text, or the next COPY. */
  #runParts(parts: readonly string[]): void {
    for (const [index, part] of parts.entries()) {
      this.#checkUsable(part);
      this.#statement(part, 'query');
      this.#behindCopy = parts.slice(index + 1);
      if (this.#copy !== undefined) return;
    }
    this.#ready();
  }

  /** @param planned What it reads, where that was looked up before. */
  #statement(text: string, mode: 'query' | 'execute', planned?: readonly string[]): void {
    const [, verb = '', rest = ''] = /^(\w+) ?(.*)$/u.exec(text) ?? [];
    const name = (/^(?:"(\w+)"|(\w+))/u.exec(rest) ?? []).slice(1).find((part) => part) ?? '';
    switch (verb) {
      case 'BEGIN':
        this.#status = 'transaction';
        break;
      case 'COMMIT':
        this.#endTransaction(this.#status !== 'failed');
        break;
      case 'ROLLBACK':
        this.#endTransaction(false);
        break;
      case 'DELETE':
      case 'TRUNCATE':
        this.#touchOnly(planned ?? this.#find(text));
        break;
      case 'SET':
      case 'RESET':
        this.#set(text);
        break;
      case 'CREATE':
      case 'DROP':
      case 'ALTER':
        this.#define(text);
        break;
      case 'PREPARE':
        if (this.statements.has(name)) throw new SqlError('statement exists');
        this.#prepare(name, rest.replace(/^\S+ AS /u, ''));
        break;
      case 'DEALLOCATE':
        if (rest === 'ALL') this.statements.clear();
        else if (!this.statements.delete(name)) throw new SqlError('no such statement');
        break;
      case 'EXECUTE': {
        const held = this.statements.get(name);
        if (held === undefined) throw new SqlError('no such statement');
        if (/^(DELETE|COMMIT|BEGIN)/u.test(held)) return this.#statement(held, mode);
        if (!held.startsWith('SELECT')) throw new SqlError('no such statement');
        return this.#touch(this.#findPrepared(name));
      }
      case 'DECLARE': {
        const isHeld = rest.includes('WITH HOLD');
        if (this.#portals.has(name)) throw new SqlError('cursor exists');
        if (!isHeld && this.#status === 'idle') throw new SqlError('no transaction');
        this.#portals.set(name, { text, relations: planned ?? this.#find(rest), isHeld });
        break;
      }
      case 'FETCH': {
        const portal = this.#portals.get(name);
        if (portal === undefined) throw new SqlError('no such cursor');
        return this.#touch(portal.relations ?? portal.planned ?? this.#find(portal.text));
      }
      case 'CLOSE':
        if (!this.#portals.delete(name)) throw new SqlError('no such cursor');
        break;
      case 'COPY':
        this.#touchOnly(this.#find('FROM t'));
        this.#copy = mode;
        this.#write(finishMessage(startMessage(0x47).byte(0).uint16(0)));
        return;
      case 'SELECT':
        return this.#touch(planned ?? this.#find(text));
    }
    this.#write(encodeCommandComplete(verb));
  }

  #prepare(name: string, text: string): void {
    this.names.forget(name);
    this.statements.set(name, text);
    if (PLANNED.test(text)) this.#findPrepared(name);
  }

  #set(text: string): void {
    const [, local, path] = /^SET (LOCAL )?search_path = (.*)$/u.exec(text) ?? [];
    if (path !== undefined) this.names.setPath(path.split(', '), local !== undefined);
    if (text === 'RESET search_path') this.names.setPath(['public'], false);
  }

  #define(text: string): void {
    const isDone = defineIn(this.names, text);
    if (isDone === false) throw new SqlError('it exists, or does not');
  }

  #find(text: string): readonly string[] {
    return existing(this.names.find(text));
  }

  #findPrepared(name: string): readonly string[] {
    return existing(this.names.findPrepared(name, this.statements.get(name) ?? ''));
  }

  #touch(relations: readonly string[]): void {
    if (relations.includes('public.boom')) throw new SqlError('boom');
    this.#touchOnly(relations);
    this.#write(encodeCommandComplete('SELECT 0'));
  }

  #touchOnly(relations: readonly string[]): void {
    this.#uncommitted.push(this.ran.length);
    this.ran.push({ message: this.#operations, relations });
  }

  /** Says that changes are counted, and that there are none. */
  #count(): void {
    const row = ['', '', '', 'on', '7', ''].map((field) => Buffer.from(field));
    this.#write(encodeDataRow(row));
    this.#write(encodeCommandComplete('SELECT 1'));
  }

  #checkUsable(text: string): void {
    if (this.#status === 'failed' && !/^(COMMIT|ROLLBACK)/u.test(text)) {
      throw new SqlError('current transaction is aborted');
    }
  }

  #endTransaction(isCommitted: boolean): void {
    this.#status = 'idle';
    const ran = this.#uncommitted;
    this.#uncommitted = [];
    if (isCommitted && ran.length > 0) this.committed.push({ message: this.#operations, ran });
    this.names.endTransaction(isCommitted);
    for (const [name, { isHeld }] of this.#portals) if (!isHeld) this.#portals.delete(name);
  }

  #fail(message: string, how: 'query' | 'extended'): void {
    this.#write(error('ERROR', 'XX000', message));
    if (this.#status === 'transaction') this.#status = 'failed';
    this.#uncommitted = [];
    this.names.endTransaction(false);
    if (how === 'query') this.#ready();
    else this.#isSkipping = true;
  }

  #ready(): void {
    if (this.#status === 'idle') this.#endTransaction(true);
    this.#write(encodeReadyForQuery(this.#status));
  }

  #say(type: string): void {
    this.#write(finishMessage(startMessage(type.charCodeAt(0))));
  }

  #write(bytes: Buffer): void {
    if (!this.socket.destroyed) this.socket.write(bytes);
  }
}

/** Undefined: that is no definition that matters here. */
function defineIn(names: FakeNames, text: string): boolean | undefined {
  const [, temporary, table] = /^CREATE (TEMP )?TABLE ([\w.]+)/u.exec(text) ?? [];
  if (table !== undefined) return names.create(temporary ? `pg_temp.${table}` : table);
  const [, view, reads] = /^CREATE VIEW ([\w.]+) AS TABLE ([\w.]+)/u.exec(text) ?? [];
  if (view !== undefined) return names.create(view, reads);
  const [, dropped, cascade] = /^DROP (?:TABLE|VIEW) ([\w.]+)( CASCADE)?/u.exec(text) ?? [];
  if (dropped !== undefined) return names.drop(dropped, cascade !== undefined);
  const [, from = '', name, act, to = ''] =
    /^ALTER TABLE ((?:\w+)\.(\w+)) (RENAME TO|SET SCHEMA) (\w+)/u.exec(text) ?? [];
  if (act === undefined) return undefined;
  return names.move(from, act === 'RENAME TO' ? from.replace(/\w+$/u, to) : `${to}.${name}`);
}

function checkSyntax(text: string): void {
  if (/^(broken|sallyport_refused)/u.test(text)) {
    throw new SqlError(`syntax error at or near "${text}"`);
  }
}

function existing(relations: readonly string[] | undefined): readonly string[] {
  if (relations === undefined) throw new SqlError('no such relation');
  return relations;
}

function cut(name: string): string {
  return name.slice(0, NAME_BYTES_MAX);
}

function error(severity: 'ERROR' | 'FATAL', sqlState: string, message: string): Buffer {
  return encodeErrorResponse({ severity, sqlState, message });
}
