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

/** What servers put behind the name of a field, of how they compare it or sort by it: `SSN_ASC`, `name_Icontains`, `ssnHasPrefix`. */
const OPERATOR =
  /_{0,2}(?:not_?)?(?:asc|desc|eq|neq?|gte?|lte?|n?in|not|i?like|i?contains(?:_?fold)?|equal_?fold|i?(?:starts|ends)_?with|has_?(?:prefix|suffix)|i?exact|i?regex|matches|range|between|is_?null)$/u;

/**
 * Why a request of GraphQL may not be sent: an input of it is called like what is hidden, so that its answer would tell. Those of
 * mutations, which have to name what they write, ask only where `parameters` say so, or where it would be shown by a stand-in.
 */
export function findQuestionInInputs(
  { inputNames, isWrite }: GraphqlShape,
  { fields, classOf, shown, hasStandIn }: InputClasses,
): string | undefined {
  const asking = isWrite ? fields.filter(hasStandIn) : fields;
  const mapped = new Map(asking.map((field) => [fold(lastKey(field) ?? ''), field.dataClass]));
  const isNameHidden = (name: string): boolean => {
    const ofField = mapped.get(fold(name)) ?? (isWrite ? undefined : classOfKey(name));
    const dataClass = classOf(name) ?? ofField;
    return dataClass !== undefined && dataClass !== NO_CLASS && !shown.has(dataClass);
  };
  const isHidden = (written: string): boolean => {
    const name = written.toLowerCase();
    const bare = name.replace(OPERATOR, '');
    // What the data map says of the whole name counts.
    return isNameHidden(name) || (classOf(name) === undefined && bare !== '' && isNameHidden(bare));
  };
  // Names are of the schema, and say nothing of anybody.
  const hidden = inputNames.find(isHidden);
  return hidden === undefined
    ? undefined
    : 'it asks by what is hidden: an argument is called like it';
}

/** Schemas write names with underscores where responses have capitals, and the other way round. */
function fold(name: string): string {
  return name.replaceAll('_', '');
}

/** In lower case; undefined where a path has none. */
export function lastKey({ path }: DataMapPath): string | undefined {
  const last = parseJsonPath(path).findLast(({ kind }) => kind === 'key');
  return last?.kind === 'key' ? last.key.toLowerCase() : undefined;
}
