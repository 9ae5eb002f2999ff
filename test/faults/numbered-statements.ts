import assert from 'node:assert/strict';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { readEntries } from '../../src/audit/read-entries.ts';
import { openContentKeys } from '../../src/cli/open-content-keys.ts';
import type { Side } from '../e2e/environment.ts';
import type { PrivatePostgres } from '../e2e/private-postgres.ts';
import {
  bind,
  execute,
  parse,
  query,
  type RawConnection,
  signIn,
  sync,
} from '../e2e/raw-connection.ts';

/** Milliseconds until a client that was cut off comes back. */
const RETURN_MS = 100;
/** Milliseconds that a target gets to notice that its clients are gone. */
const QUIET_MS_MAX = 20_000;
const NUMBERED = /^INSERT INTO executed VALUES \((\d+)\)$/;

/** The table on the target that says what it executed. */
export const EXECUTED_TABLE = 'CREATE TABLE executed (n bigint PRIMARY KEY)';

/** What clients saw of the numbered statements they sent. */
export interface LoadOutcome {
  readonly sent: ReadonlySet<number>;
  readonly acknowledged: ReadonlySet<number>;
  /** Numbers answered by an error, with its SQLSTATE. */
  readonly refused: ReadonlyMap<number, string>;
}

/** Clients that send numbered statements as fast as they are answered, until they are stopped or cut off. */
export class NumberedLoad {
  readonly #sent = new Set<number>();
  readonly #acknowledged = new Set<number>();
  readonly #refused = new Map<number, string>();
  readonly #clients: Promise<void>[] = [];
  #next: number;
  #isStopping = false;

  /** @param first The number of the first statement. */
  constructor(first: number) {
    this.#next = first;
  }

  /** The number that no statement had yet. */
  get next(): number {
    return this.#next;
  }

  get acknowledgedCount(): number {
    return this.#acknowledged.size;
  }

  get refusedCount(): number {
    return this.#refused.size;
  }

  /** Signs clients in and lets them run; every other one with the extended protocol. */
  async start(side: Side, clients: number): Promise<void> {
    const connections = await Promise.all(Array.from({ length: clients }, () => signIn(side)));
    for (const [index, connection] of connections.entries()) {
      this.#clients.push(this.#run(connection, index % 2 === 1));
    }
  }

  /** The same with clients that come back when they were cut off. @param side Where they sign in, each time. */
  async startReturning(side: () => Side, clients: number): Promise<void> {
    const connections = await Promise.all(Array.from({ length: clients }, () => signIn(side())));
    for (const [index, connection] of connections.entries()) {
      this.#clients.push(this.#runAgain(connection, side, index % 2 === 1));
    }
  }

  /** Resolves once every client was cut off, or has its last answer. */
  async finish(): Promise<LoadOutcome> {
    this.#isStopping = true;
    await Promise.all(this.#clients);
    return { sent: this.#sent, acknowledged: this.#acknowledged, refused: this.#refused };
  }

  async #runAgain(first: RawConnection, side: () => Side, isExtended: boolean): Promise<void> {
    let connection: RawConnection | undefined = first;
    while (!this.#isStopping) {
      if (connection !== undefined) await this.#run(connection, isExtended);
      if (this.#isStopping) return;
      await delay(RETURN_MS);
      connection = await signIn(side()).catch(() => undefined);
    }
    connection?.[Symbol.dispose]();
  }

  async #run(connection: RawConnection, isExtended: boolean): Promise<void> {
    using _ = connection;
    while (!this.#isStopping) {
      const number = this.#next++;
      const text = `INSERT INTO executed VALUES (${number})`;
      this.#sent.add(number);
      if (isExtended) connection.send(parse('', text), bind('', ''), execute(''), sync());
      else connection.send(query(text));
      // A connection that was cut ends its client: that is what the test is about.
      const messages = await connection.messagesUntil('Z').catch(() => undefined);
      if (messages === undefined) return;
      const error = messages.find(({ type }) => type === 'E');
      if (error !== undefined) {
        const sqlState = /\0C([^\0]*)\0/.exec(error.body.toString('latin1'))?.[1] ?? '';
        this.#refused.set(number, sqlState);
      } else if (messages.some(({ type }) => type === 'C')) this.#acknowledged.add(number);
    }
  }
}

/** Numbers that the target executed, once nobody but us is connected to it. */
export async function readExecuted(
  server: PrivatePostgres,
  from = 0,
): Promise<ReadonlySet<number>> {
  const others = `SELECT count(*) FROM pg_stat_activity
    WHERE backend_type = 'client backend' AND datname = current_database()
      AND pid <> pg_backend_pid() AND query LIKE 'INSERT%'`;
  const until = performance.now() + QUIET_MS_MAX;
  while ((await server.execute(others)) !== '0') {
    assert(performance.now() < until, 'sessions on the target outlive their clients');
    await delay(50);
  }
  const rows = await server.execute(`SELECT n FROM executed WHERE n >= ${from}`);
  return new Set(
    rows
      .split('\n')
      .filter((line) => line !== '')
      .map(Number),
  );
}

/** Numbers of the statements that the ledger has as operations that were let through. */
export async function readSealed(ledgerDirectory: string): Promise<ReadonlySet<number>> {
  const sealed = new Set<number>();
  const keys = await openContentKeys(path.dirname(ledgerDirectory));
  const kinds = new Set(['operation'] as const);
  for await (const { entry } of readEntries(ledgerDirectory, { kinds }, keys)) {
    const number = NUMBERED.exec(String(entry['text']))?.[1];
    if (number !== undefined) sealed.add(Number(number));
  }
  return sealed;
}

/** Members of `part` that `whole` lacks. */
export function missingFrom(whole: ReadonlySet<number>, part: Iterable<number>): readonly number[] {
  return [...part].filter((number) => !whole.has(number));
}
