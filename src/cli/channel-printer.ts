import type { ChannelEvent } from '../api/playback-event.ts';
import { HarmlessOutput } from '../terminal/harmless-output.ts';
import type { Terminal } from './terminal.ts';
import { escapeLine, escapeText } from './terminal-text.ts';

type Opened = ChannelEvent & { readonly kind: 'opened' };
type GuestEvent = ChannelEvent & { readonly kind: 'guest' };
type FileEvent = ChannelEvent & { readonly kind: 'file' };

/**
 * Prints what happened in the channels of an SSH session. What programs wrote to a terminal is drawn where there
 * is one to draw on, by what is left of it that only draws; elsewhere it is text.
 */
export class ChannelPrinter {
  readonly #terminal: Terminal;
  /** Channels that have a terminal, with what makes their output fit to be shown. */
  readonly #drawn = new Map<number, HarmlessOutput>();

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  show(event: ChannelEvent): void {
    switch (event.kind) {
      case 'opened':
        this.#open(event);
        break;
      case 'output':
        this.#output(event.channel, event.text);
        break;
      case 'input':
      case 'resize':
      case 'screen':
        // What is typed shows in what is echoed; a terminal cannot be resized from within.
        break;
      case 'exit':
        this.#leave(event.channel);
        this.#say(event, `exit ${event.signal ?? String(event.status ?? '')}`);
        break;
      case 'file':
        this.#say(event, describeFile(event));
        break;
      case 'guest':
        if (!this.#drawn.has(event.channel)) this.#say(event, describeGuest(event));
        break;
      case 'command':
        // A line of a shell is on the screen already, where it is drawn.
        if (!this.#drawn.has(event.channel)) {
          const refused = event.decision === 'deny' ? ' (refused)' : '';
          this.#say(event, `$ ${event.text}${refused}`);
        }
        break;
    }
  }

  /** Gives the terminal back as it was. */
  finish(): void {
    for (const channel of this.#drawn.keys()) this.#leave(channel);
  }

  #open(event: Opened): void {
    const { what, text, account, terminal, channel } = event;
    const as = account === '' ? '' : ` as ${account}`;
    const size = terminal && `, ${terminal.columns}×${terminal.rows}`;
    this.#say(event, `${what}${text === '' ? '' : ` ${text}`}${as}${size ?? ''}`);
    if (terminal !== undefined && this.#terminal.draws) {
      this.#drawn.set(channel, new HarmlessOutput());
    }
  }

  #output(channel: number, text: string): void {
    const drawn = this.#drawn.get(channel);
    if (drawn !== undefined) return this.#terminal.write(drawn.push(text));
    this.#terminal.write(escapeText(text.replaceAll('\r\n', '\n')));
  }

  #leave(channel: number): void {
    const drawn = this.#drawn.get(channel);
    if (drawn === undefined) return;
    this.#terminal.write(`${drawn.end()}\r\n`);
    this.#drawn.delete(channel);
  }

  #say({ atMs, channel }: ChannelEvent, what: string): void {
    const offset = new Date(atMs).toISOString().slice(11, 23);
    this.#terminal.print(this.#terminal.style('dim', `${offset} [${channel}] ${escapeLine(what)}`));
  }
}

/** What somebody who takes part in a shell of another does there. */
export function describeGuest({ name, what }: GuestEvent): string {
  switch (what) {
    case 'joined':
    case 'left':
      return `${name} ${what}`;
    case 'took':
    case 'gave':
      return `${name} ${what} the keyboard`;
  }
}

function describeFile({ action, via, path, newPath, outcome, bytes, sha256 }: FileEvent): string {
  return [
    `${action} ${path}`,
    ...(newPath === undefined ? [] : [`→ ${newPath}`]),
    ...(via === 'sftp' ? [] : [`by ${via}`]),
    ...(bytes === undefined ? [] : [`${bytes} bytes`]),
    ...(sha256 === undefined ? [] : [`sha256 ${sha256}`]),
    ...(outcome === 'done' ? [] : [`(${outcome})`]),
  ].join(' ');
}
