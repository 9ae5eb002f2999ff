/** Where a command talks to: the process's streams, or a test's. */
export interface TerminalStreams {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Whether standard output is a terminal, and colours are wanted. */
  readonly colours: boolean;
  /** Whether a person can be asked something. */
  readonly interactive: boolean;
  /** Whether standard output is a terminal that draws. Default: it is not. */
  readonly draws?: boolean;
}

type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow';

/** SGR parameters, ECMA-48 section 8.3.117. */
const STYLES: Readonly<Record<Style, number>> = {
  bold: 1,
  dim: 2,
  red: 31,
  green: 32,
  yellow: 33,
};

/** Prints results to standard output, and everything about them to standard error. */
export class Terminal {
  readonly #streams: TerminalStreams;

  constructor(streams: TerminalStreams) {
    this.#streams = streams;
  }

  get interactive(): boolean {
    return this.#streams.interactive;
  }

  get draws(): boolean {
    return this.#streams.draws === true;
  }

  /** A part of the result, as it is. */
  write(text: string): void {
    this.#streams.out(text);
  }

  /** A line of the result. */
  print(line: string): void {
    this.#streams.out(`${line}\n`);
  }

  printJson(value: unknown): void {
    this.#streams.out(`${JSON.stringify(value, undefined, 2)}\n`);
  }

  /** A line about the result, for people. */
  say(line: string): void {
    this.#streams.err(`${line}\n`);
  }

  style(style: Style, text: string): string {
    return this.#streams.colours ? `\u001b[${STYLES[style]}m${text}\u001b[0m` : text;
  }
}
