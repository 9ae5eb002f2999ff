import type { DataMapPath } from '../../configuration/data-map.ts';
import { NO_CLASS } from '../content/content-masks.ts';
import { classOfKey } from '../detectors/field-names.ts';
import { type JsonStep, parseJsonPath } from '../detectors/json-path.ts';
import type { GraphqlSelection, GraphqlShape } from './graphql-selection.ts';

/** Paths of one response. */
const PATHS_MAX = 5_000;
/** What the results of a response stand in. */
const DATA = 'data';

/**
 * The fields of a response to a GraphQL request: those of the data map, each by the names under which the response has it, and
 * fields under another name whose own says what they hold.
 *
 * @returns Undefined if there are too many.
 */
export function followAliases(
  fields: readonly DataMapPath[],
  { operations, isBatch }: GraphqlShape,
): readonly DataMapPath[] | undefined {
  const before: readonly JsonStep[] = isBatch ? [{ kind: 'any-element' }] : [];
  const found: DataMapPath[] = [];
  const ambiguous = new Set(operations.flatMap((selections) => findAmbiguous(selections)));
  const add = (steps: readonly JsonStep[], field: Omit<DataMapPath, 'path'>): void => {
    found.push({ ...field, path: format([...before, ...steps]) });
  };
  for (const { path, ...field } of fields) {
    const [first, ...steps] = parseJsonPath(path);
    if (first?.kind !== 'key' || first.key !== DATA) {
      add(first === undefined ? [] : [first, ...steps], field);
      continue;
    }
    for (const translated of operations.flatMap((selections) => translate(steps, selections))) {
      // Under one name may come what is nobody's, and something else.
      if (field.dataClass === NO_CLASS && ambiguous.has(keysOf(translated))) continue;
      add([first, ...translated], field);
    }
    if (found.length > PATHS_MAX) return undefined;
  }
  for (const steps of operations.flatMap((selections) => findRenamed(selections, []))) {
    add([{ kind: 'key', key: DATA }, ...steps.path], { dataClass: steps.dataClass });
  }
  return found.length > PATHS_MAX ? undefined : found;
}

/** A path by names of fields, by the names in the response: as many as there are aliases. */
function translate(
  [step, ...rest]: readonly JsonStep[],
  selections: readonly GraphqlSelection[],
): readonly (readonly JsonStep[])[] {
  if (step === undefined) return [[]];
  // Within a scalar that is a document, there are no aliases.
  if (selections.length === 0) return [[step, ...rest]];
  if (step.kind === 'element' || step.kind === 'any-element') {
    return translate(rest, selections).map((steps) => [step, ...steps]);
  }
  return selections
    .filter(({ name }) => step.kind === 'any-key' || name === step.key)
    .flatMap(({ key, selections: inner }) =>
      translate(rest, inner).map((steps) => [{ kind: 'key', key } as const, ...steps]),
    );
}

interface Renamed {
  readonly path: readonly JsonStep[];
  readonly dataClass: string;
}

/** Fields under a name that does not say what they hold, as their own would. */
function findRenamed(
  selections: readonly GraphqlSelection[],
  around: readonly JsonStep[],
): readonly Renamed[] {
  return selections.flatMap(({ name, key, selections: inner }) => {
    const path: readonly JsonStep[] = [...around, { kind: 'key', key }, { kind: 'any-element' }];
    const dataClass = name === key || inner.length > 0 ? undefined : classOfKey(name);
    return [...(dataClass === undefined ? [] : [{ path, dataClass }]), ...findRenamed(inner, path)];
  });
}

/** Names in a response, with dots between them, under which several fields may come. */
function findAmbiguous(selections: readonly GraphqlSelection[]): readonly string[] {
  const fieldOf = new Map<string, string>();
  const ambiguous = new Set<string>();
  const walk = (inner: readonly GraphqlSelection[], keys: string, names: string): void => {
    for (const { name, key, selections: below } of inner) {
      const [path, field] = [`${keys}.${key}`, `${names}.${name}`];
      if ((fieldOf.get(path) ?? field) !== field) ambiguous.add(path);
      fieldOf.set(path, field);
      walk(below, path, field);
    }
  };
  walk(selections, '', '');
  return [...ambiguous];
}

function keysOf(steps: readonly JsonStep[]): string {
  return steps.map((step) => (step.kind === 'key' ? `.${step.key}` : '')).join('');
}

function format(steps: readonly JsonStep[]): string {
  return steps.reduce((path, step) => {
    switch (step.kind) {
      case 'key':
        return `${path}['${step.key.replaceAll(/['\\]/g, '\\$&')}']`;
      case 'any-key':
        return path === '' ? '*' : `${path}.*`;
      case 'element':
        return `${path}[${step.index}]`;
      case 'any-element':
        return `${path}[*]`;
    }
  }, '$');
}
