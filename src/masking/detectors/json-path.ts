import { PatternError } from './pattern-error.ts';

/** One step of a path: into a key, into any key, into one element, or into each. */
export type JsonStep =
  | { readonly kind: 'key'; readonly key: string }
  | { readonly kind: 'any-key' }
  | { readonly kind: 'element'; readonly index: number }
  | { readonly kind: 'any-element' };

/** Steps of a path; no document of records is deeper. */
const STEPS_MAX = 64;

const STEP =
  /\.?(?:([A-Za-z_$][\w$-]*)|(\*)|\[(?:(\d{1,6})|(\*)|'((?:[^'\\]|\\.){0,200})'|"((?:[^"\\]|\\.){0,200})")\])/y;

/**
 * Parses a path as data maps write it: `name[*].family`, `$.telecom[*].value`, `['odd key']`, `contact.*`.
 *
 * @throws {PatternError} If it is not one.
 */
export function parseJsonPath(path: string): readonly JsonStep[] {
  const steps: JsonStep[] = [];
  let position = path.startsWith('$') ? 1 : 0;
  while (position < path.length) {
    STEP.lastIndex = position;
    const match = STEP.exec(path);
    if (match === null || match[0].length === 0) {
      throw new PatternError(path, `it is not a JSON path from character ${position} on`);
    }
    steps.push(stepOf(match));
    if (steps.length > STEPS_MAX)
      throw new PatternError(path, `it has more than ${STEPS_MAX} steps`);
    position += match[0].length;
  }
  return steps;
}

function stepOf([, key, anyKey, index, anyElement, single, double]: RegExpExecArray): JsonStep {
  if (key !== undefined) return { kind: 'key', key };
  if (anyKey !== undefined) return { kind: 'any-key' };
  if (index !== undefined) return { kind: 'element', index: Number(index) };
  if (anyElement !== undefined) return { kind: 'any-element' };
  return { kind: 'key', key: (single ?? double ?? '').replace(/\\(.)/g, '$1') };
}

/** Where one path has come to. */
export interface PathPosition<Target> {
  readonly steps: readonly JsonStep[];
  /** The step to take next; all taken if equal to their number. */
  readonly next: number;
  readonly target: Target;
}

/** The positions at a value: where it is no array, what wants its elements means the value itself. */
export function positionsAt<Target>(
  positions: readonly PathPosition<Target>[],
  isArray: boolean,
): readonly PathPosition<Target>[] {
  if (isArray || !positions.some(wantsElements)) return positions;
  return positions.flatMap((position) => {
    const further = { ...position, next: position.next + 1 };
    return wantsElements(position) ? [position, ...positionsAt([further], false)] : [position];
  });
}

function wantsElements({ steps, next }: PathPosition<unknown>): boolean {
  return steps[next]?.kind === 'any-element';
}

/** The positions after going into a key of an object. */
export function intoKey<Target>(
  positions: readonly PathPosition<Target>[],
  key: string,
): readonly PathPosition<Target>[] {
  if (positions.length === 0) return positions;
  const further: PathPosition<Target>[] = [];
  for (const { steps, next, target } of positions) {
    const step = steps[next];
    const leadsOn = step?.kind === 'any-key' || (step?.kind === 'key' && step.key === key);
    if (leadsOn) further.push({ steps, next: next + 1, target });
  }
  return further;
}

/** The positions after going into an element of an array. A key means that key of each element. */
export function intoElement<Target>(
  positions: readonly PathPosition<Target>[],
  index: number,
): readonly PathPosition<Target>[] {
  return positions.flatMap((position) => {
    const step = position.steps[position.next];
    if (step === undefined) return [];
    switch (step.kind) {
      case 'key':
      case 'any-key':
        return [position];
      case 'element':
        return step.index === index ? [{ ...position, next: position.next + 1 }] : [];
      case 'any-element':
        return [{ ...position, next: position.next + 1 }];
    }
  });
}
