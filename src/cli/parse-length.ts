import { parseDuration } from '../configuration/quantity.ts';
import { CliError, EXIT } from './cli-error.ts';

/**
 * How long something is to last, such as `1h`; in whole seconds.
 *
 * @throws {CliError} If it is no duration.
 */
export function parseLength(text: string): number {
  const lengthMs = parseDuration(text);
  if (lengthMs !== undefined && lengthMs >= 1_000) return Math.floor(lengthMs / 1_000);
  throw new CliError(EXIT.usage, 'How long must be a duration such as 30m or 8h');
}
