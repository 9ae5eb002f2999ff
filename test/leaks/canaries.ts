/** The two worlds of a run: databases that are alike in all but what is to be masked. */
export type World = 'a' | 'b';

/** A value that was planted, and what stands in its place in the other world. */
export interface Canary {
  readonly kind: CanaryKind;
  readonly a: string;
  readonly b: string;
}

/** What a value looks like. */
export type CanaryKind =
  | 'name'
  | 'ssn'
  | 'mrn'
  | 'phone'
  | 'email'
  | 'date'
  | 'street'
  | 'zip'
  | 'ip'
  | 'int'
  | 'small'
  | 'big'
  | 'hex'
  | 'uuid'
  | 'mac';

/** Numbers from 0 to below 1, the same ones for the same seed. Mulberry32. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A random one of the items. */
export function pick<T>(random: () => number, items: readonly T[]): T {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new Error('Cannot pick: there is nothing');
  return item;
}

type Random = () => number;

function digits(random: Random, count: number): string {
  return Array.from({ length: count }, () => Math.floor(random() * 10)).join('');
}

function letters(random: Random, count: number): string {
  return Array.from({ length: count }, () => pick(random, 'bcdfghjkmnpqrstvwxz'.split(''))).join(
    '',
  );
}

function hexDigits(random: Random, count: number): string {
  return Array.from({ length: count }, () => pick(random, '0123456789abcdef'.split(''))).join('');
}

function capitalized(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** Both worlds' values have one shape and length, and share what a mask may leave: year, last four, ZIP prefix, domain. */
const MAKERS: Readonly<Record<CanaryKind, (random: Random) => string>> = {
  name: (random: Random): string => capitalized(letters(random, 9)),
  ssn: (random: Random): string =>
    `${1 + Math.floor(random() * 6)}${digits(random, 2).replace(/^00$/, '12')}-${1 + Math.floor(random() * 9)}${digits(random, 1)}-4321`,
  mrn: (random: Random): string => `MRN${digits(random, 8)}`,
  phone: (random: Random): string =>
    `(${2 + Math.floor(random() * 7)}${digits(random, 2)}) 555-${digits(random, 4)}`,
  email: (random: Random): string => `${letters(random, 8)}@example.org`,
  date: (random: Random): string =>
    `1987-${String(1 + Math.floor(random() * 12)).padStart(2, '0')}-${String(1 + Math.floor(random() * 28)).padStart(2, '0')}`,
  street: (random: Random): string =>
    `${1000 + Math.floor(random() * 9000)} ${capitalized(letters(random, 7))} Street`,
  zip: (random: Random): string => `606${digits(random, 2)}`,
  ip: (random: Random): string => `10.20.30.${100 + Math.floor(random() * 150)}`,
  int: (random: Random): string => String(1_000_000_000 + Math.floor(random() * 1_000_000_000)),
  small: (random: Random): string => String(10_000 + Math.floor(random() * 20_000)),
  big: (random: Random): string => `7${digits(random, 15)}`,
  hex: (random: Random): string => hexDigits(random, 16),
  uuid: (random: Random): string =>
    `${hexDigits(random, 8)}-${hexDigits(random, 4)}-4${hexDigits(random, 3)}-8${hexDigits(random, 3)}-${hexDigits(random, 12)}`,
  mac: (random: Random): string =>
    `08:00:2b:${hexDigits(random, 2)}:${hexDigits(random, 2)}:${hexDigits(random, 2)}`,
};

const PLACEHOLDER = /\{\{(\w+)\}\}/g;

/** A schema with canaries in place of its placeholders, for each world. */
export interface PlantedSchema {
  readonly canaries: readonly Canary[];
  readonly sql: Readonly<Record<World, string>>;
}

/**
 * Replaces `{{kind}}` in a schema by values that occur nowhere else.
 *
 * @throws {Error} If a kind is not known, or nothing is planted: such a run could find nothing.
 */
export function plantCanaries(template: string, seed: number): PlantedSchema {
  const random = seededRandom(seed);
  const taken = new Set<string>();
  const canaries: Canary[] = [];
  const make = (kind: CanaryKind): string => {
    for (let attempt = 0; attempt < 1000; attempt++) {
      const value = MAKERS[kind](random);
      if (taken.has(value)) continue;
      taken.add(value);
      return value;
    }
    throw new Error(`Cannot plant canaries: too many of kind ${kind}`);
  };
  const count = [...template.matchAll(PLACEHOLDER)].length;
  if (count === 0) throw new Error('Cannot plant canaries: the schema has no {{kind}} in it');
  for (const [, kind = ''] of template.matchAll(PLACEHOLDER)) {
    if (!isKind(kind)) throw new Error(`Cannot plant canaries: no kind is called ${kind}`);
    canaries.push({ kind, a: make(kind), b: make(kind) });
  }
  const fill = (world: World): string => {
    let index = 0;
    return template.replaceAll(PLACEHOLDER, () => canaries[index++]?.[world] ?? '');
  };
  return { canaries, sql: { a: fill('a'), b: fill('b') } };
}

function isKind(kind: string): kind is CanaryKind {
  return Object.hasOwn(MAKERS, kind);
}
