/** A part of what a client sends to a shell. */
export type Keys =
  | { readonly kind: 'keys'; readonly bytes: Buffer }
  /** A key that gives the line to whatever reads it. */
  | { readonly kind: 'enter'; readonly bytes: Buffer }
  /** The end of keys with which line editors run something of the line, or all of it. */
  | { readonly kind: 'accept'; readonly bytes: Buffer }
  /** Completion and expansion, which in some shells run what stands in `$(…)`. */
  | { readonly kind: 'complete'; readonly bytes: Buffer }
  /** Pasted text with the mark behind it; that before it was sent as keys. */
  | { readonly kind: 'paste'; readonly bytes: Buffer; readonly text: string };

/** Carriage return, line feed, and readline's operate-and-get-next. */
const ENTER: ReadonlySet<number> = new Set([0x0d, 0x0a, 0x0f]);
/**
 * By the key before them. Behind ESC: shell-expand-line, insert-comment, zsh's accept-and-hold, vi's edit-and-execute. Behind
 * Ctrl-X: edit-and-execute-command, zsh's accept-and-infer-next-history.
 */
const ACCEPT: ReadonlyMap<number, ReadonlySet<number>> = new Map([
  [0x1b, new Set(Buffer.from('\x05#aAvV'))],
  [0x18, new Set(Buffer.from('\x05\x0e'))],
]);
const TAB = 0x09;
/** Ctrl-C. What follows it is for what the program makes of it, so it ends a part. */
export const INTERRUPT = 0x03;
/** Behind it zsh has several keys that expand. */
const CTRL_X = 0x18;
const PASTE_START: Buffer = Buffer.from('\x1b[200~');
const PASTE_END: Buffer = Buffer.from('\x1b[201~');
/** What is pasted beyond is taken as typed. */
const PASTE_BYTES_MAX = 64 * 1024;

/** Tells the keys that end lines from others, in bytes that are cut anywhere. */
export class KeyReader {
  /** Bytes of the mark of a paste that were there. */
  #matched = 0;
  /** What was pasted so far. */
  #paste: number[] | undefined;
  #lastKey = 0;

  /** Whether a paste has begun and not ended. */
  get isPasting(): boolean {
    return this.#paste !== undefined;
  }

  /** @param isPasteMarked Whether the program asked for marks around what is pasted. */
  push(bytes: Uint8Array, isPasteMarked: boolean): readonly Keys[] {
    const parts: Keys[] = [];
    let keys: number[] = [];
    const endKeys = (): void => {
      if (keys.length > 0) parts.push({ kind: 'keys', bytes: Buffer.from(keys) });
      keys = [];
    };
    for (const byte of bytes) {
      if (this.#paste !== undefined) {
        const paste = this.#takePasted(byte);
        if (paste !== undefined) parts.push(paste);
        continue;
      }
      const kind = kindOf(byte, this.#lastKey);
      this.#lastKey = byte;
      if (kind !== 'keys') {
        endKeys();
        this.#matched = 0;
        parts.push({ kind, bytes: Buffer.of(byte) });
      } else {
        keys.push(byte);
        if (byte === INTERRUPT) endKeys();
        this.#matched =
          byte === PASTE_START[this.#matched] ? this.#matched + 1 : byte === 0x1b ? 1 : 0;
        if (this.#matched < PASTE_START.length) continue;
        this.#matched = 0;
        if (!isPasteMarked) continue;
        endKeys();
        this.#paste = [];
      }
    }
    endKeys();
    return parts;
  }

  #takePasted(byte: number): Keys | undefined {
    const paste = this.#paste ?? [];
    paste.push(byte);
    const bytes = Buffer.from(paste.slice(-PASTE_END.length));
    if (!bytes.equals(PASTE_END) && paste.length < PASTE_BYTES_MAX) return undefined;
    this.#paste = undefined;
    const whole = Buffer.from(paste);
    const text = bytes.equals(PASTE_END) ? whole.subarray(0, -PASTE_END.length) : whole;
    return { kind: 'paste', bytes: whole, text: text.toString('utf8').replace(/\r\n?/g, '\n') };
  }
}

/** Whether a program that minds no marks around what is pasted would run something of it, or of the line that it is pasted into. */
export function mayRun(pasted: Uint8Array, hasSubstitution: boolean): boolean {
  return pasted.some((byte, index) => {
    const kind = kindOf(byte, pasted[index - 1] ?? 0);
    return kind === 'enter' || kind === 'accept' || (kind === 'complete' && hasSubstitution);
  });
}

function kindOf(byte: number, before: number): 'keys' | 'enter' | 'accept' | 'complete' {
  if (ENTER.has(byte)) return 'enter';
  if (ACCEPT.get(before)?.has(byte) === true) return 'accept';
  return byte === TAB || before === CTRL_X ? 'complete' : 'keys';
}
