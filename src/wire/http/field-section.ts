import { FieldList } from './field-list.ts';
import { isFieldText, isToken } from './field-syntax.ts';
import { HttpMessageError } from './http-message-error.ts';
import { trimBlanks } from './list-value.ts';

/** Of one head or one set of trailers. */
export const FIELDS_MAX = 100;

/**
 * Names as they are mostly written, so that they need no check and are one string each: by name.
 * Nothing that a peer sends is ever added.
 */
const KNOWN_NAMES: ReadonlyMap<string, string> = new Map(
  [
    'Accept Accept-Encoding Accept-Language Accept-Ranges Age Allow Authorization Cache-Control',
    'Connection Content-Disposition Content-Encoding Content-Language Content-Length',
    'Content-Location Content-Range Content-Security-Policy Content-Type Cookie Date ETag Expect',
    'Expires Host If-Match If-Modified-Since If-None-Match If-Range If-Unmodified-Since Keep-Alive',
    'Last-Modified Link Location Origin Pragma Range Referer Retry-After Sec-Fetch-Dest',
    'Sec-Fetch-Mode Sec-Fetch-Site Sec-WebSocket-Accept Sec-WebSocket-Extensions',
    'Sec-WebSocket-Key Sec-WebSocket-Protocol Sec-WebSocket-Version Server Set-Cookie',
    'Strict-Transport-Security TE Trailer Transfer-Encoding Upgrade User-Agent Vary Via',
    'WWW-Authenticate X-Content-Type-Options X-Request-Id X-Sallyport-Token',
  ]
    .flatMap((line) => line.split(' '))
    .flatMap((name) => [
      [name, name.toLowerCase()],
      [name.toLowerCase(), name.toLowerCase()],
    ]),
);

/**
 * Decodes the lines of a head behind its first, or of trailers (RFC 9112 section 5).
 *
 * @param text All of the section in latin1: its last characters are the empty line.
 * @param start Where its first field starts in `text`.
 * @throws {HttpMessageError} For folded lines, blanks around a name, controls, too many fields.
 */
export function decodeFieldSection(text: string, start: number, messageName: string): FieldList {
  const parts: string[] = [];
  let at = start;
  for (;;) {
    const lineEnd = text.indexOf('\r\n', at);
    if (lineEnd === -1) throw new HttpMessageError(messageName, 'ends inside a line');
    if (lineEnd === at) break;
    if (parts.length === FIELDS_MAX * 2) {
      throw new HttpMessageError(messageName, `has more than ${FIELDS_MAX} fields`, 431);
    }
    const colon = text.indexOf(':', at);
    if (colon === -1 || colon > lineEnd) {
      throw new HttpMessageError(messageName, 'has a line without a colon');
    }
    parts.push(decodeName(text, at, colon, messageName));
    parts.push(decodeValue(text, colon + 1, lineEnd, messageName));
    at = lineEnd + 2;
  }
  if (at + 2 !== text.length) throw new HttpMessageError(messageName, 'goes on behind its end');
  return FieldList.ofChecked(parts);
}

function decodeName(text: string, start: number, end: number, messageName: string): string {
  const name = text.slice(start, end);
  const known = KNOWN_NAMES.get(name);
  if (known !== undefined) return known;
  // A blank in front is a folded line, one behind is how two parsers come to disagree.
  if (!isToken(name)) throw new HttpMessageError(messageName, 'has a field whose name is no token');
  return name.toLowerCase();
}

function decodeValue(text: string, start: number, end: number, messageName: string): string {
  if (!isFieldText(text, start, end)) {
    throw new HttpMessageError(messageName, 'has a control character in a field');
  }
  return trimBlanks(text.slice(start, end));
}
