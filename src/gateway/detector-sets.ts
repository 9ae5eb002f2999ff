import {
  ConfigurationError,
  type ConfigurationProblem,
} from '../configuration/configuration-error.ts';
import type { DataMapDetector } from '../configuration/data-map-detectors.ts';
import {
  type CustomDetector,
  checkCustomDetector,
  compileDetectors,
  type Detectors,
} from '../masking/detectors/detectors.ts';
import { PatternError } from '../masking/detectors/pattern-error.ts';
import type { Target } from '../targets/target.ts';

type Mapped = Pick<Target, 'name' | 'dataMap'>;

/** The detectors of targets, compiled once for each distinct set. */
export class DetectorSets {
  #compiled: ReadonlyMap<string, Detectors> = new Map();

  /**
   * Compiles what the targets need and was not compiled yet, and forgets the rest.
   *
   * @throws {ConfigurationError} With every pattern that cannot be compiled; then nothing has changed.
   */
  prepare(targets: readonly Mapped[]): void {
    const problems: ConfigurationProblem[] = [];
    const compiled = new Map<string, Detectors>();
    for (const target of targets) {
      if (target.dataMap === undefined) continue;
      const custom = target.dataMap.detectors.map(toCustom);
      const key = JSON.stringify(custom);
      const known = this.#compiled.get(key) ?? compiled.get(key);
      const detectors = known ?? compileSet(target.name, target.dataMap.detectors, problems);
      if (detectors !== undefined) compiled.set(key, detectors);
    }
    if (problems.length > 0) throw new ConfigurationError(problems);
    this.#compiled = compiled;
  }

  /** Undefined if the set was not among the targets of the last `prepare`. */
  find(detectors: readonly DataMapDetector[]): Detectors | undefined {
    return this.#compiled.get(JSON.stringify(detectors.map(toCustom)));
  }
}

/** Every pattern of the targets' own detectors that cannot be compiled. */
export function findDetectorProblems(targets: readonly Mapped[]): readonly ConfigurationProblem[] {
  try {
    // The product's own detectors need no check, and compiling them takes a while.
    new DetectorSets().prepare(targets.filter(({ dataMap }) => dataMap?.detectors.length));
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
}

/** The whole set; undefined if it cannot be compiled, and then `problems` says why. */
function compileSet(
  targetName: string,
  detectors: readonly DataMapDetector[],
  problems: ConfigurationProblem[],
): Detectors | undefined {
  const before = problems.length;
  for (const [index, detector] of detectors.entries()) {
    const reason = refusalOf(() => checkCustomDetector(toCustom(detector)));
    if (reason === undefined) continue;
    const { place = placeOf(targetName) } = detector;
    const message = `Cannot read dataMap.detectors[${index}].pattern: ${reason}`;
    problems.push({ ...place, message });
  }
  if (problems.length > before) return undefined;
  let compiled: Detectors | undefined;
  const reason = refusalOf(() => {
    compiled = compileDetectors({ custom: detectors.map(toCustom) });
  });
  if (reason === undefined) return compiled;
  const place = detectors[0]?.place ?? placeOf(targetName);
  problems.push({ ...place, message: `Cannot read dataMap.detectors: together, ${reason}` });
  return undefined;
}

function refusalOf(compile: () => void): string | undefined {
  try {
    compile();
    return undefined;
  } catch (error) {
    if (error instanceof PatternError) return error.reason;
    throw error;
  }
}

/** Without the place: moving a detector in its file compiles nothing anew. */
function toCustom({ name, dataClass, pattern, contextWords }: DataMapDetector): CustomDetector {
  return { name, className: dataClass, pattern, contextWords };
}

function placeOf(targetName: string): { file: string; line: number; column: number } {
  return { file: `targets/${targetName}.yaml`, line: 1, column: 1 };
}
