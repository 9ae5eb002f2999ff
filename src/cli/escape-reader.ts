/** What somebody who types means. */
export type Typed =
  | { readonly kind: 'keys'; readonly bytes: Buffer }
  | { readonly kind: 'leave' | 'take' | 'give' | 'help' };

const TILDE = 0x7e;
const LINE_ENDS: ReadonlySet<number> = new Set([0x0d, 0x0a]);
const MEANINGS: ReadonlyMap<string, Exclude<Typed['kind'], 'keys'>> = new Map([
  ['.', 'leave'],
  ['k', 'take'],
  ['g', 'give'],
  ['?', 'help'],
]);

/** What the escapes are, for people. */
export const ESCAPES = '~k takes the keyboard, ~g gives it back, ~. leaves, ~~ types ~';

/**
 * Finds what is meant for this program in keys that are cut anywhere: `~` and a letter at the beginning of a line, as in
 * `ssh`.
 *
 * @see https://man.openbsd.org/ssh#ESCAPE_CHARACTERS
 */
export class EscapeReader {
  #isAtLineStart = true;
  #isEscaped = false;

  push(bytes: Uint8Array): readonly Typed[] {
    const typed: Typed[] = [];
    let keys: number[] = [];
    for (const byte of bytes) {
      if (this.#isEscaped) {
        this.#isEscaped = false;
        const kind = MEANINGS.get(String.fromCharCode(byte));
        if (kind !== undefined) {
          if (keys.length > 0) typed.push({ kind: 'keys', bytes: Buffer.from(keys) });
          keys = [];
          typed.push({ kind });
          continue;
        }
        keys.push(...(byte === TILDE ? [TILDE] : [TILDE, byte]));
        this.#isAtLineStart = LINE_ENDS.has(byte);
      } else if (byte === TILDE && this.#isAtLineStart) {
        this.#isEscaped = true;
      } else {
        keys.push(byte);
        this.#isAtLineStart = LINE_ENDS.has(byte);
      }
    }
    if (keys.length > 0) typed.push({ kind: 'keys', bytes: Buffer.from(keys) });
    return typed;
  }
}
