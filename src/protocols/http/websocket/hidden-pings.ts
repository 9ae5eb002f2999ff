const NOTHING: Buffer = Buffer.alloc(0);
/** Pings of a client that may wait for their pong at once. */
const WAITING_MAX = 16;

/**
 * Keeps what a target says in pings and pongs from a client who may not see all, while both still find their own payloads
 * in the pongs that answer them (RFC 6455, section 5.5.3).
 */
export class HiddenPings {
  /** Payloads of the client that no pong has answered, oldest first. */
  #asked: Buffer[] = [];
  #hidden: Buffer | undefined;

  /** The client has sent a ping. */
  ask(payload: Buffer): void {
    this.#asked.push(Buffer.from(payload));
    if (this.#asked.length > WAITING_MAX) this.#asked.shift();
  }

  /** Whether a pong of the target answers a ping of the client, and says nothing else. */
  answers(payload: Buffer): boolean {
    const at = this.#asked.findIndex((asked) => asked.equals(payload));
    this.#asked = this.#asked.slice(at + 1);
    return at !== -1;
  }

  /** What the client is shown of a ping of the target. */
  hide(payload: Buffer): Buffer {
    this.#hidden = Buffer.from(payload);
    return NOTHING;
  }

  /** What the target is to get for a pong of the client. */
  restore(payload: Buffer): Buffer {
    const hidden = payload.length === 0 ? this.#hidden : undefined;
    this.#hidden = undefined;
    return hidden ?? payload;
  }
}
