import { setTimeout as delay } from 'node:timers/promises';
import { query, signIn } from '../../e2e/raw-connection.ts';
import type { GatewayStack } from '../gateway-stack.ts';
import { ByteSearch } from './byte-search.ts';
import { CANARY } from './fault-world.ts';

/** Milliseconds until it tries again to sign in. */
const AGAIN_MS = 100;

/** A client that reads what it may not see, again and again, and looks through every byte that it gets. */
export class MaskedReader {
  #isStopping = false;
  #results = 0;
  #leaks = 0;
  readonly #running: Promise<void>;

  constructor(stack: GatewayStack) {
    this.#running = this.#run(stack);
  }

  /** Resolves with how many results came whole, and in how many reads the hidden value stood. */
  async finish(): Promise<{ readonly results: number; readonly leaks: number }> {
    this.#isStopping = true;
    await this.#running;
    return { results: this.#results, leaks: this.#leaks };
  }

  async #run(stack: GatewayStack): Promise<void> {
    while (!this.#isStopping) {
      const connection = await signIn(stack.side('masked')).catch(() => undefined);
      if (connection === undefined) {
        await delay(AGAIN_MS);
        continue;
      }
      using _ = connection;
      // Also of a result that is cut: that is when something could slip through.
      const search = new ByteSearch(CANARY);
      connection.socket.on('data', (chunk: Buffer) => {
        if (search.add(chunk)) this.#leaks += 1;
      });
      for (;;) {
        if (this.#isStopping) return;
        connection.send(query('SELECT id, ssn FROM patients'));
        const messages = await connection.messagesUntil('Z').catch(() => undefined);
        if (messages === undefined) break;
        if (messages.some(({ type }) => type === 'D')) this.#results += 1;
      }
    }
  }
}
