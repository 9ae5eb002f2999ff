import { STATES } from '../detectors/vocabulary.ts';
import { classOfWords, isPersonReference, type NamedClass, wordsOf } from './column-words.ts';
import type { SampledColumn } from './sampled-relation.ts';
import { VALUE_SHAPES, type ValueShape } from './value-shapes.ts';

/** What can be said of one column without looking at the others. */
export interface ColumnEvidence {
  readonly column: SampledColumn;
  readonly words: string;
  readonly family: TypeFamily;
  /** Values that are not NULL, and how many differ. */
  readonly present: readonly string[];
  readonly distinct: number;
  /** By the catalog, or by the values of all rows that were looked at. */
  readonly isUnique: boolean;
  /** By the name, or else by the comment. */
  readonly named: (NamedClass & { readonly by: 'name' | 'comment' }) | undefined;
  readonly shape: ValueShape | undefined;
  readonly isPersonReference: boolean;
}

export type TypeFamily =
  | 'text'
  | 'integer'
  | 'number'
  | 'date'
  | 'uuid'
  | 'json'
  | 'network'
  | 'mac'
  | 'bytes'
  | 'harmless'
  | 'other';

const FAMILIES: readonly (readonly [TypeFamily, RegExp])[] = [
  ['text', /^(?:text|varchar|character varying|character|char|bpchar|name|citext|xml)\b/],
  ['integer', /^(?:smallint|integer|bigint|int[248]?|oid)\b/],
  ['number', /^(?:numeric|decimal|real|double precision|float[48]|money)\b/],
  ['date', /^(?:date|timestamp|timestamptz|daterange|tsrange|tstzrange|datemultirange)\b/],
  ['uuid', /^uuid\b/],
  ['json', /^jsonb?\b/],
  ['network', /^(?:inet|cidr)\b/],
  ['mac', /^macaddr8?\b/],
  ['bytes', /^bytea\b/],
  [
    'harmless',
    /^(?:boolean|bool|interval|bit|bit varying|varbit|time|timetz|int[48]range|numrange)\b/,
  ],
];

/** The kind of values that a type holds; of an array, that of its elements. */
export function typeFamilyOf({ typeName, typeKind }: SampledColumn): TypeFamily {
  if (typeKind === 'e') return 'harmless';
  const plain = typeName
    .replace(/^pg_catalog\./, '')
    .replaceAll('"', '')
    .replace(/^_/, '');
  return FAMILIES.find(([, pattern]) => pattern.test(plain))?.[0] ?? 'other';
}

/** Values that must be there before their absence or repetition says something. */
export const VALUES_MIN = 30;

/** Looks at one column. */
export function readEvidence(column: SampledColumn): ColumnEvidence {
  const present = column.values.filter((value) => value !== null && value !== '') as string[];
  const words = wordsOf(column.name);
  const family = typeFamilyOf(column);
  const byName = classOfWords(words);
  const byComment = byName === undefined ? classOfWords(wordsOf(column.comment)) : undefined;
  const named =
    byName !== undefined
      ? { ...byName, by: 'name' as const }
      : byComment && byComment.dataClass !== 'none'
        ? { ...byComment, by: 'comment' as const }
        : undefined;
  const values = column.typeName.endsWith('[]') ? present.flatMap(splitArray) : present;
  const distinct = new Set(values).size;
  return {
    column,
    words,
    family,
    present: values,
    distinct,
    isUnique: column.isUnique || (distinct >= VALUES_MIN && distinct === values.length),
    named,
    shape: findShape(values),
    isPersonReference: isPersonReference(words),
  };
}

function splitArray(text: string): readonly string[] {
  return text
    .slice(1, -1)
    .split(',')
    .map((element) => element.replaceAll('"', ''));
}

function findShape(values: readonly string[]): ValueShape | undefined {
  const distinct = [...new Set(values)];
  return VALUE_SHAPES.find((shape) => {
    const { distinctMin, shareMin } = shape;
    if (distinct.length < distinctMin) return false;
    return shareOf(distinct, (value) => shape.matches(value)) >= shareMin;
  });
}

/** From 0 to 1; 0 of nothing. */
export function shareOf(values: readonly string[], holds: (value: string) => boolean): number {
  return values.length === 0 ? 0 : values.filter(holds).length / values.length;
}

const STATE_NAMES: ReadonlySet<string> = new Set(STATES.map((name) => name.toLowerCase()));

/** States stand under Safe Harbor as they are. */
export function holdsStates({ present }: ColumnEvidence): boolean {
  return shareOf(present, (value) => STATE_NAMES.has(value.toLowerCase())) >= 0.9;
}

/** Few values over and over: a code, a status, a category. */
export function holdsCodes({ present, distinct }: ColumnEvidence): boolean {
  return present.length >= VALUES_MIN && distinct <= Math.max(12, present.length * 0.2);
}
