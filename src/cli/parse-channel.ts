import { CliError, EXIT } from './cli-error.ts';

/** The number of a channel, from an option. @throws {CliError} If it is none. */
export function parseChannel(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new CliError(EXIT.usage, 'The channel must be a number, such as 0');
}
