import type { Terminal } from './terminal.ts';
import { escapeLine } from './terminal-text.ts';

/** Says what is wrong with somebody, a line each. */
export function sayProblems(
  terminal: Pick<Terminal, 'say'>,
  name: string,
  problems: readonly string[],
): void {
  for (const problem of problems) terminal.say(escapeLine(`${name}: ${problem}`));
}
