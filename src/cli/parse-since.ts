import { parseDuration } from '../configuration/quantity.ts';
import { CliError, EXIT } from './cli-error.ts';

/**
 * Where a list starts: an instant in ISO 8601, or a duration back from now such as `24h`.
 *
 * @param what What it is called where it is neither.
 * @returns Milliseconds since the Unix epoch.
 * @throws {CliError} If it is neither.
 */
export function parseSince(text: string, nowMs: number, what = 'The start'): number {
  const agoMs = parseDuration(text);
  const sinceMs = agoMs === undefined ? Date.parse(text) : nowMs - agoMs;
  if (!Number.isNaN(sinceMs)) return sinceMs;
  throw new CliError(
    EXIT.usage,
    `${what} must be a duration such as 24h, or an instant such as 2026-01-31T12:00:00Z`,
  );
}
