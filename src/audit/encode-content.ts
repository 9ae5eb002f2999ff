import { hash } from 'node:crypto';
import { encodeFields, fits } from './encode-fields.ts';
import { LedgerError } from './ledger-error.ts';
import type { ContentFields } from './ledger-port.ts';

/** Bytes of one content, UTF-8. */
export const CONTENT_BYTES_MAX = 65_536;

const NOTHING: ReadonlySet<string> = new Set();

/**
 * The text of a content before it is sealed: one JSON object. If it would exceed its limit, its `text` is
 * cut at the end, between two code points, and length and digest of the whole stand beside it. If that is not enough, a
 * digest takes the place of its `parameters`.
 *
 * @throws {LedgerError} `ERR_LEDGER_ENTRY` if it exceeds its limit with the text cut to nothing.
 * @see docs/ledger-format.md
 */
export function encodeContent(content: ContentFields): string {
  if (content.text === undefined || content.text.length <= CONTENT_BYTES_MAX) {
    const whole = joinContent(content);
    if (fits(whole, CONTENT_BYTES_MAX)) return whole;
  }
  return encodeCut(content) ?? encodeWithoutParameters(content);
}

function encodeWithoutParameters(content: ContentFields): string {
  const { parameters, ...rest } = content;
  if (Array.isArray(parameters)) {
    const parametersCount = parameters.length;
    const parametersSha256 = hash('sha256', JSON.stringify(parameters), 'hex');
    return encodeContent({ ...rest, parametersCount, parametersSha256, parametersCut: true });
  }
  throw new LedgerError(
    'ERR_LEDGER_ENTRY',
    `Cannot encode the content of an entry: more than ${CONTENT_BYTES_MAX} bytes beside its text`,
  );
}

/** Undefined if it would exceed its limit with the text cut to nothing. */
function encodeCut(content: ContentFields): string | undefined {
  const text = content.text ?? '';
  const { textBytes = Buffer.byteLength(text), textSha256 = hash('sha256', text, 'hex') } = content;
  const cut = { ...content, text: '', textBytes, textSha256, textCut: true };
  const withoutText = Buffer.byteLength(joinContent(cut));
  if (text === '' || withoutText > CONTENT_BYTES_MAX) return undefined;
  cut.text = text.slice(0, unitsThatFit(text, CONTENT_BYTES_MAX - withoutText));
  return joinContent(cut);
}

function joinContent(content: { readonly [field: string]: unknown }): string {
  return `{${encodeFields(content, NOTHING).slice(1)}}`;
}

/** How many UTF-16 units from the start take at most `bytesMax` as JSON in UTF-8; never half a code point. */
function unitsThatFit(text: string, bytesMax: number): number {
  let bytes = 0;
  let index = 0;
  while (index < text.length) {
    const codePoint = text.codePointAt(index) ?? 0;
    bytes += escapedBytes(codePoint);
    if (bytes > bytesMax) break;
    index += codePoint > 0xffff ? 2 : 1;
  }
  return index;
}

/** Backspace, tab, line feed, form feed, return, quote and backslash: a backslash and one more character. */
const SHORT_ESCAPES: ReadonlySet<number> = new Set([0x08, 0x09, 0x0a, 0x0c, 0x0d, 0x22, 0x5c]);

/** What `JSON.stringify` makes of one code point, counted in UTF-8. */
function escapedBytes(codePoint: number): number {
  if (SHORT_ESCAPES.has(codePoint)) return 2;
  if (codePoint < 0x20) return 6;
  if (codePoint < 0x80) return 1;
  if (codePoint < 0x800) return 2;
  if (codePoint >= 0xd800 && codePoint <= 0xdfff) return 6;
  return codePoint > 0xffff ? 4 : 3;
}
