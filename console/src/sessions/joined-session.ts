import { type JoinEvent, joinEventSchema, KEYS_BYTES_MAX } from '../../../src/api/join.ts';
import { answer, api } from '../api-client.ts';
import { readLines } from './read-lines.ts';

/** Characters that wait to be sent; what is typed beyond goes nowhere. */
const WAITING_MAX = 64 * 1024;

/** Who hears what happens in a session that was joined. */
export interface JoinListener {
  onEvent(event: JoinEvent): void;
  /** Keys went nowhere, or something failed. */
  onTrouble(error: unknown): void;
}

/** A session that one takes part in, until `leave` or its end. */
export class JoinedSession {
  readonly #id: string;
  readonly #listener: JoinListener;
  readonly #left = new AbortController();
  #join = '';
  #waiting = '';
  #isSending = false;

  constructor(id: string, listener: JoinListener) {
    this.#id = id;
    this.#listener = listener;
  }

  /** Joins, and tells what happens until it is over. */
  async follow(): Promise<void> {
    const body = await answer(
      api.POST('/v1/sessions/{id}/join', {
        params: { path: { id: this.#id } },
        body: {},
        parseAs: 'stream',
        signal: this.#left.signal,
      }),
    );
    for await (const line of readLines(body as ReadableStream<BufferSource>)) {
      const event = joinEventSchema.parse(JSON.parse(line));
      if (event.kind === 'joined') this.#join = event.join;
      this.#listener.onEvent(event);
    }
  }

  leave(): void {
    this.#left.abort();
  }

  /** One request after the other: keys stay in order, and those that are pressed meanwhile go together. */
  async type(keys: string): Promise<void> {
    if (this.#waiting.length + keys.length > WAITING_MAX) return;
    this.#waiting += keys;
    if (this.#isSending) return;
    this.#isSending = true;
    try {
      while (this.#waiting !== '') await this.#send();
    } catch (error) {
      this.#waiting = '';
      this.#listener.onTrouble(error);
    } finally {
      this.#isSending = false;
    }
  }

  /** Takes the keyboard, or gives it back. */
  async hold(hold: boolean): Promise<'taken' | 'given' | 'busy' | 'refused'> {
    const { outcome } = await answer(
      api.POST('/v1/sessions/{id}/join/{join}/keyboard', { ...this.#place, body: { hold } }),
    );
    return outcome;
  }

  get #place() {
    return { params: { path: { id: this.#id, join: this.#join } } };
  }

  async #send(): Promise<void> {
    const bytes = new TextEncoder().encode(this.#waiting);
    this.#waiting = '';
    for (let from = 0; from < bytes.length; from += KEYS_BYTES_MAX) {
      const piece = bytes.subarray(from, from + KEYS_BYTES_MAX);
      const { taken } = await answer(
        api.POST('/v1/sessions/{id}/join/{join}/keys', {
          ...this.#place,
          body: { bytes: btoa(String.fromCharCode(...piece)) },
        }),
      );
      if (!taken) throw new Error('These keys went nowhere: somebody else types now.');
    }
  }
}
