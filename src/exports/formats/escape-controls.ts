// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not pass
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: the same, and halves of characters
const SPECIAL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\ud800-\udfff]/;

const SHORT: ReadonlyMap<string, string> = new Map([
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
]);

/**
 * Writes every character that could end a line or steer a terminal as a backslash and its name (`\n`, `\u001b`), so that
 * whatever a client sent stays on the line of its own event.
 */
export function escapeControls(text: string): string {
  if (!SPECIAL.test(text)) return text;
  return text.toWellFormed().replace(CONTROLS, (control) => {
    const code = control.codePointAt(0) ?? 0;
    return SHORT.get(control) ?? `\\u${code.toString(16).padStart(4, '0')}`;
  });
}
