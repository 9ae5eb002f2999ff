import { type ControlSequence, TerminalTokenizer, type TokenSink } from './terminal-tokenizer.ts';

/** Backspace, tab, line feed, vertical tab, form feed, carriage return, and the two sets of characters. */
const CONTROLS: ReadonlySet<number> = new Set([0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f]);

/** `ESC x`: save and restore the cursor, line feed, next line, tab stop, reverse line feed. */
const ESCAPES: ReadonlySet<string> = new Set(['7', '8', 'D', 'E', 'H', 'M']);

/** `CSI … x` that moves the cursor, erases, inserts, deletes, scrolls or colours, and nothing else. */
const SEQUENCES = /^[A-MPSTXZ@`abdefgmrsu]$/;

/** `DECSET` and `DECRST`: origin, wrapping, cursor, and the alternate screen. */
const PRIVATE_MODES: ReadonlySet<string> = new Set(['6', '7', '25', '47', '1047', '1048', '1049']);

/** Characters that change in which order others are shown, or that nobody sees. */
const INVISIBLE = /[\p{Cf}\p{Co}]/u;
/** Join letters and emoji as they are meant to be. */
const JOINERS: ReadonlySet<number> = new Set([0x200c, 0x200d]);

/**
 * Makes what a program wrote to one terminal fit to be shown in another: what draws is kept, and what does
 * something else is left out — titles, the clipboard, questions that the terminal would answer as if somebody
 * typed, reports of keys and mouse, links, pictures, and whatever is not known.
 */
export class HarmlessOutput {
  readonly #tokenizer: TerminalTokenizer;
  #kept = '';
  #isAlternate = false;

  constructor() {
    this.#tokenizer = new TerminalTokenizer(this.#sink());
  }

  /** What of a piece of output can be shown; an unfinished sequence waits for the next piece. */
  push(text: string): string {
    this.#tokenizer.push(Buffer.from(text, 'utf8'));
    const kept = this.#kept;
    this.#kept = '';
    return kept;
  }

  /** Leaves the terminal as a program should that ends: plain, with a cursor, on its own screen. */
  end(): string {
    const leave = this.#isAlternate ? '\u001b[?1049l' : '';
    this.#isAlternate = false;
    return `${leave}\u001b[0m\u001b[?25h\u001b[?7h\u001b[?6l\u001b[4l\u001b[r\u001b(B\u000f`;
  }

  #sink(): TokenSink {
    const keep = (text: string): void => {
      this.#kept += text;
    };
    return {
      text: (bytes, start, end) =>
        keep(Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1')),
      character: (codePoint) => {
        const text = String.fromCodePoint(codePoint);
        keep(INVISIBLE.test(text) && !JOINERS.has(codePoint) ? '\u{fffd}' : text);
      },
      malformed: () => keep('\u{fffd}'),
      control: (byte) => {
        if (CONTROLS.has(byte)) keep(String.fromCharCode(byte));
      },
      escape: (intermediates, final) => {
        const isCharset = /^[()]$/.test(intermediates) && /^[0AB]$/.test(final);
        if (isCharset || (intermediates === '' && ESCAPES.has(final))) {
          keep(`\u001b${intermediates}${final}`);
        }
      },
      controlSequence: (sequence) => keep(this.#keepSequence(sequence)),
      string: () => undefined,
    };
  }

  #keepSequence({ prefix, parameters, intermediates, final }: ControlSequence): string {
    if (intermediates !== '') return '';
    const sets = final === 'h' || final === 'l';
    if (prefix === '?' && sets) {
      const modes = parameters.split(';').filter((mode) => PRIVATE_MODES.has(mode));
      if (modes.some((mode) => /^10?4[79]$/.test(mode))) this.#isAlternate = final === 'h';
      return modes.length === 0 ? '' : `\u001b[?${modes.join(';')}${final}`;
    }
    if (prefix === '?' && (final === 'J' || final === 'K')) return `\u001b[${parameters}${final}`;
    if (prefix !== '') return '';
    // Insert mode; other modes are about keys.
    if (sets) return parameters === '4' ? `\u001b[4${final}` : '';
    // `CSI 3 J` would erase what whoever watches had on the screen before.
    if (final === 'J' && !/^[012]?$/.test(parameters)) return '';
    return SEQUENCES.test(final) ? `\u001b[${parameters}${final}` : '';
  }
}
