import { createHash } from 'node:crypto';
import type { Canary } from './canaries.ts';

/** A planted value, changed in one way, as it looks in each world. */
export interface Needle {
  /** How the value was changed: `reverse`, `base64`. */
  readonly change: string;
  readonly a: string;
  readonly b: string;
  /** Characters of a piece that count as a leak. */
  readonly length: number;
}

const TEXT_LENGTH = 5;

/** Every change that this harness knows of a value. */
export function needlesOf({ kind, a, b }: Canary): readonly Needle[] {
  const needles: Needle[] = [];
  const add = (
    change: string,
    make: (value: string) => string | undefined,
    length = TEXT_LENGTH,
  ): void => {
    const [one, other] = [make(a), make(b)];
    if (one !== undefined && other !== undefined && one.length >= length)
      needles.push({ change, a: one, b: other, length });
  };
  const isNumber = /^\d+$/.test(a);
  add('none', (value) => value, isNumber && a.length > TEXT_LENGTH ? TEXT_LENGTH + 1 : TEXT_LENGTH);
  if (!isNumber) add('upper case', (value) => value.toUpperCase());
  if (!isNumber) add('lower case', (value) => value.toLowerCase());
  add('reversed', reversed, isNumber ? TEXT_LENGTH + 1 : TEXT_LENGTH);
  if (!isNumber) add('reversed, upper case', (value) => reversed(value).toUpperCase());
  add('separators left out', plain, 6);
  add('separators left out, reversed', (value) => reversed(plain(value)), 6);
  add('characters apart', (value) => value.split('').join(' '), 7);
  add('hex', (value) => Buffer.from(value).toString('hex'), 8);
  add('hex, upper case', (value) => Buffer.from(value).toString('hex').toUpperCase(), 8);
  if (!isNumber) add('percent', (value) => encodeURIComponent(value));
  for (const shift of [0, 1, 2]) {
    // The characters of a piece depend on where the value stands in what is encoded.
    add(
      'base64',
      (value) =>
        Buffer.from('x'.repeat(shift) + value)
          .toString('base64')
          .slice(shift === 0 ? 0 : 4)
          .replaceAll('=', ''),
      6,
    );
  }
  for (const algorithm of ['md5', 'sha1', 'sha256']) {
    add(algorithm, (value) => createHash(algorithm).update(value).digest('hex').slice(0, 16), 8);
    add(algorithm, (value) => createHash(algorithm).update(value).digest().toString('latin1'), 8);
  }
  add(
    'decoded hex',
    (value) =>
      kind === 'hex' || kind === 'uuid'
        ? Buffer.from(value.replaceAll('-', ''), 'hex').toString('latin1')
        : undefined,
    4,
  );
  if (kind === 'int' || kind === 'small' || kind === 'big') addNumbers(add);
  if (kind === 'date') addDates(add);
  return needles;
}

type Add = (change: string, make: (value: string) => string | undefined, length?: number) => void;

function addNumbers(add: Add): void {
  const binary =
    (size: number, write: (bytes: Buffer, value: string) => void) => (value: string) => {
      const bytes = Buffer.alloc(size);
      write(bytes, value);
      return bytes.toString('latin1');
    };
  add(
    'int4',
    (value) =>
      Number(value) < 2 ** 31
        ? binary(4, (bytes, text) => bytes.writeInt32BE(Number(text)))(value)
        : undefined,
    4,
  );
  add(
    'int8',
    binary(8, (bytes, text) => bytes.writeBigInt64BE(BigInt(text))),
    8,
  );
  add(
    'float8',
    binary(8, (bytes, text) => bytes.writeDoubleBE(Number(text))),
    8,
  );
  add(
    'float8',
    binary(8, (bytes, text) => bytes.writeDoubleBE(Number(text) + 0.5)),
    8,
  );
  add('numeric', numericDigits, 4);
  add('hex number', (value) => BigInt(value).toString(16));
}

/** The digits of a numeric's binary form: two bytes for every four. */
function numericDigits(value: string): string {
  const padded = value.padStart(Math.ceil(value.length / 4) * 4, '0');
  const groups = padded.match(/.{4}/g) ?? [];
  const bytes = Buffer.alloc(groups.length * 2);
  for (const [index, group] of groups.entries()) bytes.writeUInt16BE(Number(group), index * 2);
  return bytes.toString('latin1');
}

const DAY_MS = 86_400_000;
const POSTGRES_EPOCH_MS = Date.UTC(2000, 0, 1);

function addDates(add: Add): void {
  const parts = (value: string): readonly [string, string, string] => {
    const [year = '', month = '', day = ''] = value.split('-');
    return [year, month, day];
  };
  const monthName = (value: string): string =>
    new Date(`${value}T00:00:00Z`).toLocaleString('en-US', { month: 'short', timeZone: 'UTC' });
  const time = (value: string): number => Date.parse(`${value}T00:00:00Z`);
  add('MM/DD/YYYY', (value) => `${parts(value)[1]}/${parts(value)[2]}/${parts(value)[0]}`);
  add('DD.MM.YYYY', (value) => `${parts(value)[2]}.${parts(value)[1]}.${parts(value)[0]}`);
  add('DDMONYYYY', (value) =>
    `${parts(value)[2]}${monthName(value)}${parts(value)[0]}`.toUpperCase(),
  );
  add('Mon DD', (value) => `${monthName(value)} ${parts(value)[2]}`);
  add('epoch', (value) => String(time(value) / 1000), 8);
  add('julian day', (value) => String(time(value) / DAY_MS + 2_440_588), 7);
  add(
    'date in binary',
    (value) => {
      const bytes = Buffer.alloc(4);
      bytes.writeInt32BE((time(value) - POSTGRES_EPOCH_MS) / DAY_MS);
      return bytes.toString('latin1');
    },
    4,
  );
}

function reversed(text: string): string {
  return text.split('').toReversed().join('');
}

/** Without what may have been put between the characters, in lower case. */
export function plain(text: string): string {
  return text.replaceAll(/[^0-9A-Za-z]/g, '').toLowerCase();
}
