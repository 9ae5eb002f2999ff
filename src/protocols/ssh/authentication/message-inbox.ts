import type { MessagePort } from '../connection/message-port.ts';

/** Messages that wait before reading stops. A client may send tries without waiting for answers. */
const WAITING_MAX = 16;

/** Messages of a peer, one at a time, for code that waits for each. */
export class MessageInbox {
  readonly #port: MessagePort;
  readonly #waiting: Buffer[] = [];
  #reader: PromiseWithResolvers<Buffer> | undefined;
  readonly #closed = new AbortController();
  #failure: Error | undefined;

  constructor(port: MessagePort) {
    this.#port = port;
    port.onClose((error) => this.fail(error ?? new PeerLeftError()));
    port.onMessage((payload) => this.#take(payload));
  }

  /** Aborts when nothing more will come. */
  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  /**
   * The next message.
   *
   * @throws {PeerLeftError} If the peer leaves first; else what broke the connection, or `fail` was told.
   */
  next(): Promise<Buffer> {
    const first = this.#waiting.shift();
    if (first !== undefined) {
      if (this.#waiting.length === 0) this.#port.resume();
      return Promise.resolve(first);
    }
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    this.#reader = Promise.withResolvers();
    return this.#reader.promise;
  }

  /** Messages that came already and were not asked for. Whoever goes on with the port takes them first. */
  takeRest(): readonly Buffer[] {
    this.#port.pause();
    return this.#waiting.splice(0);
  }

  #take(payload: Buffer): void {
    const message = Buffer.from(payload);
    const reader = this.#reader;
    this.#reader = undefined;
    if (reader !== undefined) return reader.resolve(message);
    this.#waiting.push(message);
    if (this.#waiting.length >= WAITING_MAX) this.#port.pause();
  }

  /** Nothing is read any more, for this reason. */
  fail(error: Error): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    this.#reader?.reject(error);
    this.#reader = undefined;
    this.#closed.abort(error);
  }
}

/** The peer ended the connection, in order, before it was signed in. */
export class PeerLeftError extends Error {
  override readonly name = 'PeerLeftError';

  constructor() {
    super('Cannot read a message: the peer has left');
  }
}
