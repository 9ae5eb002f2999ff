import { isAscii, isUtf8 } from 'node:buffer';
import type { FieldMask, MaskedValue } from './field-mask.ts';

/** How the target writes text to the client. */
export interface TextEncoding {
  /** The Encoding Standard's name for it; undefined: it has none, or is not known. */
  readonly label: string | undefined;
}

/** What the detectors read. */
export const UTF8: TextEncoding = { label: 'utf-8' };
const UNKNOWN: TextEncoding = { label: undefined };
/** What is in a database that says nothing of it, where it is not UTF-8: most often one byte for each letter. */
const UNSAID: TextEncoding = { label: 'windows-1252' };

/** What is written in place of a letter that was not in the value. */
const NO_LETTER = 0x3f;

/** PostgreSQL's names of encodings, without what stands between letters and digits, and the names of those that hold all of theirs. */
const LABELS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    'utf-8': 'utf8 unicode',
    'windows-1252': 'latin1 iso88591 win1252',
    'iso-8859-2': 'latin2 iso88592',
    'iso-8859-3': 'latin3 iso88593',
    'iso-8859-4': 'latin4 iso88594',
    'iso-8859-5': 'iso88595',
    'iso-8859-6': 'iso88596',
    'iso-8859-7': 'iso88597',
    'iso-8859-8': 'iso88598',
    'windows-1254': 'latin5 iso88599 win1254',
    'iso-8859-10': 'latin6 iso885910',
    'iso-8859-13': 'latin7 iso885913',
    'iso-8859-14': 'latin8 iso885914',
    'iso-8859-15': 'latin9 iso885915',
    'iso-8859-16': 'latin10 iso885916',
    'windows-1250': 'win1250',
    'windows-1251': 'win1251 win',
    'windows-1253': 'win1253',
    'windows-1255': 'win1255',
    'windows-1256': 'win1256',
    'windows-1257': 'win1257',
    'windows-1258': 'win1258 abc tcvn tcvn5712 vscii',
    'windows-874': 'win874',
    ibm866: 'win866 alt',
    'koi8-r': 'koi8r koi8',
    'koi8-u': 'koi8u',
    shift_jis: 'sjis shiftjis mskanji win932 windows932',
    'euc-jp': 'eucjp',
    'euc-kr': 'euckr uhc win949 windows949',
    gbk: 'gbk euccn win936 windows936',
    gb18030: 'gb18030',
    big5: 'big5 win950 windows950',
  }).flatMap(([label, names]) => names.split(' ').map((name) => [name, label] as const)),
);

/**
 * The encoding that PostgreSQL calls so.
 *
 * @param ofServer What the server calls its own: as it is there, text goes to who asks for `SQL_ASCII`.
 */
export function textEncodingOf(name: string, ofServer: string): TextEncoding {
  const plain = plainName(name);
  if (plain !== 'sqlascii') return encodingOf(plain);
  const server = plainName(ofServer);
  return server === 'sqlascii' ? UNSAID : encodingOf(server);
}

function encodingOf(plain: string): TextEncoding {
  const label = LABELS.get(plain);
  return label === undefined ? UNKNOWN : { label };
}

/** As the server compares names of encodings. */
function plainName(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/gu, '');
}

/**
 * Masks a value in another encoding as if it were UTF-8. Null: nobody can read it.
 *
 * What is UTF-8 is also read as it is: the encoding may have been changed by what is in flight, and a server that does not know its
 * own hands on what it has.
 */
export function maskEncoded(encoding: TextEncoding, mask: FieldMask, value: Buffer): MaskedValue {
  if (isUtf8(value)) {
    const masked = mask(value, 0, value.length);
    if (masked !== undefined || encoding.label === UTF8.label || isAscii(value)) return masked;
  }
  const text = toUtf8(encoding, value);
  if (text === undefined) return null;
  const masked = mask(text, 0, text.length);
  return masked && fromUtf8(encoding, masked, value);
}

/** The same letters in UTF-8: as they are, where they are in it. Undefined where it is not known what the bytes say. */
export function readText(encoding: TextEncoding, bytes: Buffer): Buffer | undefined {
  const isSaid = encoding.label !== UTF8.label && encoding !== UNSAID;
  return isSaid ? toUtf8(encoding, bytes) : isUtf8(bytes) ? bytes : toUtf8(encoding, bytes);
}

/** Undefined where it is not known what the bytes say. */
export function toUtf8({ label }: TextEncoding, bytes: Buffer): Buffer | undefined {
  if (isAscii(bytes)) return bytes;
  if (label === undefined) return undefined;
  try {
    return Buffer.from(new TextDecoder(label, { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

/**
 * What was made of a text, in the encoding of that text.
 *
 * @param original Where its letters beyond ASCII are from.
 */
export function fromUtf8({ label }: TextEncoding, changed: Buffer, original: Buffer): Buffer {
  if (isAscii(changed) || label === UTF8.label) return changed;
  const written = label === undefined ? new Map<string, Buffer>() : lettersOf(label, original);
  const parts: Buffer[] = [];
  for (const letter of changed.toString('utf8')) {
    const code = letter.charCodeAt(0);
    parts.push(code < 0x80 ? Buffer.of(code) : (written.get(letter) ?? Buffer.of(NO_LETTER)));
  }
  return Buffer.concat(parts);
}

/** How each letter of a text is written. */
function lettersOf(label: string, bytes: Buffer): ReadonlyMap<string, Buffer> {
  const letters = new Map<string, Buffer>();
  const decoder = new TextDecoder(label, { ignoreBOM: true });
  let start = 0;
  for (let offset = 0; offset < bytes.length; offset++) {
    const letter = decoder.decode(bytes.subarray(offset, offset + 1), { stream: true });
    if (letter === '') continue;
    letters.set(letter, bytes.subarray(start, offset + 1));
    start = offset + 1;
  }
  return letters;
}
