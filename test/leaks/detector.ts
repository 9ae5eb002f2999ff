import type { Canary, CanaryKind } from './canaries.ts';
import { type Needle, needlesOf, plain } from './needles.ts';

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
  /** A number so short that it counts only where no digit stands beside it. */
  readonly standsAlone: boolean;
}

/**
 * What an answer is searched in: `sent`, the bytes as they came; `glued`, fields with nothing between them, where the end of one
 * number and the start of the next look like a third.
 */
type Stream = 'sent' | 'glued';

/** Pieces by their length, then by their text. */
type Grams = Map<number, Map<string, Gram[]>>;

interface Found {
  readonly gram: Gram;
  readonly text: string;
}

/**
 * Characters from which on a piece does not come about by chance, of digits alone and of hexadecimal digits: catalogs are full of
 * both. Of other characters, those that the needle says are enough.
 */
const DIGITS_MIN: Readonly<Record<Stream, number>> = { sent: 6, glued: 8 };
const HEXADECIMAL_MIN: Readonly<Record<Stream, number>> = { sent: 6, glued: 7 };

/**
 * Finds planted values, and pieces of them, changed or not. A piece counts only if the other world's answer has the piece in its
 * place that belongs there: what both worlds share, or what came about by chance, is no leak.
 */
export class Detector {
  readonly #canaries: readonly Canary[];
  readonly #grams: Readonly<Record<'a' | 'b', Readonly<Record<Stream, Grams>>>> = {
    a: { sent: new Map(), glued: new Map() },
    b: { sent: new Map(), glued: new Map() },
  };

  constructor(canaries: readonly Canary[]) {
    this.#canaries = canaries;
    for (const [index, canary] of canaries.entries()) {
      for (const needle of needlesOf(canary)) {
        for (const stream of ['sent', 'glued'] as const) this.#add(index, needle, stream);
      }
    }
  }

  /** The values of which pieces were seen in both answers. One sighting for each value. */
  find(a: Answer, b: Answer): readonly Sighting[] {
    const seen = this.#scan('a', a);
    if (seen.size === 0) return [];
    const confirmed = this.#scan('b', b);
    const sightings = new Map<number, Sighting>();
    for (const [key, { gram, text }] of seen) {
      const canary = this.#canaries[gram.canary];
      if (canary === undefined || !confirmed.has(key) || sightings.has(gram.canary)) continue;
      sightings.set(gram.canary, { kind: canary.kind, change: gram.change, seen: text });
    }
    return [...sightings.values()];
  }

  #add(canary: number, { change, a, b, length }: Needle, stream: Stream): void {
    if (a.length !== b.length) return;
    for (let offset = 0; offset + length <= a.length; offset++) {
      const rest = { a: a.slice(offset), b: b.slice(offset) };
      const telling = Math.max(
        tellingLength(rest.a, length, stream),
        tellingLength(rest.b, length, stream),
      );
      const standsAlone = telling > a.length && stream === 'sent' && offset === 0;
      const end = standsAlone ? a.length : telling;
      const pieces = { a: rest.a.slice(0, end), b: rest.b.slice(0, end) };
      if (pieces.a.length < end || !isTelling(pieces.a, pieces.b, a.length === end)) continue;
      for (const world of ['a', 'b'] as const) {
        const grams = this.#grams[world][stream];
        const byLength = getOrAdd(grams, end, () => new Map<string, Gram[]>());
        getOrAdd(byLength, pieces[world], () => []).push({ canary, change, offset, standsAlone });
      }
    }
  }

  #scan(world: 'a' | 'b', answer: Answer): ReadonlyMap<string, Found> {
    const found = new Map<string, Found>();
    for (const { stream, text } of streamsOf(answer)) {
      for (const [length, grams] of this.#grams[world][stream]) {
        for (let index = 0; index + length <= text.length; index++) {
          const piece = text.slice(index, index + length);
          for (const gram of grams.get(piece) ?? []) {
            if (gram.standsAlone && !isAlone(text, index, length)) continue;
            found.set(`${gram.canary} ${gram.change} ${gram.offset}`, { gram, text: piece });
          }
        }
      }
    }
    return found;
  }
}

/** Characters of the text's start that tell something. */
function tellingLength(text: string, length: number, stream: Stream): number {
  const digits = /^\d*/.exec(text)?.[0].length ?? 0;
  if (digits >= length) return Math.max(length, Math.min(DIGITS_MIN[stream], digits + 1));
  const hexadecimal = /^[0-9a-f]*/i.exec(text)?.[0].length ?? 0;
  return hexadecimal < length
    ? length
    : Math.max(length, Math.min(HEXADECIMAL_MIN[stream], hexadecimal + 1));
}

function isAlone(text: string, start: number, length: number): boolean {
  return !/\d/.test(`${text.charAt(start - 1)}${text.charAt(start + length)}`);
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
function streamsOf({ bytes, rows }: Answer): readonly { stream: Stream; text: string }[] {
  const byRow = rows.map((row) => row.map((field) => field?.toString('latin1') ?? ''));
  const width = byRow.reduce((widest, row) => Math.max(widest, row.length), 0);
  const byColumn = Array.from({ length: width }, (_, column) =>
    byRow.map((row) => row[column] ?? ''),
  );
  const glued: string[] = [];
  for (const order of [byRow, byColumn]) {
    const fields = order.flat();
    glued.push(
      plain(fields.join('')),
      charactersOf(rowsText(order)),
      charactersOf(binaryText(order)),
    );
  }
  return [
    { stream: 'sent', text: bytes.toString('latin1') },
    ...glued.filter((text) => text !== '').map((text) => ({ stream: 'glued', text }) as const),
  ];
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
