import { TokenKind } from '../content/json-grammar.ts';
import { ELEMENT_NAMES, RESOURCE_TYPES } from './element-types.ts';
import { findElement, type ObjectReader, readElement } from './rule.ts';

const TYPE = ELEMENT_NAMES.idOf('type');
const REFERENCE = ELEMENT_NAMES.idOf('reference');
const SLASH = 0x2f;
const UNDERSCORE = 0x5f;
const HASH_SIGN = 0x23;

/**
 * The type of what a reference leads to, as far as it says.
 *
 * @see https://hl7.org/fhir/R4/references.html#literal
 */
export function typeOfReference(object: ObjectReader): string | undefined {
  const type = readElement(object, TYPE);
  if (RESOURCE_TYPES.has(type)) return type;
  const value = findElement(object, object.token, REFERENCE);
  if (value === -1) return undefined;
  const named = isPlain(object, value) ? findTypeIn(object, value) : readTypeIn(object);
  return named !== undefined && RESOURCE_TYPES.has(named) ? named : undefined;
}

/** The id that a literal reference ends with. */
export function idOfReference(object: ObjectReader): string {
  const reference = withoutVersion(readElement(object, REFERENCE));
  return reference.slice(reference.lastIndexOf('/') + 1);
}

/** Where the id of a literal reference stands in the bytes; undefined if its text has to be read for that. */
export function findIdOfReference(
  object: ObjectReader,
): { readonly start: number; readonly end: number } | undefined {
  const { tape, bytes } = object;
  const value = findElement(object, object.token, REFERENCE);
  if (value === -1 || !isPlain(object, value)) return undefined;
  const end = (tape.ends[value] as number) - 1;
  return { start: slashBefore(bytes, (tape.starts[value] as number) + 1, end) + 1, end };
}

/** Whether a reference leads to something within its resource. */
export function isLocalReference(object: ObjectReader): boolean {
  const { tape, bytes } = object;
  const value = findElement(object, object.token, REFERENCE);
  if (value === -1) return false;
  if (tape.kinds[value] === TokenKind.escapedString) {
    return tape.textOf(bytes, value).startsWith('#');
  }
  return (
    tape.kinds[value] === TokenKind.string &&
    bytes[(tape.starts[value] as number) + 1] === HASH_SIGN
  );
}

/** Whether a reference is written as it is meant, and has no version: no `_` in it, which versions have. */
function isPlain({ tape, bytes }: ObjectReader, value: number): boolean {
  if (tape.kinds[value] !== TokenKind.string) return false;
  const end = tape.ends[value] as number;
  for (let offset = tape.starts[value] as number; offset < end; offset++) {
    if (bytes[offset] === UNDERSCORE) return false;
  }
  return true;
}

/** What stands between the last slash and the one in front of it, or the start. */
function findTypeIn({ tape, bytes, texts }: ObjectReader, value: number): string | undefined {
  const start = (tape.starts[value] as number) + 1;
  const last = slashBefore(bytes, start, (tape.ends[value] as number) - 1);
  if (last <= start) return undefined;
  return texts.find(bytes, slashBefore(bytes, start, last) + 1, last);
}

/** Where the last slash in front of `end` is; in front of `start` if there is none. */
function slashBefore(bytes: Buffer, start: number, end: number): number {
  let offset = end - 1;
  while (offset >= start && bytes[offset] !== SLASH) offset -= 1;
  return offset;
}

function readTypeIn(object: ObjectReader): string | undefined {
  const reference = withoutVersion(readElement(object, REFERENCE));
  const last = reference.lastIndexOf('/');
  return last <= 0 ? undefined : reference.slice(reference.lastIndexOf('/', last - 1) + 1, last);
}

function withoutVersion(reference: string): string {
  const version = reference.indexOf('/_history/');
  return version === -1 ? reference : reference.slice(0, version);
}
