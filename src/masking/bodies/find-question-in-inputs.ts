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
  /** Whether the field is shown by a stand-in, which tells what equals what is written there. */
  readonly hasStandIn: (field: DataMapPath) => boolean;
}

/** How servers call the order in which they sort by a field. */
const ORDER = /_(?:asc|desc)$/i;

/**
 * Why a request of GraphQL may not be sent: an input of it is called like what is hidden, so that its answer would tell. Those of
 * mutations, which have to name what they write, ask only where `parameters` say so, or where it would be shown by a stand-in.
 */
export function findQuestionInInputs(
  { inputNames, isWrite }: GraphqlShape,
  { fields, classOf, shown, hasStandIn }: InputClasses,
): string | undefined {
  const asking = isWrite ? fields.filter(hasStandIn) : fields;
  const mapped = new Map(asking.map((field) => [lastKey(field), field.dataClass]));
  const isHidden = (written: string): boolean => {
    const name = written.replace(ORDER, '').toLowerCase();
    const dataClass = classOf(name) ?? mapped.get(name) ?? (isWrite ? undefined : classOfKey(name));
    return dataClass !== undefined && dataClass !== NO_CLASS && !shown.has(dataClass);
  };
  // Names are of the schema, and say nothing of anybody.
  const hidden = inputNames.find(isHidden);
  return hidden === undefined
    ? undefined
    : 'it asks by what is hidden: an argument is called like it';
}

/** In lower case; undefined where a path has none. */
export function lastKey({ path }: DataMapPath): string | undefined {
  const last = parseJsonPath(path).findLast(({ kind }) => kind === 'key');
  return last?.kind === 'key' ? last.key.toLowerCase() : undefined;
}
