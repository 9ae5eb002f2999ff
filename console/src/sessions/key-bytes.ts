/** What is looked at of a key. */
export type PressedKey = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'altKey' | 'metaKey' | 'shiftKey'>;

const ESCAPE = '\x1b';
/** As xterm sends them. */
const NAMED: ReadonlyMap<string, string> = new Map([
  ['Enter', '\r'],
  ['Tab', '\t'],
  ['Backspace', '\x7f'],
  ['Escape', ESCAPE],
  ['ArrowUp', `${ESCAPE}[A`],
  ['ArrowDown', `${ESCAPE}[B`],
  ['ArrowRight', `${ESCAPE}[C`],
  ['ArrowLeft', `${ESCAPE}[D`],
  ['Home', `${ESCAPE}[H`],
  ['End', `${ESCAPE}[F`],
  ['Insert', `${ESCAPE}[2~`],
  ['Delete', `${ESCAPE}[3~`],
  ['PageUp', `${ESCAPE}[5~`],
  ['PageDown', `${ESCAPE}[6~`],
]);

/** What a terminal sends for a key; undefined for what is none: the page or the browser has it then. */
export function encodeKey({
  key,
  ctrlKey,
  altKey,
  metaKey,
  shiftKey,
}: PressedKey): string | undefined {
  // Shift+Tab leaves the terminal: nobody is to be trapped in it.
  if (metaKey || (key === 'Tab' && shiftKey)) return undefined;
  const plain = NAMED.get(key) ?? (/^.$/su.test(key) ? key : undefined);
  if (plain === undefined) return undefined;
  const sent = ctrlKey ? encodeControl(plain) : plain;
  return sent !== undefined && altKey ? `${ESCAPE}${sent}` : sent;
}

/** The control character of a letter and of `@[\]^_`; Ctrl and another key is none. */
function encodeControl(key: string): string | undefined {
  if (key === ' ') return '\0';
  const code = key.toUpperCase().charCodeAt(0);
  return key.length === 1 && code >= 0x40 && code <= 0x5f
    ? String.fromCharCode(code - 0x40)
    : undefined;
}

/** What is sent for text that is pasted: lines end as Enter ends them. */
export function encodePaste(text: string): string {
  return text.replaceAll(/\r?\n/g, '\r');
}
