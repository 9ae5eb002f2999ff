import { createHash } from 'node:crypto';
import type { Canary, CanaryKind } from './canaries.ts';

/** One way in which a planted value may show itself. */
export interface Sighting {
  readonly kind: CanaryKind;
  /** How the value was changed: `reverse`, `base64`. */
  readonly change: string;
  /** The piece of it that was seen in world a. */
  readonly seen: string;
}

/** All that a server said in answer to one step. */
export interface Answer {
  /** Every byte, as it came. */
  readonly bytes: Buffer;
  /** Fields of its rows; undefined for NULL. COPY's data is one field for each message. */
  readonly rows: readonly (readonly (Buffer | undefined)[])[];
}

interface Gram {
  readonly canary: number;
  readonly change: string;
  readonly offset: number;
}

interface Needle {
  readonly change: string;
  readonly a: string;
  readonly b: string;
  /** Characters of a piece that count as a leak. */
  readonly length: number;
}

/**
 * Finds planted values, and pieces of them, changed or not. A piece counts only if the other world's answer has the piece in its
 * place that belongs there: what both worlds share, or what came about by chance, is no leak.
 */
export class Detector {
  readonly #canaries: readonly Canary[];
  /** By world and length of the piece. */
  readonly #grams: Readonly<Record<'a' | 'b', Map<number, Map<string, Gram[]>>>> = {
    a: new Map(),
    b: new Map(),
  };

  constructor(canaries: readonly Canary[]) {
    this.#canaries = canaries;
    for (const [index, canary] of canaries.entries()) {
      for (const needle of needlesOf(canary)) this.#add(index, needle);
    }
  }

  /** The values of which pieces were seen in both answers. One sighting for each value. */
  find(a: Answer, b: Answer): readonly Sighting[] {
    const seen = this.#scan('a', streamsOf(a));
    if (seen.size === 0) return [];
    const confirmed = this.#scan('b', streamsOf(b));
    const sightings = new Map<number, Sighting>();
    for (const [key, { gram, text }] of seen) {
      const canary = this.#canaries[gram.canary];
      if (canary === undefined || !confirmed.has(key) || sightings.has(gram.canary)) continue;
      sightings.set(gram.canary, { kind: canary.kind, change: gram.change, seen: text });
    }
    return [...sightings.values()];
  }

  #add(canary: number, { change, a, b, length }: Needle): void {
    if (a.length !== b.length) return;
    for (let offset = 0; offset + length <= a.length; offset++) {
      const pieces = { a: a.slice(offset, offset + length), b: b.slice(offset, offset + length) };
      if (!isTelling(pieces.a, pieces.b, a.length === length)) continue;
      for (const world of ['a', 'b'] as const) {
        const byLength = getOrAdd(this.#grams[world], length, () => new Map<string, Gram[]>());
        getOrAdd(byLength, pieces[world], () => []).push({ canary, change, offset });
      }
    }
  }

  #scan(
    world: 'a' | 'b',
    streams: readonly string[],
  ): ReadonlyMap<string, { readonly gram: Gram; readonly text: string }> {
    const found = new Map<string, { readonly gram: Gram; readonly text: string }>();
    for (const [length, grams] of this.#grams[world]) {
      for (const stream of streams) {
        for (let index = 0; index + length <= stream.length; index++) {
          const text = stream.slice(index, index + length);
          for (const gram of grams.get(text) ?? []) {
            found.set(`${gram.canary} ${gram.change} ${gram.offset}`, { gram, text });
          }
        }
      }
    }
    return found;
  }
}

/** A piece tells something if the worlds differ in several of its characters; a whole value, if they differ at all. */
function isTelling(a: string, b: string, isWhole: boolean): boolean {
  let different = 0;
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) different += 1;
  return different >= (isWhole ? 1 : Math.min(3, a.length - 2));
}

function getOrAdd<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = make()));
  return value;
}

/** The bytes; the fields row by row and column by column with nothing between them; numbers as the characters they may code. */
function streamsOf({ bytes, rows }: Answer): readonly string[] {
  const byRow = rows.map((row) => row.map((field) => field?.toString('latin1') ?? ''));
  const width = Math.max(0, ...byRow.map((row) => row.length));
  const byColumn = Array.from({ length: width }, (_, column) =>
    byRow.map((row) => row[column] ?? ''),
  );
  const streams = [bytes.toString('latin1')];
  for (const order of [byRow, byColumn]) {
    const fields = order.flat();
    streams.push(
      plain(fields.join('')),
      charactersOf(rowsText(order)),
      charactersOf(binaryText(order)),
    );
  }
  return streams.filter((stream) => stream !== '');
}

function rowsText(order: readonly (readonly string[])[]): readonly number[] {
  return [
    ...order
      .flat()
      .join(' ')
      .matchAll(/\d{1,7}/g),
  ].map(([number]) => Number(number));
}

/** Fields that may be integers in binary. */
function binaryText(order: readonly (readonly string[])[]): readonly number[] {
  return order
    .flat()
    .filter((field) => (field.length === 4 || field.length === 8) && field.startsWith('\0'))
    .map((field) => Buffer.from(field, 'latin1').readUInt32BE(field.length - 4));
}

function charactersOf(numbers: readonly number[]): string {
  return plain(
    numbers
      .filter((number) => number >= 32 && number < 127)
      .map((number) => String.fromCharCode(number))
      .join(''),
  );
}

/** Without what may have been put between the characters, in lower case. */
function plain(text: string): string {
  return text.replaceAll(/[^0-9A-Za-z]/g, '').toLowerCase();
}

const TEXT_LENGTH = 5;

/** Every change that this harness knows of a value. */
function needlesOf({ kind, a, b }: Canary): readonly Needle[] {
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
