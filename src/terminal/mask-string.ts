import type { Detectors } from '../masking/detectors/detectors.ts';
import type { StringKind } from './terminal-tokenizer.ts';

/** Colours, and what a terminal may be asked of them. */
const COLOURS: ReadonlySet<string> = new Set([
  '4',
  '5',
  '10',
  '11',
  '12',
  '13',
  '14',
  '15',
  '16',
  '17',
  '18',
  '19',
  '104',
  '105',
  '110',
  '111',
  '112',
  '113',
  '114',
  '115',
  '116',
  '117',
  '118',
  '119',
]);
/** Titles, the working directory, links, notifications, marks of shells: text, in which values are looked for. */
const TEXTS: ReadonlySet<string> = new Set(['0', '1', '2', '7', '8', '9', '133', '633', '777']);
const NUMBER = /^(\d{1,4})(?=;|$)/;
/** Questions about settings and capabilities. */
const DCS_QUESTION = /^[$+]q[\w;. -]*$/;
const CONTROL = /[\0-\x1f\x7f-\x9f]/;

/**
 * A control string as it may be sent to somebody who may not see everything; undefined if it may not: the clipboard,
 * pictures, and whatever else cannot be looked through.
 */
export function maskString(
  kind: StringKind,
  body: Buffer,
  detectors: Detectors,
): string | undefined {
  const text = body.toString('utf8');
  if (CONTROL.test(text)) return undefined;
  if (kind === 'dcs') return DCS_QUESTION.test(text) ? `\x1bP${text}\x1b\\` : undefined;
  if (kind !== 'osc') return undefined;
  const number = NUMBER.exec(text)?.[1];
  if (number === undefined) return undefined;
  if (COLOURS.has(number)) return `\x1b]${text}\x1b\\`;
  if (!TEXTS.has(number)) return undefined;
  const masked = detectors.redact(body, 0, body.length)?.toString('utf8') ?? text;
  return `\x1b]${masked}\x1b\\`;
}
