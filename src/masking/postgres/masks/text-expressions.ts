import type { Mask } from '../../mask.ts';
import { AGE_MAX, oldestYear } from '../../masks/mask-context.ts';
import { RESTRICTED_ZIP_MASK, RESTRICTED_ZIPS } from '../../masks/restricted-zips.ts';
import {
  AGE_NUMBER,
  AGE_SHAPE,
  EMAIL_SHAPE,
  IPV4_SHAPE,
  IPV6_NETWORK,
  IPV6_SHAPE,
  SHAPE_BYTES_MAX,
  YEAR_FIRST_SHAPE,
  YEAR_LAST_SHAPE,
  ZIP_BYTES_MAX,
  ZIP_SHAPE,
} from '../../masks/text-shapes.ts';
import {
  apply,
  call,
  choose,
  concatenate,
  quoteLiteral,
  textLiteral,
  unlessNull,
} from './sql-text.ts';

/** Makes an expression of type `text` from a reference of type `text` with the collation C. */
export type TextExpression = (text: string) => string;

const NULL_TEXT = 'NULL::pg_catalog.text';

/** What a mask makes of text: `redacted` wherever it does not fit. Undefined for masks that have nothing to do with shapes. */
export function findTextExpression(
  mask: Mask,
  redacted: string,
  thisYear: number,
): TextExpression | undefined {
  switch (mask.kind) {
    case 'partial':
      return (text) => maskPartly(text, mask, redacted);
    case 'year':
    case 'date-shift':
      return (text) => maskYear(text, redacted, textLiteral(String(oldestYear(thisYear))));
    case 'age':
      return (text) => maskAge(text, redacted);
    case 'zip3':
      return (text) => maskZip(text, redacted);
    case 'email-domain':
      return (text) => maskEmail(text, redacted);
    case 'ip-prefix':
      return (text) => maskAddress(text, redacted);
    case 'redact':
    case 'null':
    case 'fixed':
    case 'bucket':
    case 'pseudonym':
    case 'vault':
      return undefined;
  }
}

function maskPartly(
  text: string,
  { keepStart, keepEnd }: Extract<Mask, { kind: 'partial' }>,
  redacted: string,
): string {
  const kept = keepStart + keepEnd;
  const length = call('length', text);
  const firstHidden = call('substr', text, String(keepStart + 1), '1');
  const stars = call(
    'repeat',
    textLiteral('*'),
    kept === 0 ? length : apply(length, '-', `${kept}`),
  );
  const shown = [
    ...(keepStart > 0 ? [call('left', text, String(keepStart))] : []),
    stars,
    ...(keepEnd > 0 ? [call('right', text, String(keepEnd))] : []),
  ];
  return choose(
    [
      [apply(length, '<=', String(kept)), redacted],
      [apply(firstHidden, '=', quoteLiteral('*')), redacted],
    ],
    shown.reduce((left, right) => concatenate(left, right)),
  );
}

function maskYear(text: string, redacted: string, oldest: string): string {
  const shown = (year: string): string => `GREATEST(${year}, ${oldest})`;
  return choose(
    [
      [`${text} IS NULL`, NULL_TEXT],
      [isLong(text), redacted],
      [matches(text, YEAR_FIRST_SHAPE), shown(call('left', text, '4'))],
      [matches(text, YEAR_LAST_SHAPE), shown(extract(text, YEAR_LAST_SHAPE))],
    ],
    redacted,
  );
}

function maskAge(text: string, redacted: string): string {
  const years = `${extract(text, AGE_NUMBER)}::pg_catalog.int4`;
  const shown = `LEAST(${years}, ${AGE_MAX})::pg_catalog.text`;
  return unlessNull(
    text,
    NULL_TEXT,
    choose(
      [
        [isLong(text), redacted],
        [misses(text, AGE_SHAPE), redacted],
      ],
      shown,
    ),
  );
}

function maskZip(text: string, redacted: string): string {
  const prefix = call('left', text, '3');
  const restricted = `'{${RESTRICTED_ZIPS.join(',')}}'::pg_catalog.text[]`;
  // Nearly all are five digits, which are found out for a third of what a regular expression costs.
  const length = call('octet_length', text);
  const rest = call('translate', text, quoteLiteral('0123456789'), quoteLiteral(''));
  const isShort = `${apply(length, '=', '5')} AND ${apply(rest, '=', quoteLiteral(''))}`;
  const isLong = `${apply(length, '<=', String(ZIP_BYTES_MAX))} AND ${matches(text, ZIP_SHAPE)}`;
  return choose(
    [
      [`NOT (${isShort} OR ${isLong})`, redacted],
      [`${prefix} OPERATOR(pg_catalog.=) ANY (${restricted})`, textLiteral(RESTRICTED_ZIP_MASK)],
    ],
    prefix,
  );
}

function maskEmail(text: string, redacted: string): string {
  const host = call('substr', text, call('strpos', text, quoteLiteral('@')));
  return choose(
    [
      [isLong(text), redacted],
      [misses(text, EMAIL_SHAPE), redacted],
    ],
    concatenate(quoteLiteral('*'), host),
  );
}

function maskAddress(text: string, redacted: string): string {
  // What follows the last dot goes; a regular expression would cost four times as much.
  const afterDot = apply('1', '-', call('strpos', call('reverse', text), quoteLiteral('.')));
  const ipv4 = concatenate(call('left', text, afterDot), quoteLiteral('0'));
  const start = `COALESCE(${extract(text, IPV6_NETWORK)}, ${textLiteral('')})`;
  return choose(
    [
      [`${text} IS NULL`, NULL_TEXT],
      [isLong(text), redacted],
      [matches(text, IPV4_SHAPE), ipv4],
      [matches(text, IPV6_SHAPE), concatenate(start, quoteLiteral('::'))],
    ],
    redacted,
  );
}

function isLong(text: string): string {
  return apply(call('octet_length', text), '>', String(SHAPE_BYTES_MAX));
}

function matches(text: string, shape: string): string {
  return apply(text, '~', quoteLiteral(shape));
}

function misses(text: string, shape: string): string {
  return apply(text, '!~', quoteLiteral(shape));
}

/** The group of a shape, or all that it matches if it has no group. */
function extract(text: string, shape: string): string {
  return call('substring', text, quoteLiteral(shape));
}
