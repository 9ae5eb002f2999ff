import { ProtocolError } from '../../wire/protocol-error.ts';
import { type ExpectedAnswers, type FindPosition, findPositionBy } from './expected-answers.ts';
import { forgetLookUps } from './kept-look-ups.ts';
import { KeptMemory } from './kept-memory.ts';
import {
  COPY_DATA,
  COPY_END,
  DESCRIBE,
  EXECUTE,
  limitCopyMarks,
  type NamedEffects,
  OWN_DESCRIBE,
  type PendingRequest,
  PLAIN_QUERY,
  SYNC,
} from './pending-request.ts';
import type { Candidates, Prepared } from './prepared.ts';
import { RequestQueue } from './request-queue.ts';
import { TransactionBlock } from './transaction-block.ts';

/** Statements that one name may stand for before the gateway gives up and calls it unknown. */
const CANDIDATES_MAX = 4;
/** Prepared statements and portals per session. Beyond, the session is refused more. */
const NAMES_MAX = 10_000;
/** Cursors WITH HOLD that are followed by name. */
const LASTING_MAX = 1_000;

/** Shared by all sessions without names, and never written to. */
const NO_NAMES: Map<string, Candidates> = new Map();

/**
 * Follows which statement each prepared statement and portal of a session holds, as the server
 * does: a name is set when the server confirms it, and what an error skipped never happened.
 *
 * @see https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-EXT-QUERY
 */
export class SessionNames {
  /** Made with the first name: most sessions that idle have none. */
  #statements: Map<string, Candidates> = NO_NAMES;
  #portals: Map<string, Candidates> = NO_NAMES;
  /** Cursors that may outlive their transaction. */
  #lasting: Set<string> | undefined;
  /** The session may hold names that are not known here. */
  #isIncomplete = false;
  readonly #pending = new RequestQueue();
  /** Requests in flight that end with ReadyForQuery. */
  #syncsPending = 0;
  /** An error came since the last ReadyForQuery. */
  #hasFailed = false;
  #isSkipping = false;
  /** The server reads what comes as part of a COPY FROM STDIN. */
  #isCopying = false;
  #hasCopyData = false;
  #isBatchOpen = false;
  /** Whether the server takes what comes next for data depends on an answer. */
  #mayCopyIn = false;
  readonly #memory = new KeptMemory();
  /** The transaction block that the session may be in. */
  readonly block: TransactionBlock = new TransactionBlock();

  /** Nothing is in flight and the last batch was ended by the client. */
  get isIdle(): boolean {
    return this.#pending.size === 0 && !this.#isBatchOpen && !this.#isSkipping;
  }

  /** For certain: what the server reads next is part of a transaction block that goes on behind it. */
  get isInBlock(): boolean {
    return !this.#isSkipping && this.pendingCount === 0 && this.block.isOpen;
  }

  /** The client sent extended-protocol messages and no Sync after them yet. */
  get isBatchOpen(): boolean {
    return this.#isBatchOpen;
  }

  /** The server drops what it reads, up to the next Sync. */
  get isSkipping(): boolean {
    return this.#isSkipping;
  }

  get pendingCount(): number {
    return this.#pending.size;
  }

  get syncsPending(): number {
    return this.#syncsPending;
  }

  /** Whether the server answers nothing before the client has gone on with a COPY FROM STDIN. */
  get isCopying(): boolean {
    return this.#isCopying;
  }

