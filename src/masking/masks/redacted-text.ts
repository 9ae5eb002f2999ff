/** What a redacted text becomes. */
export const REDACTED_TEXT = '[redacted]';

/** The same for a column of `charactersMax` characters: stars where the word has no room. */
export function redactedText(charactersMax: number = REDACTED_TEXT.length): string {
  return charactersMax < REDACTED_TEXT.length ? '*'.repeat(charactersMax) : REDACTED_TEXT;
}
