import xterm from '@xterm/headless';

/** What a terminal shows. */
export interface ShownTerminal {
  /** Rows of the screen, without blanks at their ends. */
  readonly rows: readonly string[];
  /** From 0. */
  readonly cursor: { readonly row: number; readonly column: number };
}

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** A terminal of another make, to hold ours against. */
export class TerminalScreen {
  readonly #terminal: xterm.Terminal;

  constructor({ columns, rows }: TerminalSize) {
    this.#terminal = new xterm.Terminal({
      cols: columns,
      rows,
      scrollback: 0,
      allowProposedApi: true,
    });
  }

  write(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve) => this.#terminal.write(bytes, resolve));
  }

  read(): ShownTerminal {
    const buffer = this.#terminal.buffer.active;
    return {
      rows: Array.from({ length: this.#terminal.rows }, (_, row) => {
        const line = buffer.getLine(buffer.baseY + row);
        return line?.translateToString(true).trimEnd() ?? '';
      }),
      cursor: { row: buffer.cursorY, column: buffer.cursorX },
    };
  }

  resize({ columns, rows }: TerminalSize): void {
    this.#terminal.resize(columns, rows);
  }

  dispose(): void {
    this.#terminal.dispose();
  }
}

/** What is shown after the chunks were written. */
export async function showInTerminal(
  chunks: readonly Uint8Array[],
  size: TerminalSize,
): Promise<ShownTerminal> {
  const screen = new TerminalScreen(size);
  for (const chunk of chunks) await screen.write(chunk);
  const shown = screen.read();
  screen.dispose();
  return shown;
}
