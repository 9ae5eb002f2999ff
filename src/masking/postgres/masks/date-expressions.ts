import { oldestYear } from '../../masks/mask-context.ts';
import { apply, call, choose, quoteLiteral, textLiteral } from './sql-text.ts';

export type DateFamily = 'date' | 'timestamp' | 'timestamptz';

/** A day as a literal of the family's type. Times are UTC, so that the session's time zone says nothing. */
export function dayLiteral(family: DateFamily, day: string): string {
  const time = { date: '', timestamp: ' 00:00:00', timestamptz: ' 00:00:00+00' }[family];
  return `'${day}${time}'::pg_catalog.${family}`;
}

/** Dates from it on, `infinity` among them, are nobody's; and not all of them fit into a timestamp. */
const FUTURE = '10000-01-01';

/**
 * Between these every fourth year has a day more than the three after it, and is the first of the four: years begin at each 365.25
 * days, rounded up to whole ones.
 */
const EVEN_YEARS = { first: 1904, end: 2100 };

/** What a masked date depends on besides the date. */
export interface DateSurroundings {
  readonly redacted: string;
  readonly thisYear: number;
  /** As `server_version_num` says. */
  readonly serverVersion: number;
}

/** PostgreSQL 14 brought `date_bin`. */
const DATE_BIN_VERSION = 140_000;

/**
 * The first instant (UTC) of the date's year; who was born then may be over 89 is shown as born in the oldest year that is shown.
 */
export function maskYear(
  reference: string,
  family: DateFamily,
  { redacted, thisYear, serverVersion }: DateSurroundings,
): string {
  const oldestShown = oldestYear(thisYear);
  const oldest = yearLiteral(family, oldestShown);
  const isEven =
    oldestShown >= EVEN_YEARS.first &&
    oldestShown < EVEN_YEARS.end &&
    (family === 'date' || serverVersion >= DATE_BIN_VERSION);
  const isNear = apply(reference, '<', yearLiteral(family, EVEN_YEARS.end));
  return choose(
    [
      [apply(reference, '<', oldest), oldest],
      ...(isEven ? [[isNear, truncateEvenYear(reference, family)] as const] : []),
      [apply(reference, '>=', dayLiteral(family, FUTURE)), redacted],
    ],
    truncateToYear(reference, family),
  );
}

function yearLiteral(family: DateFamily, year: number): string {
  return dayLiteral(family, `${String(year).padStart(4, '0')}-01-01`);
}

/** By sums alone, for a third of what `date_trunc` costs. */
function truncateEvenYear(reference: string, family: DateFamily): string {
  const start = yearLiteral(family, EVEN_YEARS.first);
  if (family === 'date') {
    const days = apply(reference, '-', start);
    const years = apply(apply('4', '*', days), '/', '1461');
    const quarters = apply(apply('1461', '*', years), '+', '3');
    return apply(start, '+', apply(quarters, '/', '4'));
  }
  const floor = (value: string, hours: number): string =>
    call('date_bin', hoursLiteral(hours), value, start);
  const quarters = apply(floor(floor(reference, 24), 365.25 * 24), '+', hoursLiteral(18));
  return floor(quarters, 24);
}

/** Days would be looked up in a calendar; hours are a number to add. */
function hoursLiteral(hours: number): string {
  return `'${hours}:00:00'::pg_catalog.interval`;
}

function truncateToYear(reference: string, family: DateFamily): string {
  const year = quoteLiteral('year');
  const utc = textLiteral('UTC');
  switch (family) {
    case 'date':
      return `${call('date_trunc', year, `${reference}::pg_catalog.timestamp`)}::pg_catalog.date`;
    case 'timestamp':
      return call('date_trunc', year, reference);
    case 'timestamptz':
      return call('timezone', utc, call('date_trunc', year, call('timezone', utc, reference)));
  }
}

/**
 * The date earlier by `days`. Dates so old that they tell an age over 89 become the oldest year that is shown, as by the mask `year`.
 *
 * @param days An expression of type `int8`, 1 to 365; NULL where no patient is known: then only the year is shown.
 */
export function shiftDate(
  reference: string,
  family: DateFamily,
  { days, redacted, thisYear }: DateSurroundings & { readonly days: string },
): string {
  const oldest = yearLiteral(family, oldestYear(thisYear));
  // A day more or less is no matter of time zones where it is 24 hours.
  const earlier =
    family === 'date'
      ? apply(reference, '-', `${days}::pg_catalog.int4`)
      : apply(
          reference,
          '-',
          apply(`'24:00:00'::pg_catalog.interval`, '*', `${days}::pg_catalog.float8`),
        );
  return choose(
    [
      [apply(reference, '>=', dayLiteral(family, FUTURE)), redacted],
      [apply(reference, '<', oldest), oldest],
    ],
    earlier,
  );
}
