/** What a client typed and was not shown yet; more is pasted than typed. */
const WAITING_MAX = 256;
const CARRIAGE_RETURN = 0x0d;
const LINE_FEED = 0x0a;

/**
 * Tells the terminal's echo of keys from other output: the characters that were typed, in their order, with nothing
 * else between. Whoever types a value knows it, and wants to see each key at once.
 */
export class EchoQueue {
  #waiting: number[] = [];

  /** Takes what the client sends. What holds an escape sequence is no text, or is pasted. */
  typed(bytes: Uint8Array): void {
    if (bytes.includes(0x1b)) return;
    for (const character of Buffer.from(bytes).toString('utf8')) {
      const codePoint = character.codePointAt(0) as number;
      if (codePoint >= 0x20 || codePoint === CARRIAGE_RETURN) this.#waiting.push(codePoint);
    }
    if (this.#waiting.length > WAITING_MAX) this.#waiting = [];
  }

  /** Whether a character that is shown is the echo of the key that waits longest. */
  isEcho(codePoint: number): boolean {
    if (this.#waiting.length === 0) return false;
    if (this.#waiting[0] === codePoint) {
      this.#waiting.shift();
      return true;
    }
    this.#waiting = [];
    return false;
  }

  /** Tells of a line break that is shown: Enter's echo, or output. */
  endLine(byte: number): void {
    if (byte === LINE_FEED || byte === CARRIAGE_RETURN) this.isEcho(CARRIAGE_RETURN);
  }

  /** Characters typed since Enter that were not shown. */
  get waitingCount(): number {
    return this.#waiting.length;
  }
}
