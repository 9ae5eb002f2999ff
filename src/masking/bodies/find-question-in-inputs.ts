import type { DataMapPath } from '../../configuration/data-map.ts';
import { NO_CLASS, type ShownClasses } from '../content/content-masks.ts';
import { classOfKey } from '../detectors/field-names.ts';
import { parseJsonPath } from '../detectors/json-path.ts';
import type { GraphqlShape } from './graphql-selection.ts';

/** What tells by which class an input of GraphQL asks. */
export interface InputClasses {
  /** Of the responses at the same path. */
  readonly fields: readonly DataMapPath[];
  /** As `parameters` of the data map say. */
  readonly classOf: (name: string) => string | undefined;
  readonly shown: ShownClasses;
}

/** How servers call the order in which they sort by a field. */
const ORDER = /_(?:asc|desc)$/i;

/**
 * Why a request of GraphQL may not be sent: an input of it is called like what is hidden, so that its answer would tell. Those of
 * mutations, which have to name what they write, ask only where `parameters` say so.
 */
export function findQuestionInInputs(
  { inputNames, isWrite }: GraphqlShape,
  { fields, classOf, shown }: InputClasses,
): string | undefined {
  const mapped = new Map(fields.map((field) => [lastKey(field), field.dataClass]));
  const isHidden = (written: string): boolean => {
    const name = written.replace(ORDER, '').toLowerCase();
    const named = classOf(name);
    const dataClass = named ?? (isWrite ? undefined : (mapped.get(name) ?? classOfKey(name)));
    return dataClass !== undefined && dataClass !== NO_CLASS && !shown.has(dataClass);
  };
  // Names are of the schema, and say nothing of anybody.
  const hidden = inputNames.find(isHidden);
  return hidden === undefined
    ? undefined
    : 'it asks by what is hidden: an argument is called like it';
}

/** In lower case; undefined where a path ends in an element. */
function lastKey({ path }: DataMapPath): string | undefined {
  const last = parseJsonPath(path).findLast(({ kind }) => kind === 'key');
  return last?.kind === 'key' ? last.key.toLowerCase() : undefined;
}
