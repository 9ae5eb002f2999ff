import type { Analysis, SessionEffects } from '../../sql/statement.ts';

/** Statements that one name may stand for before the gateway gives up and calls it unknown. */
const CANDIDATES_MAX = 4;
/** Prepared statements and portals per session. Beyond, the session is refused more. */
const NAMES_MAX = 10_000;
/** Requests in flight whose answers are followed. Beyond, reading from the client waits. */
export const PENDING_MAX = 10_000;

/** A statement that the client prepared, bound or declared under a name. */
export interface Prepared {
  readonly text: string;
  /** Hex SHA-256 of the text's bytes as sent. */
  readonly textSha256: string;
  readonly analysis: Analysis;
  /** Of the settings under which it was analysed. */
  readonly contextKey: string;
  /** Values bound to it, as the ledger shall have them. */
  readonly parameters?: readonly (string | null)[];
}

/** A request in flight, in the order of the server's answers. */
type Pending =
  | { readonly kind: 'parse'; readonly name: string; readonly prepared: Prepared }
  | { readonly kind: 'bind'; readonly name: string; readonly bound: Candidates }
  | { readonly kind: 'close-statement' | 'close-portal'; readonly name: string }
  | { readonly kind: 'describe' | 'execute' | 'sync' }
  | { readonly kind: 'query'; readonly named: readonly NamedEffects[] };

/** What a statement does to names, and what it names. */
export interface NamedEffects {
  readonly effects: SessionEffects;
  /** The inner statement of PREPARE or DECLARE. */
  readonly prepared: Prepared | undefined;
}

const DESCRIBE: Pending = { kind: 'describe' };
const EXECUTE: Pending = { kind: 'execute' };
const SYNC: Pending = { kind: 'sync' };
const PLAIN_QUERY: Pending = { kind: 'query', named: [] };

/** What a name stands for: usually one statement, several when the gateway cannot know which. */
export type Candidates = readonly Prepared[] | 'unknown';

/**
 * Follows which statement each prepared statement and portal of a session holds, as the server
 * does: a name is set when the server confirms it, and what an error skipped never happened.
 *
 * @see https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-EXT-QUERY
 */
export class SessionNames {
  readonly #statements = new Map<string, Candidates>();
  readonly #portals = new Map<string, Candidates>();
  /** A queue: `#head` is the oldest request that is not answered yet. */
  #pending: Pending[] = [];
  #head = 0;
  /** Requests in flight that end with ReadyForQuery. */
  #syncsPending = 0;
  /** An error came since the last ReadyForQuery. */
  #hasFailed = false;
  /** The client sent extended-protocol messages and no Sync after them yet. */
  #isBatchOpen = false;

  /** Nothing is in flight and the last batch was ended by the client. */
  get isIdle(): boolean {
    return this.#head === this.#pending.length && !this.#isBatchOpen;
  }

  get pendingCount(): number {
    return this.#pending.length - this.#head;
  }

  get syncsPending(): number {
    return this.#syncsPending;
  }

  get isFull(): boolean {
    return this.#statements.size + this.#portals.size >= NAMES_MAX;
  }

  findStatement(name: string): Candidates {
    return this.#find('parse', name, this.#statements);
  }

  findPortal(name: string): Candidates {
    return this.#find('bind', name, this.#portals);
  }

