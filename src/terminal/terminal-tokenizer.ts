/** `CSI prefix parameters intermediates final` (ECMA-48). */
export interface ControlSequence {
  /** One of `<=>?`, or empty. */
  readonly prefix: string;
  /** Digits, `;` and `:`. */
  readonly parameters: string;
  readonly intermediates: string;
  readonly final: string;
}

/** What introduces a string that a terminal does not show as text. */
export type StringKind = 'osc' | 'dcs' | 'apc' | 'pm' | 'sos' | 'title';

/** Takes what the output of a program consists of, whole and in order. */
export interface TokenSink {
  /** Printable ASCII, `bytes[start, end)`. */
  text(bytes: Uint8Array, start: number, end: number): void;
  /** A character beyond ASCII, from U+00A0 on. */
  character(codePoint: number): void;
  /** Bytes that are no UTF-8: terminals show one replacement character, or nothing. */
  malformed(): void;
  /** C0 without ESC, CAN and SUB; or DEL. */
  control(byte: number): void;
  /** ESC, intermediates, final. */
  escape(intermediates: string, final: string): void;
  controlSequence(sequence: ControlSequence): void;
  /** @param body Undefined if it was longer than `STRING_BYTES_MAX`. Valid during the call only. */
  string(kind: StringKind, body: Buffer | undefined): void;
}

/** A title or a link is shorter; pictures are longer, and cannot be looked through. */
export const STRING_BYTES_MAX = 4_096;
/** Longer control sequences mean nothing to any terminal. */
const SEQUENCE_BYTES_MAX = 256;

const ESC = 0x1b;
const BEL = 0x07;
const CAN = 0x18;
const SUB = 0x1a;

/** What `ESC x` starts, by `x`. */
const STRING_KINDS: ReadonlyMap<number, StringKind> = new Map([
  [0x5d, 'osc'],
  [0x50, 'dcs'],
  [0x5f, 'apc'],
  [0x5e, 'pm'],
  [0x58, 'sos'],
  [0x6b, 'title'],
]);

type State = 'ground' | 'escape' | 'sequence' | 'ignored-sequence' | 'string' | 'string-escape';

/**
 * Cuts what a program writes to a terminal into tokens, from bytes that are split anywhere.
 *
 * Only whole tokens come out. Sequences that are malformed, too long or interrupted are left out, as terminals
 * leave them out; so are C1 controls in UTF-8, which some terminals follow and others do not.
 *
 * @see https://vt100.net/emu/dec_ansi_parser
 */
export class TerminalTokenizer {
  readonly #sink: TokenSink;
  #state: State = 'ground';
  /** Of an escape or control sequence, behind its introducer. */
  #sequence = '';
  #stringKind: StringKind = 'osc';
  readonly #string = Buffer.allocUnsafe(STRING_BYTES_MAX);
  /** Beyond `STRING_BYTES_MAX`: too long. */
  #stringLength = 0;
  /** Of a character that is not whole yet. */
  #codePoint = 0;
  #bytesToCome = 0;
  /** Smallest code point for which the sequence is the shortest. */
  #codePointMin = 0;

  constructor(sink: TokenSink) {
    this.#sink = sink;
  }

  /** Whether the bytes so far end between two tokens. */
  get isBetweenTokens(): boolean {
    return this.#state === 'ground' && this.#bytesToCome === 0;
  }

  push(bytes: Uint8Array): void {
    let offset = 0;
    while (offset < bytes.length) {
      if (this.#state === 'ground' && this.#bytesToCome === 0) {
        const end = endOfText(bytes, offset);
        if (end > offset) {
          this.#sink.text(bytes, offset, end);
          offset = end;
          continue;
        }
      }
      this.#take(bytes[offset] as number);
      offset += 1;
    }
  }

