import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { Side } from '../e2e/environment.ts';
import { query, signIn } from '../e2e/raw-connection.ts';
import { becomes } from '../faults/process-status.ts';

const CLIENTS = 3;
const WAIT_MS_MAX = 60_000;
/** Milliseconds: on a machine with few cores, a gateway has to get to start meanwhile. */
const REST_MS = 10;

/** Clients that open one session after the other, each for one statement, until they are stopped. */
export class SessionLoop implements AsyncDisposable {
  readonly failures: unknown[] = [];
  readonly #side: () => Side;
  readonly #clients: readonly Promise<void>[];
  #opened = 0;
  #isOver = false;

  /** @param side Where the next session is opened. */
  constructor(side: () => Side) {
    this.#side = side;
    this.#clients = Array.from({ length: CLIENTS }, () => this.#run());
  }

  /** Resolves once every client has had the chance of another session, begun after the call. */
  async goesOn(): Promise<void> {
    const enough = this.#opened + this.failures.length + 2 * CLIENTS;
    const goesOn = (): boolean => this.#opened + this.failures.length >= enough;
    assert(await becomes(goesOn, WAIT_MS_MAX), 'nobody opens sessions any more');
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#clients);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #run(): Promise<void> {
    while (!this.#isOver) {
      try {
        using session = await signIn(this.#side());
        session.send(query('SELECT 1'));
        const answer = await session.messagesUntil('Z');
        assert(answer.some(({ type }) => type === 'C'));
        this.#opened += 1;
      } catch (error) {
        this.failures.push(error);
      }
      await delay(REST_MS);
    }
  }
}
