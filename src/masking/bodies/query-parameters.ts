import type { MappedName } from '../../configuration/http-data-map.ts';
import { foldParameterName } from '../../wire/http/parameter-name.ts';
import { type ContentMasks, NO_CLASS, type ShownClasses } from '../content/content-masks.ts';
import { decodeFormText } from '../content/form-masker.ts';
import { ContentFormatError } from '../content-masker.ts';
import { maskText } from '../masks/mask-text.ts';
import { isStandIn } from '../masks/pseudonym.ts';
import { REDACTED_TEXT } from '../masks/redacted-text.ts';
import { ASKS, type CallQuestion } from '../protobuf/find-question-in-call.ts';
import type { AskedValue } from './asked-values.ts';
import type { BodyMaskingParts } from './body-masking.ts';
import type {
  BodySubject,
  CallResolution,
  PendingResolution,
  QueryResolution,
} from './body-subject.ts';
import { StandIns } from './stand-ins.ts';

/** One parameter of a query, as it is written and as it is meant. */
export interface QueryPair {
  readonly name: string;
  readonly value: string;
  readonly written: string;
}

/** What one parameter asks by. */
export type ParameterReading =
  | { readonly kind: 'shown' }
  | { readonly kind: 'refused'; readonly reason: string }
  /** By something of a class: it may stand in the query as a pseudonym only. */
  | {
      readonly kind: 'hidden';
      readonly name: string;
      /** Alternatives: any of them may match. */
      readonly values: readonly HiddenValue[];
    };

/** What a whole query asks by. */
type QueryReading =
  | { readonly kind: 'refused'; readonly reason: string }
  | {
      readonly kind: 'read';
      readonly pairs: readonly QueryPair[];
      /** Of each pair. */
      readonly readings: readonly ParameterReading[];
    };

/** A value by which a parameter asks. */
export interface HiddenValue {
  /** What stands before the value itself, such as `system|`. */
  readonly before: string;
  readonly value: string;
  /** Of which class it may be, with the mask of its values. */
  readonly alternatives: readonly MappedName[];
}

/** Of a request, as far as it says what its parameters mean. */
export type RequestPath = Pick<BodySubject, 'method' | 'path'>;

/** Says what the parameters of one path ask by; undefined: it does not speak of this path. */
export type ReadParameter = (
  subject: RequestPath,
  pair: QueryPair,
  shown: ShownClasses,
) => ParameterReading | undefined;

/** Relative paths lead to the same whatever it is. */
const ANY_ORIGIN = 'http://localhost';
/** No search has more parameters, or asks by more that is hidden: all of that is looked for in its answer. */
const PAIRS_MAX = 256;
const TOO_MANY = `it asks by more than ${PAIRS_MAX} values that are hidden: ask in several requests`;
const SHOWN: ParameterReading = { kind: 'shown' };
const NO_BYTES: Buffer = Buffer.alloc(0);

/** What the data map, and FHIR, say of the parameters of queries. */
export class QueryParameters {
  readonly #mapped: ReadonlyMap<string, MappedName>;
  readonly #readFhir: ReadParameter | undefined;
  readonly #standIns: StandIns;
  readonly #fhirPath: string;
  readonly #masks: ContentMasks;

