import { ContentFormatError } from '../content-masker.ts';

const ENTITIES: Readonly<Record<string, string>> = {
  ...{ amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" },
};
const REFERENCE = /&(?:#(?<decimal>\d{1,7})|#x(?<hex>[0-9A-Fa-f]{1,6})|(?<name>[a-z]{2,4}));|&/g;
/** What no document has, however it is written (XML 1.0, section 2.2). */
const FORBIDDEN = /[^\t\n\r -\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

/**
 * What character data or the value of an attribute means.
 *
 * @throws {ContentFormatError} If it refers to an entity that only a document type could define.
 */
export function decodeXmlText(written: string): string {
  checkXmlCharacters(written);
  if (!written.includes('&')) return written;
  return written.replaceAll(REFERENCE, (...match: unknown[]) => {
    const { decimal, hex, name } = match.at(-1) as Record<string, string | undefined>;
    const text = name === undefined ? decodePoint(decimal, hex) : (ENTITIES[name] ?? '');
    if (text === '') throw new ContentFormatError('XML', 'entity that is not known');
    checkXmlCharacters(text);
    return text;
  });
}

/** @throws {ContentFormatError} */
export function checkXmlCharacters(text: string): void {
  if (FORBIDDEN.test(text)) throw new ContentFormatError('XML', 'characters that XML has not');
}

/** Writes a text as character data, or as the value of an attribute within either quotes. */
export function encodeXmlText(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

function decodePoint(decimal: string | undefined, hex: string | undefined): string {
  if (decimal === undefined && hex === undefined) return '';
  const point = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal);
  return point > 0x10ffff ? '\0' : String.fromCodePoint(point);
}
