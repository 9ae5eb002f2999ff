import { classOfKey } from './field-names.ts';
import {
  intoElement,
  intoKey,
  type JsonStep,
  type PathPosition,
  parseJsonPath,
  positionsAt,
} from './json-path.ts';

/** A path into a document. */
interface JsonTarget {
  readonly path: string;
}

const parsedPaths = new WeakMap<readonly JsonTarget[], readonly PathPosition<JsonTarget>[]>();

/** Parsed once for each list of paths: the same list serves every document. */
function rootPositions<Target extends JsonTarget>(
  paths: readonly Target[],
): readonly PathPosition<Target>[] {
  let positions = parsedPaths.get(paths);
  if (positions === undefined) {
    positions = paths.map((target) => {
      const steps: readonly JsonStep[] = parseJsonPath(target.path);
      return { steps, next: 0, target };
    });
    parsedPaths.set(paths, positions);
  }
  return positions as readonly PathPosition<Target>[];
}

/** Keys whose class is remembered: documents of one kind have the same few. */
const KEYS_MAX = 1024;
const keyClasses = new Map<string, string | undefined>();

function findKeyClass(key: string): string | undefined {
  if (keyClasses.has(key)) return keyClasses.get(key);
  const keyClass = classOfKey(key);
  if (keyClasses.size === KEYS_MAX) keyClasses.clear();
  keyClasses.set(key, keyClass);
  return keyClass;
}

/** An array or object around. */
interface Frame<Target> {
  readonly isArray: boolean;
  /** Where the paths have come to, for what is in it. */
  readonly positions: readonly PathPosition<Target>[];
  /** What a path that leads to it wants, and so for everything below. */
  readonly target: Target | undefined;
  /** The class that the key it stands under tells; an array passes it on to its elements. */
  readonly keyClass: string | undefined;
  nextIndex: number;
}

/** Follows paths through one JSON document as it is walked. */
export class JsonCursor<Target extends JsonTarget> {
  readonly #frames: Frame<Target>[] = [];
  /** Of the value that comes next. */
  #positions: readonly PathPosition<Target>[];
  #keyClass: string | undefined;

  constructor(paths: readonly Target[]) {
    this.#positions = rootPositions(paths);
  }

  /** The class that the key of the last value tells. */
  get keyClass(): string | undefined {
    return this.#keyClass;
  }

  enter(isArray: boolean): void {
    const target = this.value(isArray);
    this.#frames.push({
      isArray,
      positions: positionsAt(this.#positions, isArray),
      target,
      keyClass: isArray ? this.#keyClass : undefined,
      nextIndex: 0,
    });
  }

  leave(): void {
    this.#frames.pop();
  }

  /** @param key As it is meant, its escapes read. */
  key(key: string): void {
    const frame = this.#frames.at(-1) as Frame<Target>;
    this.#positions = intoKey(frame.positions, key);
    this.#keyClass = findKeyClass(key);
  }

  /** Goes to the next value; returns the path that leads to it, or to something around it. */
  value(isArray = false): Target | undefined {
    const frame = this.#frames.at(-1);
    if (frame?.isArray) {
      this.#positions = intoElement(frame.positions, frame.nextIndex);
      this.#keyClass = frame.keyClass;
      frame.nextIndex += 1;
    }
    const here = positionsAt(this.#positions, isArray);
    const arrived = here.find(({ steps, next }) => next === steps.length);
    return arrived?.target ?? frame?.target;
  }
}
