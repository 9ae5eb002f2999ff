import { createInterface } from 'node:readline';
import type { ReadStream, WriteStream } from 'node:tty';
import { CliError, EXIT } from './cli-error.ts';

/** Asks one question in a terminal. What is typed is not shown when `hidden`. */
export function askTerminal(
  input: ReadStream,
  output: WriteStream,
  question: string,
  hidden: boolean,
): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  output.write(question);
  // Without an output, readline edits the line and echoes nothing.
  const lines = createInterface({ input, terminal: true, ...(!hidden && { output }) });
  let answered = false;
  lines.once('line', (line) => {
    answered = true;
    lines.close();
    if (hidden) output.write('\n');
    resolve(line);
  });
  lines.once('close', () => {
    if (!answered) reject(new CliError(EXIT.interrupted, 'Interrupted: nothing was done'));
  });
  lines.once('SIGINT', () => lines.close());
  return promise;
}
