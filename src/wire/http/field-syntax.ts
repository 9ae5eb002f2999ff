/** By code: whether the character may stand in a `token` (RFC 9110 section 5.6.2). */
const TOKEN_CHARACTERS: Uint8Array = tableOf(
  "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
);

const SPACE = 0x20;
const TAB = 0x09;
const DELETE = 0x7f;

function tableOf(characters: string): Uint8Array {
  const table = new Uint8Array(256);
  for (const character of characters) table[character.charCodeAt(0)] = 1;
  return table;
}

/** Whether a `token` may hold the character; false for undefined. */
export function isTokenCode(code: number | undefined): boolean {
  return code !== undefined && TOKEN_CHARACTERS[code] === 1;
}

/** Whether the text from `start` to `end` is a `token`: one character or more, all of its set. */
export function isToken(text: string, start = 0, end: number = text.length): boolean {
  for (let at = start; at < end; at += 1) {
    if (TOKEN_CHARACTERS[text.charCodeAt(at)] !== 1) return false;
  }
  return end > start;
}

/**
 * Whether all of the text from `start` to `end` may stand in a field's value (RFC 9110 section 5.5):
 * no control but the tab, no character beyond latin1.
 */
export function isFieldText(text: string, start = 0, end: number = text.length): boolean {
  for (let at = start; at < end; at += 1) {
    const code = text.charCodeAt(at);
    if (code < SPACE ? code !== TAB : code === DELETE || code > 0xff) return false;
  }
  return true;
}

/** Whether `code` is a space or a tab (`OWS`, RFC 9110 section 5.6.3). */
export function isBlankCode(code: number): boolean {
  return code === SPACE || code === TAB;
}