  /** The same statements, analysed anew. */
  replaceStatement(name: string, candidates: Candidates): void {
    if (this.#statements.has(name)) this.#statements.set(name, candidates);
  }

  /**
   * Whether what `name` stands for depends on answers to an earlier batch, so that the caller has to
   * wait for them. Within a batch it does not: if the earlier request fails, the later is skipped.
   */
  dependsOnAnswer(kind: 'parse' | 'bind', name: string): boolean {
    let hasSync = false;
    for (let index = this.#pending.length - 1; index >= this.#head; index--) {
      const request = this.#pending[index] as Pending;
      if (request.kind === 'sync' || request.kind === 'query') {
        hasSync = true;
        if (request.kind === 'query' && request.named.length > 0) return true;
      } else if (hasSync && touches(request, kind, name)) return true;
    }
    return false;
  }

  // Requests, as they are forwarded.

  parse(name: string, prepared: Prepared): void {
    this.#isBatchOpen = true;
    this.#pending.push({ kind: 'parse', name, prepared });
  }

  bind(name: string, bound: Candidates): void {
    this.#isBatchOpen = true;
    this.#pending.push({ kind: 'bind', name, bound });
  }

  closeStatement(name: string): void {
    this.#isBatchOpen = true;
    this.#pending.push({ kind: 'close-statement', name });
  }

  closePortal(name: string): void {
    this.#isBatchOpen = true;
    this.#pending.push({ kind: 'close-portal', name });
  }

  describe(): void {
    this.#isBatchOpen = true;
    this.#pending.push(DESCRIBE);
  }

  /** @param named What the statement executed does to names, if anything. */
  execute(named: readonly NamedEffects[]): void {
    this.#isBatchOpen = true;
    this.#pending.push(EXECUTE);
    for (const one of named) this.#expect(one);
  }

  sync(): void {
    this.#isBatchOpen = false;
    this.#pending.push(SYNC);
    this.#syncsPending += 1;
  }

  /** A simple Query or a FunctionCall. */
  query(named: readonly NamedEffects[]): void {
    this.#isBatchOpen = false;
    this.#pending.push(named.length === 0 ? PLAIN_QUERY : { kind: 'query', named });
    this.#syncsPending += 1;
    for (const one of named) this.#expect(one);
  }

  // Answers, as they come.

  parseComplete(): void {
    const request = this.#next('parse');
    if (request?.kind === 'parse') this.#statements.set(request.name, [request.prepared]);
  }

  bindComplete(): void {
    const request = this.#next('bind');
    if (request?.kind === 'bind') this.#portals.set(request.name, request.bound);
  }

  closeComplete(): void {
    const request = this.#take();
    if (request?.kind === 'close-statement') this.#statements.delete(request.name);
    if (request?.kind === 'close-portal') this.#portals.delete(request.name);
  }

  /** RowDescription or NoData: ends a Describe, and begins the result of a simple query. */
  described(): void {
    if (this.#pending[this.#head]?.kind === 'describe') this.#take();
  }

  /** CommandComplete, EmptyQueryResponse or PortalSuspended. */
  executed(): void {
    if (this.#pending[this.#head]?.kind === 'execute') this.#take();
  }

  /** ErrorResponse: the server skips everything up to the next Sync. */
  failed(): void {
    this.#hasFailed = true;
    for (;;) {
      const kind = this.#pending[this.#head]?.kind;
      if (kind === undefined || kind === 'sync' || kind === 'query') return;
      this.#take();
    }
  }

  /** @param isInTransaction False: portals of the transaction that ended are gone. */
  ready(isInTransaction: boolean): void {
    for (;;) {
      const request = this.#take();
      if (request === undefined) break;
      if (request.kind === 'query' && !this.#hasFailed) this.#confirm(request.named);
      if (request.kind === 'sync' || request.kind === 'query') {
        this.#syncsPending -= 1;
        break;
      }
    }
    this.#hasFailed = false;
    // Cursors WITH HOLD outlive it; their names are then unknown, which only restricts.
    if (!isInTransaction) this.#portals.clear();
  }

  #find(kind: 'parse' | 'bind', name: string, known: ReadonlyMap<string, Candidates>): Candidates {
    for (let index = this.#pending.length - 1; index >= this.#head; index--) {
      const request = this.#pending[index] as Pending;
      if (request.kind === 'sync' || request.kind === 'query') break;
      if (request.kind === 'parse' && kind === 'parse' && request.name === name) {
        return [request.prepared];
      }
      if (request.kind === 'bind' && kind === 'bind' && request.name === name) return request.bound;
    }
    return known.get(name) ?? 'unknown';
  }

  /** Names set in SQL text: whether the statement succeeds is not known, so the old meaning stays too. */
  #expect({ effects, prepared }: NamedEffects): void {
    if (prepared === undefined) return;
    if (effects.prepares !== undefined) add(this.#statements, effects.prepares.name, prepared);
    if (effects.declares !== undefined) add(this.#portals, effects.declares.name, prepared);
  }

  /** They succeeded: the new meaning is the only one. */
  #confirm(named: readonly NamedEffects[]): void {
    for (const { effects, prepared } of named) {
      const { prepares, declares, deallocates } = effects;
      if (deallocates?.name === 'all') this.#statements.clear();
      else if (deallocates !== undefined) this.#statements.delete(deallocates.name);
      if (prepared === undefined) continue;
      if (prepares !== undefined) this.#statements.set(prepares.name, [prepared]);
      if (declares !== undefined) this.#portals.set(declares.name, [prepared]);
    }
  }

  #next(kind: Pending['kind']): Pending | undefined {
    return this.#pending[this.#head]?.kind === kind ? this.#take() : undefined;
  }

  #take(): Pending | undefined {
    if (this.#head === this.#pending.length) return undefined;
    const request = this.#pending[this.#head];
    this.#head += 1;
    if (this.#head === this.#pending.length) {
      this.#pending = [];
      this.#head = 0;
    }
    return request;
  }
}

function touches(request: Pending, kind: 'parse' | 'bind', name: string): boolean {
  if (kind === 'parse') {
    return (
      (request.kind === 'parse' || request.kind === 'close-statement') && request.name === name
    );
  }
  return (request.kind === 'bind' || request.kind === 'close-portal') && request.name === name;
}

function add(names: Map<string, Candidates>, name: string, prepared: Prepared): void {
  const before = names.get(name) ?? [];
  if (before === 'unknown') return;
  const isFull = before.length >= CANDIDATES_MAX || names.size >= NAMES_MAX;
  names.set(name, isFull ? 'unknown' : [...before, prepared]);
}
