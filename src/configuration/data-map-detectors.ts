import { z } from 'zod';

import { entityName, line, section } from './fields.ts';

/** A detector of the target's own, for identifiers that only its systems have. */
export interface DataMapDetector {
  readonly name: string;
  /** The class of what it finds. */
  readonly dataClass: string;
  /** In the subset of regular expressions of `masking/detectors/parse-pattern.ts`, where it is compiled. */
  readonly pattern: string;
  /** If there are any, one must stand shortly before the match. */
  readonly contextWords: readonly string[];
  /** Where it stands, for what can only be said once it is compiled. Given by `loadConfiguration`. */
  readonly place?: DetectorPlace;
}

/** 1-based; the column in UTF-16 units. */
export interface DetectorPlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** A detector as it is written. */
export interface DetectorSetting {
  readonly name: string;
  readonly class: string;
  readonly pattern: string;
  readonly contextWords: readonly string[];
}

/** As many as one automaton takes; `masking/detectors/detectors.ts` checks it again. */
const DETECTORS_MAX = 200;
const PATTERN_LENGTH_MAX = 1_000;
const CONTEXT_WORDS_MAX = 50;

/** The schema of the list `detectors`. */
export function detectorSettings(): z.ZodType<readonly DetectorSetting[]> {
  const detector = section({
    name: entityName(),
    class: z.string(),
    pattern: line(PATTERN_LENGTH_MAX),
    contextWords: z.array(line(60)).max(CONTEXT_WORDS_MAX).default([]),
  });
  return z.array(detector).max(DETECTORS_MAX);
}

/** Classes of columns as a whole: nothing that is found within a text is one. */
const CONTAINER_CLASSES: readonly string[] = ['free-text', 'json'];

/** Reads the list. What is wrong with a name or a class is told to `report`. */
export function readDetectors(
  settings: readonly DetectorSetting[],
  classNames: ReadonlySet<string>,
  report: (path: readonly (string | number)[], message: string) => void,
): readonly DataMapDetector[] {
  const valueClasses = [...classNames].filter((name) => !CONTAINER_CLASSES.includes(name));
  const taken = new Set<string>();
  return settings.map(({ name, class: dataClass, pattern, contextWords }, index) => {
    const path = ['detectors', index] as const;
    if (taken.has(name)) report([...path, 'name'], 'is the name of another detector');
    taken.add(name);
    if (!valueClasses.includes(dataClass)) {
      report([...path, 'class'], `must be one of ${valueClasses.join(', ')}`);
    }
    return { name, dataClass, pattern, contextWords };
  });
}
