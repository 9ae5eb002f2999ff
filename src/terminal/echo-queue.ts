/** Keys that wait to be shown: more is pasted than typed. */
const WAITING_MAX = 256;
const ESCAPE = 0x1b;
const CARRIAGE_RETURN = 0x0d;
const LINE_FEED = 0x0a;

/**
 * Tells the terminal's echo of keys from other output: the characters that were typed, in their order, with nothing
 * else between. Whoever types a value knows it, and wants to see each key at once.
 */
export class EchoQueue {
  #waiting: number[] = [];
  #typedCount = 0;
  #shownCount = 0;
  #hasTyped = false;

  /** Characters typed since the line began. */
  get typedCount(): number {
    return this.#typedCount;
  }

  /** Those of them that were shown. */
  get shownCount(): number {
    return this.#shownCount;
  }

  /** Whether keys wait to be shown. */
  get isWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  /** Forgets what was counted: a new line begins. */
  beginLine(): void {
    this.#typedCount = 0;
    this.#shownCount = 0;
    this.#waiting = [];
  }

  /** Whether the client sent anything since this was asked last. */
  takeTyped(): boolean {
    const hasTyped = this.#hasTyped;
    this.#hasTyped = false;
    return hasTyped;
  }

  /** Takes what the client sends. What holds an escape sequence is no text, or is pasted. */
  typed(bytes: Uint8Array): void {
    this.#hasTyped = true;
    if (bytes.includes(ESCAPE)) return;
    for (const character of Buffer.from(bytes).toString('utf8')) {
      const codePoint = character.codePointAt(0) as number;
      if (codePoint >= 0x20 && codePoint !== 0x7f) {
        this.#typedCount += 1;
        this.#waiting.push(codePoint);
      } else if (codePoint === CARRIAGE_RETURN) {
        this.#waiting.push(codePoint);
      }
    }
    if (this.#waiting.length > WAITING_MAX) this.#waiting = [];
  }

  /** Whether a character that is shown is the echo of the key that waits longest. */
  isEcho(codePoint: number): boolean {
    if (this.#waiting.length === 0) return false;
    if (this.#waiting[0] !== codePoint) {
      this.#waiting = [];
      return false;
    }
    this.#waiting.shift();
    this.#shownCount += 1;
    return true;
  }

  /** Tells of a line break that is shown: Enter's echo, or output. */
  endLine(byte: number): void {
    if (byte === LINE_FEED || byte === CARRIAGE_RETURN) this.isEcho(CARRIAGE_RETURN);
  }
}
