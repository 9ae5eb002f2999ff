import type { DrawnScreen, ScreenRun } from '../api/playback-event.ts';
import type { Terminal } from './terminal.ts';
import { escapeLine } from './terminal-text.ts';

/** What a terminal might act on. As many columns stay as there were. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}]/gu;

/** Draws the screen of somebody else's terminal here, with a line about it below. Where nothing can be drawn, it is text. */
export class ScreenPrinter {
  readonly #terminal: Terminal;
  #rows = 0;
  #cursor = { row: 0, column: 0 };
  #status = '';
  #isFinished = false;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
    // A screen of its own: what was here comes back afterwards.
    if (terminal.draws) terminal.write('\x1b[?1049h\x1b[H\x1b[2J');
  }

  show({ rows, changed, cursor }: DrawnScreen): void {
    const terminal = this.#terminal;
    if (this.#isFinished) return;
    if (!terminal.draws) {
      for (const { runs } of changed) terminal.print(escapeLine(textOf(runs)));
      return;
    }
    const parts = rows === this.#rows ? [] : ['\x1b[H\x1b[2J'];
    for (const { row, runs } of changed) parts.push(`\x1b[${row + 1};1H\x1b[2K`, ...runs.map(draw));
    this.#rows = rows;
    this.#cursor = cursor;
    terminal.write(parts.join(''));
    this.#drawStatus();
  }

  /** A line for whoever takes part. */
  say(status: string): void {
    if (this.#isFinished) return;
    this.#status = status;
    if (this.#terminal.draws) this.#drawStatus();
    else this.#terminal.say(status);
  }

  /** Gives the terminal back as it was. Nothing is shown afterwards. */
  finish(): void {
    if (this.#isFinished) return;
    this.#isFinished = true;
    if (this.#terminal.draws) this.#terminal.write('\x1b[0m\x1b[?1049l');
  }

  #drawStatus(): void {
    const { row, column } = this.#cursor;
    const status = escapeLine(this.#status);
    this.#terminal.write(
      `\x1b[${this.#rows + 1};1H\x1b[2K\x1b[2m${status}\x1b[0m\x1b[${row + 1};${column + 1}H`,
    );
  }
}

function textOf(runs: readonly ScreenRun[]): string {
  return runs.map(({ text }) => text).join('');
}

function draw({ text, foreground, background, ...look }: ScreenRun): string {
  const parameters = [
    0,
    ...(look.isBold === true ? [1] : []),
    ...(look.isUnderlined === true ? [4] : []),
    ...(look.isInverse === true ? [7] : []),
    ...(foreground === undefined ? [] : [38, 2, ...colourOf(foreground)]),
    ...(background === undefined ? [] : [48, 2, ...colourOf(background)]),
  ];
  return `\x1b[${parameters.join(';')}m${text.replaceAll(UNSAFE, '\ufffd')}\x1b[0m`;
}

/** Of `#rrggbb`. */
function colourOf(colour: string): readonly number[] {
  return [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
}
