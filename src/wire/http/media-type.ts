import { isToken } from './field-syntax.ts';
import { trimBlanks } from './list-value.ts';

/** `name=value` behind a semicolon; the value may be in quotes. */
const PARAMETER =
  /^[ \t]*;[ \t]*([!#$%&'*+.^_`|~0-9A-Za-z-]+)=(?:([!#$%&'*+.^_`|~0-9A-Za-z-]+)|"((?:[^"\\]|\\.)*)")/;

/** `Content-Type` (RFC 9110 section 8.3). */
export interface MediaType {
  /** Such as `application/fhir+json`: type and subtype in lower case. */
  readonly essence: string;
  /** Names in lower case. */
  readonly parameters: ReadonlyMap<string, string>;
}

/**
 * Parses a media type; undefined if the text is none, or names a parameter twice: then nobody can say
 * what the body is.
 */
export function parseMediaType(value: string): MediaType | undefined {
  const semicolon = value.indexOf(';');
  const essence = trimBlanks(semicolon === -1 ? value : value.slice(0, semicolon)).toLowerCase();
  const [type, subtype, ...more] = essence.split('/');
  if (type === undefined || subtype === undefined || more.length > 0) return undefined;
  if (!isToken(type) || !isToken(subtype)) return undefined;
  const parameters = parseParameters(semicolon === -1 ? '' : value.slice(semicolon));
  return parameters === undefined ? undefined : { essence, parameters };
}

function parseParameters(text: string): ReadonlyMap<string, string> | undefined {
  const parameters = new Map<string, string>();
  let rest = text;
  for (;;) {
    // A semicolon may stand at the end, with nothing behind it.
    if (/^[ \t]*;?[ \t]*$/.test(rest)) return parameters;
    const match = PARAMETER.exec(rest);
    const name = match?.[1]?.toLowerCase();
    if (match === null || name === undefined || parameters.has(name)) return undefined;
    parameters.set(name, match[2] ?? (match[3] ?? '').replace(/\\(.)/g, '$1'));
    rest = rest.slice(match[0].length);
  }
}

/** The suffix that says what the format is written in (RFC 6839), such as `json`; empty if none. */
export function structuredSuffix({ essence }: MediaType): string {
  const plus = essence.lastIndexOf('+');
  return plus === -1 ? '' : essence.slice(plus + 1);
}

/** Of the text, in lower case; undefined if it is not named. */
export function charsetOf(mediaType: MediaType): string | undefined {
  return mediaType.parameters.get('charset')?.toLowerCase();
}
