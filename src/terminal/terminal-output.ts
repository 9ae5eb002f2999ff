import type { Screen, ScreenSize } from './screen.ts';

/** What a program writes to a terminal, on its way to the client. */
export interface TerminalOutput {
  /** As the program drew it, whatever the client is shown of it. */
  readonly screen: Screen;
  /** Whether output waits for what comes next. */
  readonly isHolding: boolean;
  /** Takes output of the program, and returns what may be shown now. */
  push(bytes: Buffer): Buffer;
  /** Returns what is held back: nothing came for a while. */
  flush(): Buffer;
  /** Returns the rest: nothing comes any more. */
  end(): Buffer;
  /** Draws what the gateway itself tells the client, and returns it behind what was held back. */
  insert(bytes: Buffer): Buffer;
  resize(size: ScreenSize): Buffer;
}