  constructor(
    { dataMap, fhirPath = '', pseudonyms, tokenVault }: BodyMaskingParts,
    masks: ContentMasks,
    readFhir: ReadParameter | undefined,
  ) {
    this.#mapped = new Map(
      dataMap.parameters.map((parameter) => [foldParameterName(parameter.name), parameter]),
    );
    this.#readFhir = readFhir;
    this.#fhirPath = fhirPath.replace(/\/$/u, '');
    this.#masks = masks;
    this.#standIns = new StandIns({ masks, pseudonyms, tokenVault });
  }

  resolve(
    subject: RequestPath,
    query: string,
    shown: ShownClasses,
  ): QueryResolution | PendingResolution {
    const read = this.#readAll(subject, query, shown);
    if (read.kind === 'refused') return read;
    const { pairs, readings } = read;
    const hidden = readings.flatMap((reading) =>
      reading.kind === 'hidden'
        ? reading.values.map(({ value, alternatives }) => ({ text: value, alternatives }))
        : [],
    );
    if (hidden.length === 0) return { kind: 'unchanged' };
    if (hidden.length > PAIRS_MAX) return { kind: 'refused', reason: TOO_MANY };
    return this.#standIns.resolve(hidden, (values) => rewrite(pairs, readings, values));
  }

  /**
   * Whether a URL within a body asks by what is hidden: nothing is resolved there.
   *
   * @param url Of a request of its own, such as an entry of a batch; relative to where FHIR is spoken.
   */
  asks(url: string, shown: ShownClasses): boolean {
    const mark = url.indexOf('?');
    const path = decodePath(mark === -1 ? url : url.slice(0, mark));
    // Where a query begins in it, servers would not agree on.
    if (path === undefined || path.includes('?')) return true;
    const query = mark === -1 ? '' : url.slice(mark + 1);
    const subject = { method: 'POST', path: `${this.#fhirPath}/${path}` };
    const read = this.#readAll(subject, query, shown);
    return read.kind === 'refused' || read.readings.some(({ kind }) => kind === 'hidden');
  }

  /**
   * The query with what is hidden replaced by what its masks make of it: for texts that tell of requests, and for links.
   *
   * @param from Path of the page that a link stands in; undefined where nobody knows.
   */
  hide({ method, path }: RequestPath, query: string, shown: ShownClasses, from?: string): string {
    const subject = { method, path: this.#withinFhir(path, from) };
    const pairs = splitQuery(query);
    if (pairs === undefined) return encodeURIComponent(REDACTED_TEXT);
    return pairs
      .map((pair) => {
        const reading = this.#read(subject, pair, shown);
        if (reading.kind === 'shown') return pair.written;
        const name = encodeURIComponent(pair.name);
        if (reading.kind === 'refused') return `${name}=${encodeURIComponent(REDACTED_TEXT)}`;
        const masked = reading.values.map(
          ({ before, value, alternatives }) => before + this.#mask(value, alternatives),
        );
        return `${name}=${encodeURIComponent(masked.join(','))}`;
      })
      .join('&');
  }

  /** Servers write links relative to where FHIR is spoken, or with a path of their own in front of that. */
  #withinFhir(written: string, from?: string): string {
    const path = written.startsWith('/') ? written : this.#resolve(written, from);
    if (path === undefined) return `${this.#fhirPath}/${written}`;
    if (this.#fhirPath === '') return path;
    const at = `${path}/`.toLowerCase().lastIndexOf(`${this.#fhirPath}/`.toLowerCase());
    return at === -1 ? path : path.slice(at);
  }

  /** Where a relative path leads from a page that is no FHIR; undefined where it may be relative to where FHIR is spoken. */
  #resolve(path: string, from: string | undefined): string | undefined {
    if (from === undefined || this.#isUnderFhir(from)) return undefined;
    const url = URL.parse(path, `${ANY_ORIGIN}${from}`);
    return url?.origin === ANY_ORIGIN ? decodePath(url.pathname) : undefined;
  }

  #isFhir(path: string): boolean {
    return this.#readFhir !== undefined && this.#isUnderFhir(path);
  }

  /** Servers differ in whether case counts. */
  #isUnderFhir(path: string): boolean {
    return `${path}/`.toLowerCase().startsWith(`${this.#fhirPath}/`.toLowerCase());
  }

  /** What stands for a value in texts: where its class is unclear, the pseudonym by which it was asked for. */
  #mask(value: string, alternatives: readonly MappedName[]): string {
    if (isStandIn(value)) return value;
    const masks = alternatives.map(({ dataClass, mask }) => this.#masks.findMask(dataClass, mask));
    const { context, pseudonyms } = this.#masks.parts;
    const [only] = masks;
    if (only !== undefined && masks.length === 1) {
      return maskText(only, value, context()) ?? REDACTED_TEXT;
    }
    for (const mask of masks) {
      if (mask.kind !== 'pseudonym') continue;
      const pseudonym = maskText(mask, value, context());
      if (pseudonym !== null && pseudonyms?.find(pseudonym) === value) return pseudonym;
    }
    return REDACTED_TEXT;
  }

  /** The class that a parameter of this name asks by; undefined where the data map does not say. */
  findClass(name: string): string | undefined {
    return this.#mapped.get(foldParameterName(name))?.dataClass;
  }

  /** What the data map says of a parameter of this name, if what it asks by is hidden. */
  findHidden(name: string, shown: ShownClasses): MappedName | undefined {
    const parameter = this.#mapped.get(foldParameterName(name));
    if (parameter === undefined || parameter.dataClass === NO_CLASS) return undefined;
    return shown.has(parameter.dataClass) ? undefined : parameter;
  }

  /** What becomes of the messages of a call. @param questions What each of them asks by. */
  resolveCall(
    messages: readonly Buffer[],
    questions: readonly CallQuestion[],
  ): CallResolution | PendingResolution<CallResolution> {
    const refused = questions.find((question) => question.kind === 'refused');
    if (refused !== undefined) return refused;
    const standIns = questions.flatMap((one) => (one.kind === 'hidden' ? one.standIns : []));
    if (standIns.length === 0) return { kind: 'unchanged' };
    if (standIns.length > PAIRS_MAX) return { kind: 'refused', reason: TOO_MANY };
    return this.#standIns.resolve<CallResolution>(standIns, (found) => {
      const values = found.filter((value) => value !== undefined);
      if (values.length < found.length) return { kind: 'refused', reason: ASKS };
      const askedBy = values.map((value, index) => ({
        value,
        standIn: standIns[index]?.text ?? '',
      }));
      const written = questions.map((question, index) =>
        question.kind === 'hidden'
          ? question.write(values.splice(0, question.standIns.length))
          : (messages[index] ?? NO_BYTES),
      );
      return { kind: 'changed', messages: written, askedBy };
    });
  }

  #readAll(subject: RequestPath, query: string, shown: ShownClasses): QueryReading {
    // Nothing can be asked by there, however it is written.
    if (this.#mapped.size === 0 && !this.#isFhir(subject.path)) {
      return { kind: 'read', pairs: [], readings: [] };
    }
    const pairs = splitQuery(query);
    if (pairs === undefined)
      return {
        kind: 'refused',
        reason: `the query is wrongly encoded, holds a semicolon, or has more than ${PAIRS_MAX} parameters`,
      };
    const readings = pairs.map((pair) => this.#read(subject, pair, shown));
    return (
      readings.find((reading) => reading.kind === 'refused') ?? { kind: 'read', pairs, readings }
    );
  }

  #read(subject: RequestPath, pair: QueryPair, shown: ShownClasses): ParameterReading {
    const parameter = this.#mapped.get(foldParameterName(pair.name));
    if (parameter === undefined) return this.#readFhir?.(subject, pair, shown) ?? SHOWN;
    if (parameter.dataClass === NO_CLASS || shown.has(parameter.dataClass)) return SHOWN;
    const value = { before: '', value: pair.value, alternatives: [parameter] };
    return { kind: 'hidden', name: pair.name, values: [value] };
  }
}