  /** The server may yet drop the next request as part of a COPY, of which a text can have several: then names in those behind it mean what they did before. */
  get mayCopyIn(): boolean {
    if (this.#mayCopyIn && this.pendingCount === 0) this.#mayCopyIn = false;
    return this.#mayCopyIn && !this.#isCopying;
  }

  /** A statement that may be a COPY FROM STDIN is about to be forwarded. */
  expectCopyIn(): void {
    this.#mayCopyIn = true;
  }

  get isFull(): boolean {
    if (this.#statements.size + this.#portals.size >= NAMES_MAX) return true;
    return this.#memory.isFull(this.#statements, this.#portals);
  }

  /** So much is in flight that the next request has to wait. */
  get isCrowded(): boolean {
    return !this.#isCopying && this.#memory.isCrowded(this.pendingCount);
  }

  findStatement(name: string): Candidates {
    return this.#pending.find('parse', name, this.#statements.get(name) ?? 'unknown');
  }

  findPortal(name: string): Candidates {
    return this.#pending.find('bind', name, this.#portals.get(name) ?? 'unknown');
  }

  /** The same statements, analysed anew. False: what the name stands for is in flight yet. */
  replaceStatement(name: string, candidates: Candidates): boolean {
    const isSettled = this.findStatement(name) === this.#statements.get(name);
    if (isSettled) this.#statements.set(name, candidates);
    return isSettled;
  }

  /** Names are read in another encoding from now on: nothing is known of any. */
  forget(): void {
    this.#statements.clear();
    this.#portals.clear();
    this.#isIncomplete = true;
  }

  /**
   * Whether what `name` stands for depends on answers to an earlier batch, so that the caller has to
   * wait for them. Within a batch it does not: if the earlier request fails, the later is skipped. So
   * clients that send batch after batch, each with a portal of its own, are not waited for.
   */
  dependsOnAnswer(kind: 'parse' | 'bind', name: string): boolean {
    return !this.#isCopying && this.#pending.dependsOnAnswer(kind, name);
  }

  // Requests, as they are forwarded.

  parse(name: string, prepared: Prepared): void {
    this.#isBatchOpen = true;
    if (this.#push({ kind: 'parse', name, prepared })) this.#memory.add(prepared);
  }

  /** @param statement What was bound, by its name. */
  bind(name: string, bound: Candidates, statement: string): void {
    this.#isBatchOpen = true;
    if (this.#push({ kind: 'bind', name, bound, statement })) this.#memory.bind(bound);
  }

  closeStatement(name: string): void {
    this.#isBatchOpen = true;
    this.#push({ kind: 'close-statement', name });
  }

  closePortal(name: string): void {
    this.#isBatchOpen = true;
    this.#push({ kind: 'close-portal', name });
  }

  /** A Describe, or what stands in the place of a refused message. */
  describe(): void {
    this.#isBatchOpen = true;
    this.#push(DESCRIBE);
  }

  /** A Describe of the gateway's own, before an Execute whose rows the second net has to understand. */
  ownDescribe(): void {
    this.#push(OWN_DESCRIBE);
  }

  /**
   * @param named What the statement executed does to names, if anything.
   * @param isSure False if it is one of several that may be executed.
   */
  execute(named: readonly NamedEffects[], isSure = true, expected?: ExpectedAnswers): void {
    this.#isBatchOpen = true;
    const isPlain = named.length === 0 && expected === undefined;
    if (this.#push(isPlain ? EXECUTE : { kind: 'execute', named, isSure, expected }))
      this.#expect(named);
  }

  sync(): void {
    this.#isBatchOpen = false;
    this.block.expect('nothing');
    if (this.#push(SYNC)) this.#syncsPending += 1;
  }

  /** A simple Query or a FunctionCall. */
  query(named: readonly NamedEffects[], expected?: ExpectedAnswers): void {
    this.#isBatchOpen = false;
    this.block.expect('nothing');
    const isPlain = named.length === 0 && expected === undefined;
    if (!this.#push(isPlain ? PLAIN_QUERY : { kind: 'query', named, expected })) return;
    this.#syncsPending += 1;
    this.#expect(named);
  }

  /** A CopyData message. */
  copyData(): void {
    if (this.#isCopying) this.#hasCopyData = true;
    else if (this.pendingCount > 0 && this.#pending.last !== COPY_DATA) this.#push(COPY_DATA);
  }

  /** CopyDone or CopyFail. @throws {ProtocolError} If there are more than copies to come. */
  copyEnd(): void {
    limitCopyMarks(this.pendingCount);
    if (this.#isCopying || this.pendingCount > 0) this.#push(COPY_END);
  }

  // Answers, as they come.

  parseComplete(): void {
    const request = this.#next('parse');
    if (request?.kind === 'parse') this.#ownStatements().set(request.name, [request.prepared]);
  }

  bindComplete(): void {
    const request = this.#next('bind');
    if (request?.kind !== 'bind') return;
    this.#ownPortals().set(request.name, request.bound);
    const held = this.#statements.get(request.statement);
    if (held === undefined) return;
    const left = forgetLookUps(held, request.bound);
    if (left !== held) this.#statements.set(request.statement, left);
  }

  closeComplete(): void {
    const request = this.#next('close-statement') ?? this.#next('close-portal');
    if (request?.kind === 'close-statement') this.#statements.delete(request.name);
    if (request?.kind === 'close-portal') this.#portals.delete(request.name);
  }

  /**
   * RowDescription or NoData: ends a Describe, or begins a result of a simple query.
   *
   * @returns What it answers: a Describe of the client, one of the gateway's own, or a query.
   */
  described(): 'describe' | 'own-describe' | 'query' {
    if (this.#next('own-describe') !== undefined) return 'own-describe';
    return this.#next('describe') === undefined ? 'query' : 'describe';
  }

  /** What is known of the answers that come now; undefined where they pass as they are. */
  get expected(): ExpectedAnswers | undefined {
    const request = this.#pending.first;
    return request?.kind === 'query' || request?.kind === 'execute' ? request.expected : undefined;
  }

  /** Where positions in the text that is being answered are in the client's; undefined: not known. */
  get findPosition(): FindPosition | undefined {
    const request = this.#pending.first;
    if (request?.kind === 'query') return request.expected?.findPosition;
    const masking = request?.kind === 'parse' ? request.prepared.masking : undefined;
    return masking && findPositionBy(masking.positions);
  }

  /** Whether a simple query is being answered, which may have several results. */
  get isAnsweringQuery(): boolean {
    return this.#pending.first?.kind === 'query';
  }

  /** CommandComplete, EmptyQueryResponse or PortalSuspended. */
  executed(): void {
    const request = this.#next('execute');
    if (request?.kind === 'execute') this.#confirm(request.named, request.isSure);
  }

  /**
   * CopyInResponse: until the copy ends, the server takes what comes as part of it. It drops a Sync,
   * and any other request makes the copy fail.
   *
   * @throws {ProtocolError} If it cannot be known which of these happens.
   */
  copyIn(): void {
    this.#isCopying = true;
    this.#hasCopyData = false;
    this.#pending.takeBehindFirst((request) => {
      if (!this.#isCopying) return false;
      if (request.kind === 'sync' || request.kind === 'query') this.#syncsPending -= 1;
      this.#copy(request);
      return true;
    });
  }

  /** ErrorResponse: after an extended-protocol message the server drops everything up to a Sync. */
  failed(): void {
    this.#hasFailed = true;
    this.#isCopying = false;
    const failed = this.#pending.first;
    if (failed === undefined || failed.kind === 'sync' || failed.kind === 'query') return;
    for (;;) {
      const kind = this.#pending.first?.kind;
      if (kind === 'sync') return;
      if (kind === undefined) {
        this.#isSkipping = true;
        return;
      }
      if (kind === 'query') this.#syncsPending -= 1;
      this.#take();
    }
  }

  /**
   * @param isInTransaction False: portals of the transaction that ended are gone.
   * @param hasFailed Nothing but its end is left to the transaction.
   */
  ready(isInTransaction: boolean, hasFailed = false): void {
    this.block.ready(isInTransaction, hasFailed);
    for (;;) {
      const request = this.#take();
      if (request === undefined) break;
      if (request.kind === 'query') this.#confirm(request.named, !this.#hasFailed);
      if (request.kind === 'sync' || request.kind === 'query') {
        this.#syncsPending -= 1;
        break;
      }
    }
    this.#hasFailed = false;
    this.#isSkipping = false;
    this.#isCopying = false;
    if (!isInTransaction) this.#endPortals();
  }

  #endPortals(): void {
    if (this.#lasting === undefined) {
      // Clearing an empty map makes a new one, at each ReadyForQuery.
      if (this.#portals.size > 0) this.#portals.clear();
      return;
    }
    if (this.#lasting.size > LASTING_MAX) {
      this.#lasting = undefined;
      this.#isIncomplete = true;
    }
    for (const name of this.#portals.keys()) {
      if (this.#lasting?.has(name) !== true) this.#portals.delete(name);
    }
  }

  /** Names set in SQL text: whether the statement succeeds is not known, so the old meaning stays too. */
  #expect(named: readonly NamedEffects[]): void {
    for (const { effects, prepared } of named) {
      const { prepares, declares } = effects;
      if (prepared === undefined) continue;
      this.#memory.add(prepared);
      if (prepares !== undefined) this.#add(this.#ownStatements(), prepares.name, prepared);
      if (declares === undefined) continue;
      this.#add(this.#ownPortals(), declares.name, prepared);
      if (!/hold/iu.test(prepared.text)) continue;
      this.#lasting ??= new Set();
      this.#lasting.add(declares.name);
    }
  }

  #ownStatements(): Map<string, Candidates> {
    if (this.#statements === NO_NAMES) this.#statements = new Map();
    return this.#statements;
  }

  #ownPortals(): Map<string, Candidates> {
    if (this.#portals === NO_NAMES) this.#portals = new Map();
    return this.#portals;
  }

  #add(names: Map<string, Candidates>, name: string, prepared: Prepared): void {
    const before = names.get(name) ?? (this.#isIncomplete ? 'unknown' : []);
    if (before !== 'unknown' && before.includes(prepared)) return;
    const isFull = before === 'unknown' || before.length >= CANDIDATES_MAX;
    names.set(name, isFull ? 'unknown' : [...before, prepared]);
  }

  /** They succeeded: the new meaning is the only one. Or only some may have: what answers before theirs set is not. */
  #confirm(named: readonly NamedEffects[], isCertain: boolean): void {
    if (!isCertain) return this.#expect(named);
    for (const { effects, prepared } of named) {
      const { prepares, declares, deallocates } = effects;
      // A statement may be called "all", too: then the others may still be there.
      if (deallocates?.name === 'all' && !this.#statements.has('all')) this.#statements.clear();
      else if (deallocates !== undefined) this.#statements.delete(deallocates.name);
      if (prepared === undefined) continue;
      if (prepares !== undefined) this.#ownStatements().set(prepares.name, [prepared]);
      if (declares !== undefined) this.#ownPortals().set(declares.name, [prepared]);
    }
  }

  /** Returns whether the server will answer the request in its turn. */
  #push(request: PendingRequest): boolean {
    if (this.#isSkipping) {
      if (request.kind !== 'sync') return false;
      // What comes behind the Sync is read again.
      this.#isSkipping = false;
    }
    if (this.#isCopying) {
      this.#copy(request);
      return false;
    }
    this.#pending.push(request);
    return true;
  }

  /** A message that the server reads while it takes COPY data. */
  #copy({ kind }: PendingRequest): void {
    if (kind === 'copy-data') {
      this.#hasCopyData = true;
      return;
    }
    if (kind === 'copy-end') {
      this.#isCopying = false;
      return;
    }
    // If the data before it was bad, the copy is over already and this is read as any other request.
    if (this.#hasCopyData) throw new ProtocolError('COPY', 'another request before CopyDone');
    if (kind !== 'sync') this.#isCopying = false;
  }

  #next(kind: PendingRequest['kind']): PendingRequest | undefined {
    return this.#pending.first?.kind === kind ? this.#take() : undefined;
  }

  #take(): PendingRequest | undefined {
    const request = this.#pending.take();
    if (request !== undefined) this.#memory.answered(this.#pending.size);
    return request;
  }
}
