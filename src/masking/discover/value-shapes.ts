import {
  isCardNumber,
  isDeaNumber,
  isGs1Number,
  isIban,
  isVin,
} from '../detectors/check-digits.ts';
import {
  isIpv4,
  isIpv6,
  isMacAddress,
  isMbi,
  isNanpNumber,
  isSsn,
  isTaxpayerNumber,
} from '../detectors/identifier-shapes.ts';
import { isFirstName, isLastName, isSureFirstName } from '../detectors/lexicon.ts';
import { STATES, STREET_SUFFIXES } from '../detectors/vocabulary.ts';

/** What values of a class look like. */
export interface ValueShape {
  readonly dataClass: string;
  /** For people, in the plural. */
  readonly title: string;
  /** Share of the values that must match. */
  readonly shareMin: number;
  /** Whether the shape alone says it, or only beside other signs. */
  readonly isSure: boolean;
  /** Values that must differ: what repeats is a code. */
  readonly distinctMin: number;
  matches(value: string): boolean;
}

const STREET = new RegExp(
  `^\\d+[A-Z]?\\s+\\S.*\\b(?:${STREET_SUFFIXES.join('|')}|Underpass|Crossroad)\\b`,
  'i',
);
const STATE_NAMES: ReadonlySet<string> = new Set(STATES.map((name) => name.toLowerCase()));
const PLACE = /^\p{Lu}[\p{L}.' -]+?(?:,| {2,}) ?\p{L}[\p{L} ]+(?:(?:,| {2,}) ?[A-Z]{2,3})?$/u;
const CAPITALISED = /^\p{Lu}[\p{L}'’.-]+$/u;

function shape(
  dataClass: string,
  title: string,
  matches: (value: string) => boolean,
  { shareMin = 0.8, isSure = true, distinctMin = 5 }: Partial<ValueShape> = {},
): ValueShape {
  return { dataClass, title, shareMin, isSure, distinctMin, matches };
}

/** Shapes of values, the most telling first. */
export const VALUE_SHAPES: readonly ValueShape[] = [
  shape('email', 'email addresses', (value) => /^[^@\s]+@[^@\s]+\.[a-z]{2,}$/i.test(value)),
  shape('url', 'web addresses', (value) => /^(?:https?|ftp):\/\/\S+$/i.test(value)),
  shape('ssn', 'social security numbers', isDashedSsn),
  shape('health-plan-id', 'Medicare numbers', (value) => isMbi(value.replaceAll('-', ''))),
  shape('device-id', 'device identifiers (GS1)', (value) => {
    const gtin = /^\(01\)(\d{14})/.exec(value)?.[1];
    return gtin !== undefined && (isGs1Number(gtin) || value.includes('('));
  }),
  shape(
    'device-id',
    'hardware addresses',
    (value) =>
      /^(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}$/i.test(value) &&
      isMacAddress(value.replaceAll(/[:-]/g, '')),
  ),
  shape('ip-address', 'network addresses', (value) => isIpv4(value) || isIpv6(value), {
    distinctMin: 10,
  }),
  shape('account-number', 'bank account numbers (IBAN)', isIban),
  shape('account-number', 'payment card numbers', isCardNumber, { shareMin: 0.95 }),
  shape('vehicle-id', 'vehicle identification numbers', isVin, { shareMin: 0.95 }),
  shape('license-number', 'DEA numbers', isDeaNumber, { shareMin: 0.95 }),
  shape('phone', 'telephone numbers', isWrittenPhone),
  shape('address', 'street addresses', (value) => STREET.test(value), { shareMin: 0.6 }),
  shape('county', 'counties', (value) => / (?:County|Parish|Borough)$/.test(value)),
  shape('city', 'places', isPlace),
  shape('name', 'full names', isFullName, { shareMin: 0.5, distinctMin: 15 }),
  shape('name', 'first names', isSureFirstName, { shareMin: 0.5, distinctMin: 20 }),
  shape(
    'name',
    'names of people',
    (value) => CAPITALISED.test(value) && (isLastName(value) || isFirstName(value)),
    { shareMin: 0.35, distinctMin: 15, isSure: false },
  ),
];

/** Three groups. Numbers of 9xx are not issued, but stand in data that was made up. */
function isDashedSsn(value: string): boolean {
  const digits = /^(\d{3})-(\d{2})-(\d{4})$/.exec(value)?.slice(1).join('');
  return digits !== undefined && (isSsn(digits) || isTaxpayerNumber(digits) || digits[0] === '9');
}

/** Bare digits are not enough: most numbers of ten digits are something else. */
function isWrittenPhone(value: string): boolean {
  if (!/^\+?[\d\s().x-]+$/i.test(value) || !/[\s().+-]/.test(value)) return false;
  if (/^\d{4}-\d{2}-\d{2}$/.test(value)) return false;
  const digits = value.replace(/x\d+$/i, '').replaceAll(/\D/g, '');
  const national = digits.length === 11 && digits.startsWith('1') ? digits.slice(1) : digits;
  if (value.startsWith('+')) return digits.length >= 8 && digits.length <= 15;
  return isNanpNumber(national) && /^\(?\+?1?[\s(.-]*\d{3}[\s).-]+\d{3}[\s.-]\d{4}/.test(value);
}

/** A town with its state, or its state and country. */
function isPlace(value: string): boolean {
  if (!PLACE.test(value)) return false;
  const parts = value.split(/,| {2,}/).map((part) => part.trim().toLowerCase());
  return parts.slice(1).some((part) => STATE_NAMES.has(part));
}

function isFullName(value: string): boolean {
  const words = value
    .split(/[\s,]+/)
    .filter((word) => !/^(?:\p{Lu}\.?|Jr\.?|Sr\.?|I+|MD|RN)$/u.test(word));
  if (words.length < 2 || words.length > 4 || !words.every((word) => CAPITALISED.test(word)))
    return false;
  return words.some(isSureFirstName) && !STREET.test(value);
}