  #take(byte: number): void {
    switch (this.#state) {
      case 'ground':
        return this.#takeGround(byte);
      case 'escape':
        return this.#takeEscape(byte);
      case 'sequence':
      case 'ignored-sequence':
        return this.#takeSequence(byte);
      case 'string':
        return this.#takeString(byte);
      case 'string-escape':
        this.#endString();
        if (byte !== 0x5c) {
          // Any other escape ends the string and begins by itself.
          this.#beginEscape();
          this.#takeEscape(byte);
        }
        return;
    }
  }

  #takeGround(byte: number): void {
    if (this.#bytesToCome > 0) {
      if (byte >= 0x80 && byte < 0xc0) {
        this.#codePoint = (this.#codePoint << 6) | (byte & 0x3f);
        this.#bytesToCome -= 1;
        if (this.#bytesToCome === 0) this.#endCharacter();
        return;
      }
      this.#bytesToCome = 0;
      this.#sink.malformed();
    }
    if (byte === ESC) this.#beginEscape();
    else if (byte === CAN || byte === SUB) return;
    else if (byte < 0x20 || byte === 0x7f) this.#sink.control(byte);
    else if (byte < 0x80) this.#sink.text(Uint8Array.of(byte), 0, 1);
    else this.#beginCharacter(byte);
  }

  #beginCharacter(byte: number): void {
    if (byte >= 0xc2 && byte < 0xe0) this.#expect(byte & 0x1f, 1, 0x80);
    else if (byte >= 0xe0 && byte < 0xf0) this.#expect(byte & 0x0f, 2, 0x800);
    else if (byte >= 0xf0 && byte < 0xf5) this.#expect(byte & 0x07, 3, 0x1_0000);
    else this.#sink.malformed();
  }

  #expect(codePoint: number, bytesToCome: number, codePointMin: number): void {
    this.#codePoint = codePoint;
    this.#bytesToCome = bytesToCome;
    this.#codePointMin = codePointMin;
  }

  #endCharacter(): void {
    const codePoint = this.#codePoint;
    const isSurrogate = codePoint >= 0xd800 && codePoint < 0xe000;
    if (codePoint < this.#codePointMin || isSurrogate || codePoint > 0x10_ffff) {
      this.#sink.malformed();
    } else if (codePoint >= 0xa0) {
      this.#sink.character(codePoint);
    }
  }

  #beginEscape(): void {
    this.#state = 'escape';
    this.#sequence = '';
  }

  #takeEscape(byte: number): void {
    if (this.#takeInterruption(byte)) return;
    if (byte >= 0x80) {
      this.#state = 'ground';
      this.#takeGround(byte);
    } else if (byte < 0x30) {
      if (this.#sequence.length < 4) this.#sequence += String.fromCharCode(byte);
    } else if (this.#sequence === '' && byte === 0x5b) {
      this.#state = 'sequence';
    } else if (this.#sequence === '' && STRING_KINDS.has(byte)) {
      this.#state = 'string';
      this.#stringKind = STRING_KINDS.get(byte) as StringKind;
      this.#stringLength = 0;
    } else {
      this.#state = 'ground';
      this.#sink.escape(this.#sequence, String.fromCharCode(byte));
    }
  }

  #takeSequence(byte: number): void {
    if (this.#takeInterruption(byte)) return;
    if (byte >= 0x80) {
      this.#state = 'ignored-sequence';
    } else if (byte < 0x40) {
      this.#sequence += String.fromCharCode(byte);
      if (this.#sequence.length > SEQUENCE_BYTES_MAX) {
        this.#state = 'ignored-sequence';
        this.#sequence = '';
      }
    } else {
      const isIgnored = this.#state === 'ignored-sequence';
      this.#state = 'ground';
      const match = isIgnored ? null : SEQUENCE.exec(this.#sequence);
      if (match === null) return;
      const [, prefix = '', parameters = '', intermediates = ''] = match;
      const final = String.fromCharCode(byte);
      this.#sink.controlSequence({ prefix, parameters, intermediates, final });
    }
  }

  /** What is in the middle of a sequence without being part of it. */
  #takeInterruption(byte: number): boolean {
    if (byte === ESC) this.#beginEscape();
    else if (byte === CAN || byte === SUB) this.#state = 'ground';
    else if (byte < 0x20 || byte === 0x7f) this.#sink.control(byte);
    else return false;
    return true;
  }

  #takeString(byte: number): void {
    if (byte === ESC) {
      this.#state = 'string-escape';
    } else if (byte === CAN || byte === SUB) {
      this.#state = 'ground';
    } else if (byte === BEL && this.#stringKind === 'osc') {
      this.#endString();
    } else {
      if (this.#stringLength < STRING_BYTES_MAX) this.#string[this.#stringLength] = byte;
      if (this.#stringLength <= STRING_BYTES_MAX) this.#stringLength += 1;
    }
  }

  #endString(): void {
    this.#state = 'ground';
    const isWhole = this.#stringLength <= STRING_BYTES_MAX;
    const body = isWhole ? this.#string.subarray(0, this.#stringLength) : undefined;
    this.#sink.string(this.#stringKind, body);
  }
}

const SEQUENCE = /^([<=>?]?)([\d;:]*)([ -/]*)$/;

function endOfText(bytes: Uint8Array, start: number): number {
  let end = start;
  while (end < bytes.length) {
    const byte = bytes[end] as number;
    if (byte < 0x20 || byte > 0x7e) break;
    end += 1;
  }
  return end;
}
