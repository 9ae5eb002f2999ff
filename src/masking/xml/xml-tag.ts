import { ContentFormatError } from '../content-masker.ts';
import { isXmlName } from './xml-names.ts';

const ATTRIBUTES_MAX = 256;
const NAME_END = /[\s=/>]/;
const SPACE = /^[\t\n\r ]$/;

/** An attribute, where it stands in its tag. */
export interface XmlAttribute {
  /** With its prefix. */
  readonly name: string;
  /** As written, between the quotes. */
  readonly written: string;
  readonly start: number;
  readonly end: number;
}

/** A tag that starts an element. */
export interface XmlStartTag {
  /** With its prefix. */
  readonly name: string;
  readonly attributes: readonly XmlAttribute[];
  /** Whether it ends the element as well. */
  readonly isEmpty: boolean;
}

/**
 * Parses a tag.
 *
 * @param tag From its first sign to its last.
 * @throws {ContentFormatError} If it is none, or has an attribute twice.
 */
export function parseStartTag(tag: string): XmlStartTag {
  const isEmpty = tag.endsWith('/>');
  const end = tag.length - (isEmpty ? 2 : 1);
  let at = findNameEnd(tag, 1, end);
  const name = tag.slice(1, at);
  if (!isXmlName(name)) throw malformed('a tag without a name');
  const attributes: XmlAttribute[] = [];
  const names = new Set<string>();
  for (;;) {
    const start = skipSpace(tag, at, end);
    if (start === end) break;
    if (start === at) throw malformed('attributes without a space between them');
    const attribute = parseAttribute(tag, start, end);
    if (names.has(attribute.name) || names.size === ATTRIBUTES_MAX) {
      throw malformed('an attribute twice, or too many of them');
    }
    names.add(attribute.name);
    attributes.push(attribute);
    at = attribute.end + 1;
  }
  return { name, attributes, isEmpty };
}

/** The name in a tag that ends an element. @throws {ContentFormatError} */
export function parseEndTag(tag: string): string {
  const end = tag.length - 1;
  const nameEnd = findNameEnd(tag, 2, end);
  const name = tag.slice(2, nameEnd);
  if (!isXmlName(name) || skipSpace(tag, nameEnd, end) !== end) {
    throw malformed('a tag without a name');
  }
  return name;
}

function parseAttribute(tag: string, start: number, end: number): XmlAttribute {
  const nameEnd = findNameEnd(tag, start, end);
  const name = tag.slice(start, nameEnd);
  const equals = skipSpace(tag, nameEnd, end);
  const open = skipSpace(tag, equals + 1, end);
  const quote = tag.charAt(open);
  const close = quote === '"' || quote === "'" ? tag.indexOf(quote, open + 1) : -1;
  const isRead = isXmlName(name) && tag.charAt(equals) === '=' && close !== -1 && close < end;
  if (!isRead) throw malformed('an attribute that cannot be read');
  const written = tag.slice(open + 1, close);
  if (written.includes('<')) throw malformed('a tag within an attribute');
  return { name, written, start: open + 1, end: close };
}

function findNameEnd(tag: string, start: number, end: number): number {
  let at = start;
  while (at < end && !NAME_END.test(tag.charAt(at))) at += 1;
  return at;
}

function skipSpace(tag: string, start: number, end: number): number {
  let at = start;
  while (at < end && SPACE.test(tag.charAt(at))) at += 1;
  return at;
}

function malformed(reason: string): ContentFormatError {
  return new ContentFormatError('XML', reason);
}
