import { ContentFormatError } from '../content-masker.ts';

/** What separates the parts of a message, and how a text says that it means one of them. */
export interface Hl7Delimiters {
  readonly field: string;
  readonly component: string;
  readonly repetition: string;
  /** Empty: there is none. */
  readonly escape: string;
  readonly subcomponent: string;
}

const DELIMITER = /^[!-/:-@[-`{-~]$/;
/** MSH-2 has three to five characters: the fifth, of version 2.7, says that a text was cut. */
const ENCODING_MIN = 3;
const ENCODING_MAX = 5;

/**
 * Reads the delimiters off a segment MSH, BHS or FHS.
 *
 * @throws {ContentFormatError} If they are not what others would take them for as well.
 */
export function readDelimiters(segment: string): Hl7Delimiters {
  const field = segment.charAt(3);
  const encoding = segment.slice(4).split(field, 1)[0] ?? '';
  const all = [field, ...encoding.split('')];
  const isClear =
    encoding.length >= ENCODING_MIN &&
    encoding.length <= ENCODING_MAX &&
    new Set(all).size === all.length &&
    all.every((character) => DELIMITER.test(character));
  if (!isClear) throw new ContentFormatError('HL7 v2', 'its delimiters are not distinct signs');
  const [component = '', repetition = '', escape = '', subcomponent = ''] = encoding;
  return { field, component, repetition, escape, subcomponent };
}

/** What an escape sequence means; undefined: it is about how a text looks. */
function meaningOf(sequence: string, delimiters: Hl7Delimiters): string | undefined {
  switch (sequence) {
    case 'F':
      return delimiters.field;
    case 'S':
      return delimiters.component;
    case 'R':
      return delimiters.repetition;
    case 'E':
      return delimiters.escape;
    case 'T':
      return delimiters.subcomponent;
    case '.br':
      return '\n';
    case '.sp':
      return '\n';
    default:
      return undefined;
  }
}

/**
 * What a text means, without what says how it looks.
 *
 * @throws {ContentFormatError} If it is in another character set than the message, or an escape does not end.
 * @see HL7 v2.5.1, section 2.7
 */
export function unescapeHl7(text: string, delimiters: Hl7Delimiters): string {
  const { escape } = delimiters;
  if (escape === '' || !text.includes(escape)) return text;
  const parts = text.split(escape);
  if (parts.length % 2 === 0) throw new ContentFormatError('HL7 v2', 'escape without an end');
  return parts
    .map((part, index) => {
      if (index % 2 === 0) return part;
      if (/^[CM][0-9A-Fa-f]+$/.test(part)) {
        throw new ContentFormatError('HL7 v2', 'text in a character set of its own');
      }
      if (/^X(?:[0-9A-Fa-f]{2})+$/.test(part)) {
        return Buffer.from(part.slice(1), 'hex').toString('latin1');
      }
      return meaningOf(part, delimiters) ?? '';
    })
    .join('');
}

/** Writes a text so that nothing in it separates anything. */
export function escapeHl7(text: string, delimiters: Hl7Delimiters): string {
  const { field, component, repetition, escape, subcomponent } = delimiters;
  const sequences = new Map([
    [field, 'F'],
    [component, 'S'],
    [repetition, 'R'],
    [escape, 'E'],
    [subcomponent, 'T'],
    ['\n', '.br'],
    ['\r', '.br'],
  ]);
  return Array.from(text, (character) => {
    const sequence = sequences.get(character);
    if (sequence === undefined) return character;
    return escape === '' ? ' ' : `${escape}${sequence}${escape}`;
  }).join('');
}
