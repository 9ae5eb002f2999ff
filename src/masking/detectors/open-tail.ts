import { isWordByte } from './byte-set.ts';
import type { CustomDetector, Detectors } from './detectors.ts';
import { compileDfa, type Dfa } from './dfa.ts';
import { parsePattern } from './parse-pattern.ts';
import { BUILT_IN_PATTERNS, type TokenKind } from './patterns.ts';
import { MATCH_BYTES_MAX } from './scan.ts';

/** What the end of a text may be the beginning of. */
export interface OpenTail {
  /** Offset from which a value may be going on that is not there in full yet; the end of the text if none. */
  readonly start: number;
  /**
   * Whether so much of a value is there already that it must not be shown on the guess that it will be
   * none: four digits, an address of mail up to its `@`, three characters of a customer's pattern.
   */
  readonly isTelling: boolean;
}

/** Finds where a text has to be cut so that no value is cut with it. */
export type FindOpenTail = (bytes: Uint8Array, start: number, end: number) => OpenTail;

/** What looks for values in text that comes bit by bit. */
export interface OutputDetectors {
  readonly detectors: Detectors;
  readonly findOpenTail: FindOpenTail;
}

/** Structural identifiers. What names, labels and addresses need stands before them and is closed by a space. */
const KINDS: ReadonlySet<TokenKind> = new Set([
  'account-digits',
  'date',
  'dea',
  'digits',
  'geo',
  'glued-numbers',
  'hidden-ssn',
  'iban',
  'ipv4',
  'ipv6',
  'mac',
  'mbi',
  'month-date',
  'named-date',
  'phone',
  'ssn',
  'udi',
  'uuid',
  'vin',
  'zip-plus-four',
]);

/** Digits with letters and dashes between them, as identifiers behind a label are. */
const LABELLED = '\\b[A-Za-z]{0,6}[-/.]?\\d[A-Za-z0-9]{0,24}([-/.][A-Za-z0-9]{1,24}){0,2}[-/.]?';

/** Bytes before the end in which a value may begin that is not whole: more than any identifier has. */
const REACH = 80;
const TELLING_DIGITS = 4;
const TELLING_CUSTOM = 3;

let builtIn: Dfa | undefined;

/** The first call takes 0.2 s, others what the customer's patterns take. */
export function compileOpenTail(
  custom: readonly Pick<CustomDetector, 'pattern'>[] = [],
): FindOpenTail {
  builtIn ??= compileBuiltIn();
  const structural = builtIn;
  const customers = custom.map(({ pattern }) => parsePattern(pattern));
  const own = customers.length === 0 ? undefined : compileDfa(customers);
  return (bytes, start, end) => {
    const from = Math.max(start, end - REACH);
    const ownFrom = Math.max(start, end - MATCH_BYTES_MAX);
    const numbers = startOfOpen(structural, bytes, { from, start, end });
    const mail = startOfMail(bytes, from, end);
    const customersOwn =
      own === undefined ? end : startOfOpen(own, bytes, { from: ownFrom, start, end });
    return {
      start: Math.min(numbers, mail, customersOwn),
      isTelling:
        mail < end ||
        end - customersOwn >= TELLING_CUSTOM ||
        countDigits(bytes, numbers, end) >= TELLING_DIGITS,
    };
  };
}

function compileBuiltIn(): Dfa {
  const patterns = BUILT_IN_PATTERNS.filter(({ kind }) => KINDS.has(kind));
  return compileDfa(
    [...patterns.map(({ pattern }) => pattern), LABELLED].map((pattern) => parsePattern(pattern)),
  );
}

/** The first offset from which the automaton still runs at the end; the end if there is none. */
function startOfOpen(
  dfa: Dfa,
  bytes: Uint8Array,
  { from, start, end }: { readonly from: number; readonly start: number; readonly end: number },
): number {
  for (let offset = from; offset < end; offset++) {
    const isInWord = offset > start && isWordByte(bytes[offset - 1] as number);
    if (runsToEnd(dfa, bytes, { offset, end, state: isInWord ? dfa.startInWord : dfa.startOfWord }))
      return offset;
  }
  return end;
}

function runsToEnd(
  { table, classOfByte }: Dfa,
  bytes: Uint8Array,
  at: { readonly offset: number; readonly end: number; readonly state: number },
): boolean {
  let { state } = at;
  for (let offset = at.offset; offset < at.end && state !== 0; offset++) {
    state = table[state + (classOfByte[bytes[offset] as number] as number)] as number;
  }
  return state !== 0;
}

/** Where the word starts that has an `@` in it and goes on at the end. */
function startOfMail(bytes: Uint8Array, from: number, end: number): number {
  let hasAt = false;
  let offset = end;
  while (offset > from && isOfMail(bytes[offset - 1] as number)) {
    offset -= 1;
    if (bytes[offset] === AT && offset < end) hasAt = true;
  }
  return hasAt && bytes[offset] !== AT ? offset : end;
}

const AT = 0x40;

function isOfMail(byte: number): boolean {
  return isWordByte(byte) || byte === AT || byte === 0x2e || byte === 0x2d || byte === 0x2b;
}

function countDigits(bytes: Uint8Array, start: number, end: number): number {
  let count = 0;
  for (let offset = start; offset < end; offset++) {
    const byte = bytes[offset] as number;
    if (byte >= 0x30 && byte <= 0x39) count += 1;
  }
  return count;
}