/** Undefined if it is wrongly encoded. */
function decodePath(written: string): string | undefined {
  try {
    return decodeURIComponent(written);
  } catch {
    return undefined;
  }
}

/** Splits a query into its pairs; undefined if it is wrongly encoded, servers differ in where its pairs end, or it has too many. */
export function splitQuery(query: string): readonly QueryPair[] | undefined {
  if (query.includes(';')) return undefined;
  const parts = query.split('&');
  if (parts.length > PAIRS_MAX) return undefined;
  try {
    return parts.map((written) => {
      const equals = written.indexOf('=');
      const name = equals === -1 ? written : written.slice(0, equals);
      const value = equals === -1 ? '' : written.slice(equals + 1);
      return { name: decodeFormText(name), value: decodeFormText(value), written };
    });
  } catch (error) {
    if (error instanceof ContentFormatError) return undefined;
    throw error;
  }
}

/** @param values Of everything hidden, in its order. */
function rewrite(
  pairs: readonly QueryPair[],
  readings: readonly ParameterReading[],
  values: readonly (string | undefined)[],
): QueryResolution {
  const rest = values.values();
  const written: string[] = [];
  const askedBy: AskedValue[] = [];
  for (const [index, pair] of pairs.entries()) {
    const reading = readings[index] ?? SHOWN;
    if (reading.kind !== 'hidden') {
      written.push(pair.written);
      continue;
    }
    const resolved = reading.values.map(({ before, value: standIn }) => {
      const { value } = rest.next();
      if (value === undefined) return undefined;
      askedBy.push({ value, standIn });
      return before + value;
    });
    if (resolved.includes(undefined)) return refuseHidden(reading);
    written.push(
      `${encodeURIComponent(pair.name)}=${encodeURIComponent(resolved.join(',').toWellFormed())}`,
    );
  }
  return { kind: 'changed', query: written.join('&'), askedBy };
}

function refuseHidden({ name, values }: ParameterReading & { kind: 'hidden' }): QueryResolution {
  const classes = new Set(
    values.flatMap(({ alternatives }) => alternatives.map(({ dataClass }) => dataClass)),
  );
  return {
    kind: 'refused',
    reason: `${name} asks by what is hidden (${[...classes].join(', ')}): only pseudonyms that were shown may stand there`,
  };
}
