/** UTF-8 needs at most three bytes for one UTF-16 code unit. */
const UTF8_BYTES_PER_UNIT_MAX = 3;

/**
 * Fields as JSON, each behind a comma, as `JSON.stringify` writes them. What it leaves out of an object is
 * left out here.
 */
export function encodeFields(
  fields: { readonly [field: string]: unknown },
  leftOut: ReadonlySet<string>,
): string {
  let json = '';
  for (const key in fields) {
    if (leftOut.has(key)) continue;
    const value = encodeValue(fields[key]);
    if (value !== undefined) json += encodeKey(key) + value;
  }
  return json;
}

/** What `JSON.stringify` says of a value, undefined included; that alone is most of an entry's cost. */
function encodeValue(value: unknown): string | undefined {
  if (typeof value === 'string') return encodeString(value);
  if (!Array.isArray(value) || !Object.isFrozen(value)) return JSON.stringify(value);
  let json = listTexts.get(value);
  if (json === undefined) {
    json = JSON.stringify(value);
    if (value.every((element) => typeof element === 'string')) listTexts.set(value, json);
  }
  return json;
}

/** Of frozen lists of strings, which many entries share: what a statement does, and what permits it. */
const listTexts = new WeakMap<readonly unknown[], string>();

/** A string as JSON. Nearly all that is asked for needs no escape. */
export function encodeString(value: string): string {
  return ESCAPED.test(value) ? JSON.stringify(value) : `"${value}"`;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what JSON escapes
const ESCAPED = /["\\\u0000-\u001f\ud800-\udfff]/;

function encodeKey(key: string): string {
  const known = keyTexts.get(key);
  if (known !== undefined) return known;
  const text = `,${JSON.stringify(key)}:`;
  if (keyTexts.size < KEYS_MAX) keyTexts.set(key, text);
  return text;
}

/** The code names some dozens of fields. */
const KEYS_MAX = 1_000;
const keyTexts = new Map<string, string>();

/** Whether a text has at most so many bytes in UTF-8. */
export function fits(text: string, bytesMax: number): boolean {
  if (text.length * UTF8_BYTES_PER_UNIT_MAX <= bytesMax) return true;
  return Buffer.byteLength(text) <= bytesMax;
}
