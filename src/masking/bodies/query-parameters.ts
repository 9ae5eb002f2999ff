import type { MappedName } from '../../configuration/http-data-map.ts';
import { type ContentMasks, NO_CLASS, type ShownClasses } from '../content/content-masks.ts';
import { decodeFormText } from '../content/form-masker.ts';
import { ContentFormatError } from '../content-masker.ts';
import { isStandIn } from '../masks/pseudonym.ts';
import { REDACTED_TEXT } from '../masks/redacted-text.ts';
import type { BodyMaskingParts } from './body-masking.ts';
import type { BodySubject, PendingResolution, QueryResolution } from './body-subject.ts';
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
      readonly parameter: MappedName;
      /** Alternatives, each with what stands before the value itself (`system|`). */
      readonly values: readonly { readonly before: string; readonly value: string }[];
    };

/** Says what the parameters of one path ask by; undefined: it does not speak of this path. */
export type ReadParameter = (
  subject: Pick<BodySubject, 'method' | 'path'>,
  pair: QueryPair,
  shown: ShownClasses,
) => ParameterReading | undefined;

const SHOWN: ParameterReading = { kind: 'shown' };

/** What the data map, and FHIR, say of the parameters of queries. */
export class QueryParameters {
  readonly #mapped: ReadonlyMap<string, MappedName>;
  readonly #readFhir: ReadParameter | undefined;
  readonly #standIns: StandIns;
  readonly #masks: ContentMasks;

  constructor(
    { dataMap, pseudonyms, tokenVault }: BodyMaskingParts,
    masks: ContentMasks,
    readFhir: ReadParameter | undefined,
  ) {
    this.#mapped = new Map(dataMap.parameters.map((parameter) => [parameter.name, parameter]));
    this.#readFhir = readFhir;
    this.#masks = masks;
    this.#standIns = new StandIns({ masks, pseudonyms, tokenVault });
  }

  resolve(
    subject: Pick<BodySubject, 'method' | 'path'>,
    query: string,
    shown: ShownClasses,
  ): QueryResolution | PendingResolution {
    const pairs = splitQuery(query);
    if (pairs === undefined) return { kind: 'refused', reason: 'the query is wrongly encoded' };
    const readings = pairs.map((pair) => this.#read(subject, pair, shown));
    const refused = readings.find((reading) => reading.kind === 'refused');
    if (refused !== undefined) return refused;
    const hidden = readings.flatMap((reading) =>
      reading.kind === 'hidden'
        ? reading.values.map(({ value }) => ({ parameter: reading.parameter, text: value }))
        : [],
    );
    if (hidden.length === 0) return { kind: 'unchanged' };
    const finish = (values: ReadonlyMap<string, string>): QueryResolution =>
      rewrite(pairs, readings, values);
    return this.#standIns.resolve(hidden, finish);
  }

  /** The query with what is hidden replaced by what its masks make of it: for texts that tell of requests, and for links. */
  hide(subject: Pick<BodySubject, 'method' | 'path'>, query: string, shown: ShownClasses): string {
    const pairs = splitQuery(query);
    if (pairs === undefined) return encodeURIComponent(REDACTED_TEXT);
    return pairs
      .map((pair) => {
        const reading = this.#read(subject, pair, shown);
        if (reading.kind === 'shown') return pair.written;
        const name = encodeURIComponent(pair.name);
        if (reading.kind === 'refused') return `${name}=${encodeURIComponent(REDACTED_TEXT)}`;
        const { dataClass, mask } = reading.parameter;
        const maskValue = this.#masks.maskValue(dataClass, mask);
        const masked = reading.values.map(
          ({ before, value }) => before + (isStandIn(value) ? value : (maskValue(value) ?? '')),
        );
        return `${name}=${encodeURIComponent(masked.join(','))}`;
      })
      .join('&');
  }

  #read(
    subject: Pick<BodySubject, 'method' | 'path'>,
    pair: QueryPair,
    shown: ShownClasses,
  ): ParameterReading {
    const parameter = this.#mapped.get(pair.name);
    if (parameter === undefined) return this.#readFhir?.(subject, pair, shown) ?? SHOWN;
    if (parameter.dataClass === NO_CLASS || shown.has(parameter.dataClass)) return SHOWN;
    return { kind: 'hidden', parameter, values: [{ before: '', value: pair.value }] };
  }
}

/** Splits a query into its pairs; undefined if it is wrongly encoded. */
export function splitQuery(query: string): readonly QueryPair[] | undefined {
  try {
    return query.split('&').map((written) => {
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

function rewrite(
  pairs: readonly QueryPair[],
  readings: readonly ParameterReading[],
  values: ReadonlyMap<string, string>,
): QueryResolution {
  const written: string[] = [];
  for (const [index, pair] of pairs.entries()) {
    const reading = readings[index] ?? SHOWN;
    if (reading.kind !== 'hidden') {
      written.push(pair.written);
      continue;
    }
    const resolved = reading.values.map(({ before, value }) => {
      const found = values.get(value);
      return found === undefined ? undefined : before + found;
    });
    if (resolved.includes(undefined)) {
      const { name, dataClass } = reading.parameter;
      return {
        kind: 'refused',
        reason: `${name} asks by ${dataClass}, which is hidden: only pseudonyms that were shown may stand there`,
      };
    }
    written.push(`${encodeURIComponent(pair.name)}=${encodeURIComponent(resolved.join(','))}`);
  }
  return { kind: 'changed', query: written.join('&') };
}
