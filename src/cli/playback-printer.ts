import { setTimeout as sleep } from 'node:timers/promises';
import type { PlaybackEvent } from '../api/playback-event.ts';
import { ChannelPrinter } from './channel-printer.ts';
import { formatTable } from './format-table.ts';
import type { Terminal } from './terminal.ts';
import { escapeLine, escapeText } from './terminal-text.ts';

export interface PlaybackOptions {
  /** Where it begins, in milliseconds since the session's start: what comes before takes no time. Default: 0. */
  readonly fromMs?: number;
  /** Times the original speed; infinity for no pauses. */
  readonly speed: number;
  /** Longest pause in milliseconds of the recording; infinity for as it was. */
  readonly idleMaxMs: number;
}

/** Rows laid out together; a longer result is printed in several tables. */
const TABLE_ROWS_MAX = 500;

/** Milliseconds of a pause that a person notices. */
const NOTICED_MS = 250;

/**
 * Prints a recording as it went: statements, and what they showed as tables. Nothing of the
 * recording reaches the terminal as a command to it.
 */
export class PlaybackPrinter {
  readonly #terminal: Terminal;
  readonly #options: PlaybackOptions;
  readonly #channels: ChannelPrinter;
  #atMs: number;
  #columns: readonly string[] = [];
  #rows: (readonly (string | null)[])[] = [];

  constructor(terminal: Terminal, options: PlaybackOptions) {
    this.#terminal = terminal;
    this.#options = options;
    this.#channels = new ChannelPrinter(terminal);
    this.#atMs = options.fromMs ?? 0;
  }

  async show(event: PlaybackEvent, signal: AbortSignal): Promise<void> {
    await this.#wait(event.atMs, signal);
    if (event.kind !== 'row') this.#printRows();
    switch (event.kind) {
      case 'statement':
        this.#printStatement(event);
        break;
      case 'columns':
        this.#columns = event.names;
        break;
      case 'row':
        this.#rows.push(event.values);
        if (this.#rows.length === TABLE_ROWS_MAX) this.#printRows();
        break;
      case 'done':
        this.#columns = [];
        this.#dim(escapeLine(event.tag));
        break;
      case 'error':
      case 'notice':
        this.#printMessage(event);
        break;
      case 'data':
        this.#dim(`${event.bytes} bytes of data`);
        break;
      case 'cut':
        this.#dim('The recording ends here: its limit was reached. The session went on.');
        break;
      case 'opened':
      case 'output':
      case 'input':
      case 'resize':
      case 'exit':
      case 'file':
      case 'command':
      case 'guest':
      case 'screen':
        this.#channels.show(event);
        break;
    }
  }

  /** Prints what is still held back. */
  finish(): void {
    this.#printRows();
    this.#channels.finish();
  }

  async #wait(atMs: number, signal: AbortSignal): Promise<void> {
    const pauseMs = Math.min(Math.max(atMs - this.#atMs, 0), this.#options.idleMaxMs);
    this.#atMs = Math.max(atMs, this.#atMs);
    const waitMs = pauseMs / this.#options.speed;
    if (waitMs < 1) return;
    // Whoever watches sees what had been shown before a pause that can be noticed.
    if (waitMs >= NOTICED_MS) this.#printRows();
    await sleep(waitMs, undefined, { signal });
  }

  #printStatement({
    atMs,
    text,
    parameters,
  }: PlaybackEvent & { readonly kind: 'statement' }): void {
    const { style, print } = this.#bound();
    print('');
    print(`${style('dim', formatOffset(atMs))} ${style('bold', escapeText(text))}`);
    for (const [index, value] of (parameters ?? []).entries()) {
      print(style('dim', `  $${index + 1} = ${value === null ? 'null' : escapeLine(value)}`));
    }
  }

  #printMessage(event: PlaybackEvent & { readonly kind: 'error' | 'notice' }): void {
    const { style, print } = this.#bound();
    const colour = event.kind === 'error' ? 'red' : 'yellow';
    print(style(colour, escapeLine(`${event.severity}:  ${event.code}: ${event.message}`)));
    if (event.detail !== undefined) print(style(colour, escapeLine(`DETAIL:  ${event.detail}`)));
    if (event.hint !== undefined) print(style(colour, escapeLine(`HINT:  ${event.hint}`)));
  }

  #printRows(): void {
    if (this.#rows.length === 0) return;
    const widest = this.#rows.reduce((most, { length }) => Math.max(most, length), 0);
    const names = Array.from(
      { length: Math.max(widest, this.#columns.length) },
      (_, index) => this.#columns[index] ?? `column ${index + 1}`,
    );
    this.#terminal.print(formatTable(names, this.#rows));
    this.#rows = [];
  }

  #dim(text: string): void {
    this.#terminal.print(this.#terminal.style('dim', text));
  }

  #bound(): {
    readonly style: Terminal['style'];
    readonly print: Terminal['print'];
  } {
    const terminal = this.#terminal;
    return {
      style: (style, text) => terminal.style(style, text),
      print: (line) => terminal.print(line),
    };
  }
}

/** Since the session's start: `00:01:23.456`. */
function formatOffset(atMs: number): string {
  return new Date(atMs).toISOString().slice(11, 23);
}
